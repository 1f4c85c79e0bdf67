"""The causal screen on its page: its settings, the heat map, the table, and one pair at a time to study or to label."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.effects.screen.labels import LABELS, forget_label, label_pair, labels_of
from core.effects.screen.spec import TYPES_AT_MOST, ScreenSpec, question_of
from core.events.definitions.references import title_of
from core.figures.screen import screen_map
from core.jobs.queue import submit
from core.storage.engine import Log
from pages.shared import cached, controls, question_state, state, words
from pages.shared.event_choices import event_choices

LIGHTS: Final = ("green", "amber", "red")
Q: Final = (
    "So large a share of false finds is expected among the pairs with a q up to this one (Benjamini and Hochberg)."
)
NO_LABEL: Final = "no label"
LATEST: Final = "the most, up to 3"


def ask(log: Log) -> None:
    """The settings and the button that queues the run."""
    choices = event_choices(log)
    known = [str(entry["event_type"]) for entry in log.manifest["event_types"]]
    known = known if len(known) > 1 else [reference for reference in choices if reference not in known]
    with st.container(border=True):
        left, middle, right = st.columns([2, 1, 1])
        types = left.multiselect(
            "Event types", choices, known[:TYPES_AT_MOST], format_func=choices.__getitem__,
            max_selections=TYPES_AT_MOST,
            key=state.field(state.SCREEN_FORM, "types", log.log_id),
            help=f"The most frequent ones at first; {TYPES_AT_MOST} at most.",
        )  # fmt: skip
        landmark = middle.selectbox(
            "Look at what comes after", [None, 1, 2, 3, 5, 10], key=state.field(state.SCREEN_FORM, "after", log.log_id),
            format_func=lambda events: LATEST if events is None else words.counted(events, "event"),
            help="Time zero: so many events of a session are known, and the question is what comes next.",
        )  # fmt: skip
        days = right.number_input(
            "Outcome window, days", 0.01, 365.0, 1.0, format="%g",
            key=state.field(state.SCREEN_FORM, "days", log.log_id),
        )  # fmt: skip
        if st.button(
            "Screen", type="primary", icon=":material/grid_on:", key=state.SCREEN_FORM + "go", disabled=len(types) < 2
        ):
            spec = ScreenSpec.read(
                {"event_types": types, "landmark_event": landmark, "outcome_window_days": max(days, 1 / 144)}
            )
            run_id = submit(
                cached.workspace(), "screen", spec.plain(), title=f"Causal screen of {log.manifest['name']}",
                log_id=log.log_id, version_id=log.version_id,
            )  # fmt: skip
            state.remember(state.SCREEN, run_id)
        if len(types) < 2:
            st.caption("Choose at least two event types; kinds of events can be named by rules in the dictionary.")
            controls.ways_out(log)


def show(log: Log, result: Mapping[str, Any]) -> None:
    """The result of a finished run."""
    told = [row for row in result["pairs"] if row["value"] is not None]
    share = result["spec"]["false_share"]
    st.subheader(f"{result['found']} of {len(told)} pairs stand out", anchor=False)
    st.caption(
        f"{result['units']:,} trials of {result['users']:,} users: sessions that reach event "
        f"{result['spec']['landmark_event']}. Of the pairs that stand out about {100 * share:.0f} % are expected to be "
        "false finds (Benjamini and Hochberg)."
    )
    pairs, titles = _titled(result)
    picked = controls.figure(
        screen_map(pairs, titles, false_share=share), name="screen",
        alt="Adjusted effect of every event type on every other",
        caption="Adjusted difference in percentage points. Coloured and bold: stands out; in brackets: a quick check "
        "speaks against it, or one event may only take the other's place; a dot: too few trials. A click on a cell "
        "looks at its pair below.",
        pick=True,
    )  # fmt: skip
    labels = {(each.cause, each.effect): each.label for each in labels_of(cached.workspace(), log.log_id)}
    rows = _filtered(pairs, share)
    _table(rows, labels)
    if rows:
        _take_picked([str(name) for name in picked[:2]], rows)
        _one_pair(log, result, rows, labels)
    controls.notes(result["notes"])


def _titled(result: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The pairs and the event types by what they are called; `references` are (cause, effect) as asked for."""
    called = {reference: title_of(reference) for reference in result["event_types"]}
    pairs = [
        {
            **row, "references": (row["cause"], row["effect"]),
            "cause": called[row["cause"]], "effect": called[row["effect"]],
        }
        for row in result["pairs"]
    ]  # fmt: skip
    return pairs, list(called.values())


def _take_picked(picked: list[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """A cell that was just clicked decides which pair is looked at; later the picker may choose another."""
    if picked == state.noted(state.SCREEN_FORM + "picked"):
        return
    state.note(state.SCREEN_FORM + "picked", picked)
    places = [place for place, row in enumerate(rows) if [row["cause"], row["effect"]] == picked]
    if places:
        state.note(state.SCREEN_FORM + "pair", places[0])


def _filtered(pairs: Sequence[Mapping[str, Any]], share: float) -> list[Mapping[str, Any]]:
    """The rows that the filters leave."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        causes = st.multiselect("Cause", sorted({row["cause"] for row in pairs}), key=state.SCREEN_FORM + "causes")
        effects = st.multiselect("Effect", sorted({row["effect"] for row in pairs}), key=state.SCREEN_FORM + "effects")
        lights = st.pills("Light", LIGHTS, selection_mode="multi", key=state.SCREEN_FORM + "lights")
        only = st.toggle("Only what stands out", key=state.SCREEN_FORM + "only")
    return [
        row
        for row in pairs
        if (not causes or row["cause"] in causes)
        and (not effects or row["effect"] in effects)
        and (not lights or row["light"] in lights)
        and (not only or (row["q_value"] is not None and row["q_value"] <= share and not row["displaced"]))
    ]


def _table(rows: Sequence[Mapping[str, Any]], labels: Mapping[tuple[str, str], str]) -> None:
    frame = pd.DataFrame(
        [
            {
                "cause": row["cause"],
                "effect": row["effect"],
                "P(effect | cause)": _percent(row["treated_share"]),
                "P(effect | no cause)": _percent(row["control_share"]),
                "lift": row["lift"],
                "adjusted, points": _percent(row["value"]),
                "low": _percent(row["low"]),
                "high": _percent(row["high"]),
                "q": row["q_value"],
                "light": row["light"] or "no number",
                "why": row["reason"],
                "label": labels.get(row["references"], ""),
                "trials with cause": row["treated"],
            }
            for row in rows
        ]
    )
    shares = {
        name: st.column_config.NumberColumn(format="%.1f %%") for name in ("P(effect | cause)", "P(effect | no cause)")
    }
    points = {name: st.column_config.NumberColumn(format="%+.1f") for name in ("adjusted, points", "low", "high")}
    others = {
        "lift": st.column_config.NumberColumn(format="%.2f"),
        "q": st.column_config.NumberColumn(format="%.2g", help=Q),
    }
    controls.table(
        frame, name="screen", alt="Every pair with its raw and adjusted difference",
        columns={**shares, **points, **others},
        counted="trials with cause" if len(frame) else None,
    )  # fmt: skip


def _one_pair(
    log: Log, result: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], labels: Mapping[tuple[str, str], str]
) -> None:
    """One pair: its numbers and checks, the question it opens, and its label."""
    with st.container(border=True):
        chosen = st.selectbox(
            "Look at one pair", range(len(rows)), format_func=lambda at: f"{rows[at]['cause']} → {rows[at]['effect']}",
            key=state.SCREEN_FORM + "pair",
        )  # fmt: skip
        row = rows[chosen]
        cause, effect = row["references"]
        st.markdown(_in_words(row))
        for check in row["checks"].values():
            st.markdown(f"{words.ANSWERS[check['passed']]} {controls.plain(check['sentence'])}")
        left, right = st.columns([1, 2], vertical_alignment="bottom")
        if left.button("Study this pair", icon=":material/help:", key=state.SCREEN_FORM + "study"):
            question = question_of(ScreenSpec.read(result["spec"]), cause, effect)
            question_state.remember_question(cached.workspace(), question)
            st.switch_page(controls.PAGES / "ask.py")
        known = {str(entry["event_type"]) for entry in log.manifest["event_types"]}
        current = labels.get((cause, effect), NO_LABEL)
        label = right.segmented_control(
            "What you know of it", [*LABELS, NO_LABEL], default=current, required=True,
            key=state.field(state.SCREEN_FORM, f"label-{cause}-{effect}", log.log_id),
            help="Kept as background knowledge of this log: causal pairs as edges that must be there, the others as "
            "edges that must not. For event types of the log, not for rules.",
            disabled=not {cause, effect} <= known,
        )  # fmt: skip
        if label != current:
            if label == NO_LABEL:
                forget_label(cached.workspace(), log.log_id, cause, effect)
            else:
                label_pair(cached.workspace(), log.log_id, cause, effect, label)
            st.rerun()


def _in_words(row: Mapping[str, Any]) -> str:
    cause, effect = controls.plain(row["cause"]), controls.plain(row["effect"])
    again = " again" if row["again"] else ""
    if row["value"] is None:
        return f"No number for {cause} → {effect}."
    return (
        f"When {cause} comes next{again}, {effect} follows in {_said(row['treated_share'])}, otherwise in "
        f"{_said(row['control_share'])} of the trials. Adjusted for the history up to there: "
        f"**{words.effect(row['value'], 'share')}** ({words.interval(row['low'], row['high'], 'share')})."
    )


def _said(share: float | None) -> str:
    return "no share" if share is None else words.amount(share, "share")


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
