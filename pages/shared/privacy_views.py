"""The parts of the page Privacy."""

from typing import Any

import pandas as pd
import streamlit as st

from core.events.privacy.anonymity import MOST_COLUMNS, quasi_identifiers
from core.events.privacy.private_counts import LIMIT, PrivateCounts, PrivateCountsSpec, budget, private_counts
from core.events.privacy.spec import PrivacySpec
from core.jobs.queue import submit
from core.storage.engine import Log
from core.storage.runs import find_result, find_run
from pages.shared import cached, controls, state, words
from pages.shared.controls import plain

MEASURES = {"users": "Users", "events": "Events"}
CELL_TITLES = {"event_type": "event type", "day": "day", "week": "week"}


def mode(opened: Log) -> None:
    """What was hidden when this log was imported, in one sentence."""
    settings = opened.manifest.get("privacy")
    if settings:
        st.success(f"In this log {plain(PrivacySpec.read(settings).sentence)}.", icon=":material/shield_person:")
    else:
        st.info(
            "This log holds user ids, places and texts as its files did. To hide them, import it again with Privacy "
            "switched on: hashes cannot be put into a log afterwards without a trace of what was there.",
            icon=":material/shield:",
        )


def recognisable(opened: Log) -> None:
    """How many users could be singled out by what an outsider may know of them."""
    st.subheader("Who could be recognised?", anchor=False)
    known = quasi_identifiers(opened)
    left, right = st.columns([3, 1])
    chosen = left.multiselect(
        "What somebody outside may know of a user", known, default=known[:3], max_selections=MOST_COLUMNS,
        format_func=lambda name: name.replace("_", " "), key=f"{state.QUASI}{opened.log_id}",
        help="A user's latest known value of each. The first day is the day of the user's first event.",
    )  # fmt: skip
    k = right.number_input("Groups of at least", 2, 100, 5, key=state.GROUP_SIZE)
    found = cached.anonymity(opened, tuple(chosen), int(k))
    st.markdown(f"{plain(found.sentence)}")
    if found.by_columns:
        rows = [{**row, "columns": " and ".join(row["columns"])} for row in found.by_columns]
        frame = pd.DataFrame(rows).rename(
            columns={
                "columns": "known",
                "at_risk": "users at risk",
                "at_risk_share": "share",
                "smallest": "smallest group",
            }
        )
        share = {"share": st.column_config.NumberColumn(format="percent")}
        controls.table(frame, name="anonymity", alt="Users at risk by what is known of them", columns=share)
    st.caption(
        f"At risk: in a group of fewer than {int(k)} users who agree in everything chosen. Population: all "
        f"{found.users:,} users of the log. Groups are counted, never shown."
    )


def private_export(opened: Log) -> None:
    """Counts that may leave: with noise that hides any single user, paid from a budget."""
    st.subheader("Counts to give away", anchor=False)
    spent, limit = budget(cached.workspace(), opened.log_id)
    st.caption(
        "Differentially private: whether any one user is in the log can hardly be told from these counts. Each export "
        "spends of the log's budget, because several together tell more."
    )
    st.progress(min(spent / limit, 1.0), f"{spent:g} of {limit:g} spent (epsilon)")
    with st.form("private-counts", border=False):
        with st.grid("auto", min_column_width=170):
            measure = st.selectbox("Count", MEASURES, format_func=MEASURES.__getitem__, key=f"{state.PRIVATE}measure")
            by = st.selectbox("For each", CELL_TITLES, format_func=CELL_TITLES.__getitem__, key=f"{state.PRIVATE}by")
            epsilon = st.number_input(
                "Epsilon",
                0.05,
                LIMIT,
                0.5,
                0.05,
                key=f"{state.PRIVATE}epsilon",
                help="Smaller: more noise, less spent.",
            )
            bound = st.number_input(
                "At most of one user", 1, 1_000, 5, key=f"{state.PRIVATE}bound",
                help="More of a heavy user counts with a higher bound, and the noise grows with it.",
            )  # fmt: skip
        asked = st.form_submit_button("Count with noise")
    if asked:
        spec = PrivateCountsSpec.read({"measure": measure, "by": by, "epsilon": epsilon, "contributions": bound})
        state.keep_rows(f"private {opened.log_id}", private_counts(cached.workspace(), opened, spec))
        st.rerun()
    found: PrivateCounts | None = state.rows_of(f"private {opened.log_id}")
    if found is not None:
        st.markdown(plain(found.sentence))
        controls.table(
            found.frame, name="private-counts", alt="Counts with noise", height=300 if len(found.frame) > 7 else None
        )


def forget_somebody(opened: Log) -> None:
    """Remove a user from every version and run of this log, with a receipt."""
    st.subheader("Forget a user", anchor=False)
    run_id = state.recall(state.FORGET)
    if run_id is not None and controls.watch(run_id, cancellable=False) == "done":
        _receipt(find_result(cached.workspace(), run_id))
        st.button("Done", key="close-receipt", on_click=state.forget, args=(state.FORGET,))
        return
    if run_id is not None:
        if find_run(cached.workspace(), run_id)["status"] in ("failed", "cancelled"):
            st.button("Ask again", key="close-receipt", on_click=state.forget, args=(state.FORGET,))
        return
    st.caption(
        "Removes the user from all versions of this log, from the rows kept aside and from the runs, and says where "
        "they were. This cannot be undone."
    )
    with st.form("forget", border=False, clear_on_submit=True):
        user = st.text_input("User id, as the imported files write it", key=state.FORGOTTEN_USER, max_chars=500)
        again = st.text_input("The same once more", key=f"{state.FORGOTTEN_USER}-again", max_chars=500)
        asked = st.form_submit_button("Forget this user", icon=":material/person_remove:")
    if not asked:
        return
    if not user or user != again:
        st.warning("The two differ, so nobody was forgotten. Write the id twice.")
        return
    run_id = submit(
        cached.workspace(), "forget", {"user_ids": [user]}, title="Forget a user", log_id=opened.log_id,
        version_id=None,
    )  # fmt: skip
    state.remember(state.FORGET, run_id)
    st.rerun()


def _receipt(receipt: dict[str, Any]) -> None:
    if not receipt["found"]:
        st.info("No version of this log knows that user; nothing was changed.")
        return
    removed, versions = sum(entry["events_removed"] for entry in receipt["versions"]), len(receipt["versions"])
    withheld, runs = receipt["rejects_withheld"], len(receipt["runs"])
    parts = [f"{words.counted(removed, 'event')} removed from {words.counted(versions, 'version')}"]
    parts += [f"what stood in {words.counted(withheld, 'row')} kept aside withheld"] if withheld else []
    parts += [f"{words.counted(runs, 'run')} cleared or marked"] if runs else []
    st.success(f"Forgotten. {'; '.join(parts)}.", icon=":material/person_remove:")
    if receipt["runs"]:
        frame = pd.DataFrame(receipt["runs"])[["title", "kind", "done"]]
        controls.table(frame, name="forgotten-runs", alt="What was done to the runs")
    controls.notes([f"Not reached: {sentence}." for sentence in receipt["remains"]])
