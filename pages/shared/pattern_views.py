"""How pages show a pattern: its finding, the figure, the caption, its notes, the table behind."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from core.events.definitions.annotations import annotations
from core.events.privacy.small_cells import counted_in
from core.figures.annotated import annotated
from core.figures.theme import Figure
from core.patterns.table import PatternTable
from core.storage.engine import Log
from pages.shared import cached, controls, state, words


def period_settings(log: Log) -> dict[str, Any]:
    """Period and time zone that patterns are counted in, as fields of their spec; local days, both included."""
    zone = ZoneInfo(state.zone())
    first, last = (
        datetime.fromisoformat(log.manifest[name]).replace(tzinfo=UTC).astimezone(zone).date()
        for name in ("first_at", "last_at")
    )
    chosen = st.date_input(
        "Period", (first, last), first, last, key=state.period_of(log.log_id), format="YYYY-MM-DD", width=250
    )
    return {"timezone": state.zone(), **_bounds(chosen, first, last, zone)}


def _bounds(chosen: Any, first: date, last: date, zone: ZoneInfo) -> dict[str, str]:
    """start_at, end_at in UTC; nothing where the whole log is meant or only one end is picked so far."""
    if not isinstance(chosen, tuple) or len(chosen) != 2 or chosen == (first, last):
        return {}
    start, end = (datetime.combine(day, time(), zone) for day in (chosen[0], chosen[1] + timedelta(days=1)))
    return {"start_at": start.astimezone(UTC).isoformat(), "end_at": end.astimezone(UTC).isoformat()}


def show(table: PatternTable, draw: Callable[[PatternTable], Figure], *, summary: bool = False) -> None:
    """A pattern: the finding as a heading, the figure, caption and notes, the table folded away."""
    st.subheader(controls.plain(table.title), anchor=False)
    if summary:
        show_summary(table)
    flagged = small_cells(table.frame)
    small = f"{flagged} of {len(table.frame)} steps rest on fewer than {controls.SMALL} users and are hatched."
    remarks = [*table.notes, *([small] if flagged else [])]
    controls.figure(draw(table), caption=table.caption, alt=table.title, name=table.pattern, remarks=remarks)
    with st.expander("Table"):
        readable = _readable(table.frame)
        controls.table(
            readable, name=table.pattern, alt=table.title, columns=_formats(table.frame), counted=counted_in(readable)
        )


def with_annotations(log: Log, draw: Callable[[PatternTable], Figure]) -> Callable[[PatternTable], Figure]:
    """The same figure of a pattern over time, with the log's annotations on it."""

    def drawn(table: PatternTable) -> Figure:
        marks = annotations(cached.workspace(), log.log_id)
        return annotated(draw(table), marks, timezone=str(table.spec.plain()["timezone"]))

    return drawn


def show_summary(table: PatternTable) -> None:
    """The numbers beside a pattern's table."""
    with st.grid(4, gap="small"):
        for entry in table.summary:
            st.metric(entry.title, words.key_figure(entry.value, entry.unit))


def small_cells(frame: pd.DataFrame) -> int:
    """How many rows are about fewer users than may be trusted."""
    return int((frame["users"] < controls.SMALL).sum()) if "users" in frame and "step" in frame else 0


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=lambda name: str(name).replace("_", " "))


def _formats(frame: pd.DataFrame) -> dict[str, Any]:
    """Shares as percent, other fractions with three digits."""
    shares = [name for name in frame.columns if "share" in name or name in ("low", "high")]
    numbers = [name for name in frame.columns if name in ("mean", "relative", "slots") or "seconds" in name]
    return {
        **{name.replace("_", " "): st.column_config.NumberColumn(format="percent") for name in shares},
        **{name.replace("_", " "): st.column_config.NumberColumn(format="%.3g") for name in numbers},
    }
