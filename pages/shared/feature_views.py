"""The parts of the page Features: the moment, the list, one feature over the users, the table and its download."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from core.events.features import FEATURES, OWN
from core.events.features.answer import PERSONAL, Population
from core.events.features.at import expression
from core.events.features.export import FILE, csv_of
from core.events.features.feature import Feature
from core.events.features.spec import FeaturesSpec
from core.figures import features as figures
from core.jobs.queue import submit
from core.storage.engine import Log
from core.storage.runs import find_result, list_runs
from pages.shared import cached, controls, state, words
from pages.shared.controls import plain

PREVIEW_ROWS = 100
AT_ONCE = 100_000  # users that are described while the page waits
DEFAULT_DAYS = 28
SQL_LINES = 10
FAMILIES = {**{name: choice.title for name, choice in FEATURES.items()}, OWN: "Yours"}


def moment_settings() -> dict[str, Any]:
    """The moment and the lookback that the analyst chose, as settings of a FeaturesSpec."""
    zone = ZoneInfo(state.zone())
    with st.container(horizontal=True, vertical_alignment="bottom", key="feature-settings"):
        day = st.date_input(
            "Moment", None, key=state.FEATURE_AT, format="YYYY-MM-DD", width=190, bind="query-params",
            help=f"The beginning of this day ({state.zone()}). Empty: just after the last event of the log.",
        )  # fmt: skip
        days = st.number_input(
            "Lookback, days", 1, 36_500, DEFAULT_DAYS, key=state.FEATURE_DAYS, bind="query-params", width=150,
            help="Only events in so many days before the moment count. Empty: the whole history.", required=False,
        )  # fmt: skip
    at = datetime.combine(day, time(), zone).isoformat() if isinstance(day, date) else None
    return {"at": at, "lookback_days": days, "timezone": state.zone()}


def who(population: Population) -> None:
    """Whom the features describe."""
    st.markdown(f"**{population.users:,} users** at {population.at[:16].replace('T', ' ')} (UTC)")
    controls.notes(population.notes)


def show_list(features: Sequence[Feature], broken: dict[str, str]) -> list[str]:
    """Every feature with its definition, or those of some families; returns the names that are shown."""
    counts = {name: sum(feature.family == name for feature in features) for name in FAMILIES}
    there = [name for name, count in counts.items() if count]
    chosen = st.pills(
        "Families", there, selection_mode="multi", key="feature-families", label_visibility="collapsed",
        format_func=lambda name: f"{FAMILIES[name]} {counts[name]}",
    )  # fmt: skip
    rows = [
        {"feature": f.name, "definition": f.words, "unit": f.unit or f.kind, "family": FAMILIES[f.family]}
        for f in features
        if not chosen or f.family in chosen
    ]
    wide = {
        "definition": st.column_config.TextColumn(width=560),
        **{name: st.column_config.TextColumn(width="small") for name in ("unit", "family")},
    }
    controls.table(
        pd.DataFrame(rows),
        name="features",
        alt="Features with their definitions",
        columns=wide,
        height=min(38 + 35 * len(rows), 320),
    )
    for name, reason in broken.items():
        st.warning(f"{plain(name)}: {plain(reason)}", icon=":material/edit:")
    return [str(row["feature"]) for row in rows]


def show_one(log: Log, spec: FeaturesSpec, features: Sequence[Feature]) -> None:
    """One feature: how it is spread over the users, its definition and its expression."""
    known = {feature.name: feature for feature in features}
    name = st.selectbox("Feature", list(known), key=state.FEATURE, bind="query-params", width=300)
    feature = known[name]
    with st.spinner("Counting"):
        found = cached.feature_distribution(log, FeaturesSpec.read({**spec.plain(), "names": [name]}))
    remarks = [] if found.middle is None else [f"Median {words.significant(found.middle)} {feature.unit}".strip() + "."]
    if ((found.frame["users"] > 0) & (found.frame["users"] < controls.SMALL)).any():
        remarks.append(f"Bars of fewer than {controls.SMALL} users are hatched.")
    alt = f"How {feature.title} is spread over the users"
    left, right = st.columns([5, 4], gap="large")
    with left:
        drawn = figures.distribution(found)
        controls.figure(drawn, caption=found.caption, alt=alt, name=f"feature-{name}", remarks=remarks)
    with right:
        sql = expression(log, feature)
        long = sql.count("\n") > SQL_LINES
        st.code(sql, language=None, wrap_lines=True, height=260 if long else "content")
        st.caption(f"Over the table *{feature.over}*: {TABLES[feature.over]}.")
        with st.expander("Table"):
            share = {"share": st.column_config.NumberColumn(format="percent")}
            frame = found.frame.drop(columns=["low", "high"], errors="ignore").rename(columns={"label": "value"})
            controls.table(frame, name=f"distribution-{name}", alt=alt, columns=share, counted="users")


TABLES = {
    "history": "one row for each event of the user in the lookback, strictly before the moment",
    "places": "the same for events with a place, each with the distance from the one before",
    "began": "one row, with the user's first event in the log",
}


def show_table(log: Log, spec: FeaturesSpec, population: Population) -> None:
    """Some users' features, and all of them as a file."""
    st.subheader("Preview", anchor=False)
    table = cached.feature_table(log, spec, rows=PREVIEW_ROWS)
    controls.table(table.frame, name="feature-preview", alt="Features of some users", height=420)
    shown = f"{len(table.frame):,} of {population.users:,} users, drawn by a hash of their ids. "
    st.caption(f"{shown if len(table.frame) < population.users else ''}{PERSONAL}")
    if population.users <= AT_ONCE:
        if st.toggle("Prepare a CSV of all users", key=state.field("feature", "all", log.log_id)):
            every = cached.feature_table(log, spec, rows=population.users)
            controls.download(every.frame, name="features-all", label=f"CSV of all {population.users:,} users")
        return
    _large_download(log, spec, population)


def _large_download(log: Log, spec: FeaturesSpec, population: Population) -> None:
    """All users by a run, because they are many."""
    run_id = _run_of(log, spec)
    if run_id is None:
        if st.button(f"Describe all {population.users:,} users", icon=":material/play_arrow:", key="describe-all"):
            pinned = {"log_id": log.log_id, "version_id": log.version_id}
            title = f"Features of {log.manifest['name']}"
            run_id = submit(cached.workspace(), "features", spec.plain(), title=title, **pinned)
            state.remember(state.FEATURES, run_id)
            st.rerun()
        return
    if controls.watch(run_id) == "done":
        path = cached.workspace().run(run_id) / FILE
        rows = find_result(cached.workspace(), run_id)["rows"]
        st.download_button(
            f"CSV of all {rows:,} users", lambda: csv_of(path), file_name="features.csv", mime="text/csv",
            icon=":material/download:", key="csv-all", on_click="ignore",
        )  # fmt: skip


def _run_of(log: Log, spec: FeaturesSpec) -> str | None:
    """The run that was started for this, or an earlier one that describes the same."""
    asked = state.recall(state.FEATURES)
    for row in list_runs(cached.workspace(), kind="features", log_id=log.log_id):
        same = row["version_id"] == log.version_id and row["spec"] == spec.plain()
        if same and (row["status"] == "done" or row["run_id"] == asked):
            return str(row["run_id"])
    return None
