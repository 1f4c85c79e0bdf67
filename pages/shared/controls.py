"""What several pages show: the open log, figures, tables with their download, and runs under way."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import WhypathError
from core.events.cleaning.foresight import steps_that_look_ahead
from core.events.privacy.small_cells import FLAGGED_BELOW, withhold
from core.figures.theme import Figure, inked
from core.jobs.kinds import kind_of
from core.jobs.queue import cancel, retry
from core.storage.engine import Log
from core.storage.runs import ACTIVE, find_result, find_run, last_log_lines, partial_mark, stale_reason
from pages.shared import cached, state
from pages.shared.downloads import safe_csv

PAGES = Path(__file__).resolve().parents[1]
SMALL = FLAGGED_BELOW  # cells with fewer users are flagged


def open_log_or_wait() -> Log:
    """The log that the strip shows; while there is none yet, shows how far the demo log is, and stops the page."""
    log_id = state.open_log_id()
    if log_id is None:
        _wait_for_demo()
        st.stop()
    try:
        manifest = cached.manifest(log_id)
        return cached.log(log_id, str(manifest["version_id"]))
    except WhypathError as error:
        st.error(str(error))
        st.stop()


def _wait_for_demo() -> None:
    run_id = cached.start_background()
    if run_id is None:
        st.rerun()
    st.caption("The demo log is being simulated; this happens once and takes less than a minute.")
    status = watch(run_id, cancellable=False)
    if status == "done":
        st.rerun()
    if status in ACTIVE:
        st.skeleton(height=320)


def header(title: str, question: str) -> None:
    """A page's heading, and the question it answers."""
    st.title(title, anchor=False)
    st.caption(question)


def figure(
    drawn: Figure, *, caption: str = "", alt: str, name: str, remarks: Sequence[str] = (), pick: bool = False
) -> list[Any]:
    """A figure with its caption and remarks under it; the camera in its corner saves a PNG.

    pick: whether points of it can be picked by a click; returns the customdata of the one that is.
    """
    if st.context.theme.type == "light":
        inked(drawn)
    event = st.plotly_chart(
        drawn,
        key=f"figure-{name}",
        alt=alt,
        on_select="rerun" if pick else "ignore",
        selection_mode="points",
        config={
            "displaylogo": False,
            "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"filename": name, "scale": 2},
            "displayModeBar": "hover",
        },
    )
    lines = [*([plain(caption)] if caption else []), *(f":material/info: {plain(remark)}" for remark in remarks)]
    if lines:
        st.caption("  \n".join(lines))
    selection = getattr(event, "selection", None) if pick else None
    points = selection["points"] if selection else []
    return list(points[0].get("customdata") or []) if points else []


def table(
    frame: pd.DataFrame, *, name: str, alt: str, columns: Mapping[str, Any] | None = None, height: int | None = None,
    counted: str | None = None, whole: bool = False,
) -> None:  # fmt: skip
    """A table with a CSV download; text in it is shown as it is, never as markup.

    counted: of an aggregate, the column that says how many users a row counts; rows of too few leave without numbers;
    whole: every row at once, for a short table.
    """
    st.dataframe(
        frame,
        hide_index=True,
        column_config=dict(columns or {}),
        alt=alt,
        key=f"table-{name}",
        placeholder="",
        height=height if height is not None else "content" if whole else "auto",
    )
    download(frame, name=name, counted=counted)


def download(frame: pd.DataFrame, *, name: str, label: str = "CSV", counted: str | None = None) -> None:
    """A button that saves a table as CSV; counted: as in `table`."""
    leaving = withhold(frame, counted=counted)
    st.download_button(
        label,
        lambda: safe_csv(leaving.frame),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        key=f"csv-{name}",
        on_click="ignore",
        help=f"Save these {len(frame):,} rows as CSV",
    )
    if leaving.rows:
        st.caption(f"In the CSV {leaving.sentence}")


def notes(sentences: Sequence[str]) -> None:
    """What a result left out, assumed or flagged."""
    if sentences:
        st.caption("  \n".join(f":material/info: {plain(sentence)}" for sentence in sentences))


def plain(text: str) -> str:
    """Text from the data, kept from acting as markup."""
    for mark in "\\`*_{}[]<>#$~|:":
        text = text.replace(mark, "\\" + mark)
    return text


def go_to(page: str, label: str, **query: str) -> None:
    """A link to another page."""
    st.page_link(PAGES / page, label=label, icon=":material/arrow_forward:", icon_position="right", query_params=query)


def ways_out(log: Log, *, rules: bool = False) -> None:
    """Links to what keeps a causal question from being asked: a cleaning step that used the future, events of one type.

    rules: offer to name events by rules whatever their types.
    """
    if steps_that_look_ahead(log.manifest):
        go_to("cleaning.py", "Open the cleaning recipe")
    if rules or len(log.manifest["event_types"]) < 2:
        go_to("dictionary.py", "Name events by rules")


def watch(
    run_id: str,
    *,
    cancellable: bool = True,
    below: Callable[[], None] | None = None,
    findings: Callable[[], int | None] | None = None,
    every: float = 1.0,
) -> str:
    """Show a run under way, with cancel, or why it stopped, with retry; returns its status. Polls while it is active.

    below: draws what changes with every look; findings: draws what the run has shown and returns the mark of it
    (`partial_mark`), to be drawn again only when there is more; every: seconds between two looks.
    """
    status = str(find_run(cached.workspace(), run_id)["status"])
    if status == "done":
        stale(run_id)
        return status

    drawn: list[int | None] = []

    @st.fragment(run_every=every if status in ACTIVE else None)
    def live() -> None:
        row = find_run(cached.workspace(), run_id)
        if (row["status"] in ACTIVE) != (status in ACTIVE):
            st.rerun()  # it ended, or was tried again: only the page as a whole begins to look, or stops
        if row["status"] in ACTIVE:
            if drawn and partial_mark(cached.workspace(), run_id) != drawn[-1]:
                st.rerun()  # what stands outside a fragment is kept as it is until then
            _progress(row, cancellable=cancellable)
        else:
            _stopped(row)
        if below is not None:
            below()

    live()
    if findings is not None:
        drawn.append(findings())
    return status


def result_of(key: str, nothing_yet: str) -> tuple[str, dict[str, Any]] | None:
    """(run_id, result) of the run remembered under a key, once it is done; until then it is watched.

    nothing_yet: what to read while no run was asked for.
    """
    run_id = state.recall(key)
    if run_id is None:
        st.caption(nothing_yet)
        return None
    return (run_id, find_result(cached.workspace(), run_id)) if watch(run_id) == "done" else None


def stale(run_id: str) -> None:
    """Say that what a run found no longer stands, and why, if that is so."""
    reason = stale_reason(cached.workspace(), run_id)
    if reason:
        st.warning(f"Stale: {plain(reason)}.", icon=":material/history_toggle_off:")


def _progress(row: dict[str, Any], *, cancellable: bool) -> None:
    message = {"queued": "waiting for its turn", "cancelling": "stopping"}.get(row["status"], row["message"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(float(row["progress_share"]), f"{kind_of(row['kind']).title}: {plain(message or 'starting')}")
        if cancellable and row["status"] != "cancelling":
            st.button(
                "Cancel", key=f"cancel-{row['run_id']}", on_click=cancel, args=(cached.workspace(), row["run_id"])
            )


def _stopped(row: dict[str, Any]) -> None:
    if row["status"] == "failed":
        st.error(plain(row["error"] or "The run failed without saying why; its log has the last lines."))
    else:
        st.info(f"{kind_of(row['kind']).title} cancelled. What it had done is kept; trying again goes on from there.")
    st.button("Try again", key=f"retry-{row['run_id']}", on_click=retry, args=(cached.workspace(), row["run_id"]))
    lines = last_log_lines(cached.workspace(), row["run_id"])
    if lines:
        with st.expander("Last lines of its log"):
            st.code(lines, language=None, height=220)
