"""Releases, campaigns and other moments as thin lines over a figure whose x axis is time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from core.events.definitions.annotations import Annotation
from core.figures.theme import FAINT, NEUTRAL, escaped, faded

LABEL_LENGTH = 24


def annotated(drawn: go.Figure, marks: Sequence[Annotation], *, timezone: str = "UTC") -> go.Figure:
    """The figure with those annotations that fall on its x axis; one with an end is a shaded stretch.

    timezone: the one that the figure's times are local to.
    """
    first, last = _range(drawn)
    if first is None or last is None:
        return drawn
    row = 0
    for mark in marks:
        start, end = _local(mark.at, timezone), _local(mark.end_at or mark.at, timezone)
        if end < first or start > last:
            continue
        start, end = max(start, first), min(end, last)
        if mark.end_at is not None:
            drawn.add_shape(
                type="rect", x0=start, x1=end, y0=0, y1=1, yref="paper", layer="below", line={"width": 0},
                fillcolor=faded(NEUTRAL, 0.12),
            )  # fmt: skip
        drawn.add_shape(type="line", x0=start, x1=start, y0=0, y1=1, yref="paper", line={"color": FAINT, "width": 1})
        label = mark.label if len(mark.label) <= LABEL_LENGTH else mark.label[: LABEL_LENGTH - 1] + "…"
        late = (start - first) > 0.7 * (last - first)
        drawn.add_annotation(
            x=start, y=1 - 0.075 * (row % 4), yref="paper", text=escaped(label), hovertext=escaped(mark.label),
            showarrow=False, xanchor="right" if late else "left", yanchor="top", font={"size": 12},
            xshift=-3 if late else 3,
        )  # fmt: skip
        row += 1
    return drawn


def _local(moment: datetime, timezone: str) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def _range(drawn: go.Figure) -> tuple[datetime | None, datetime | None]:
    """The first and last moment on the x axis."""
    moments: list[Any] = [moment for trace in drawn.data for moment in (trace.x if trace.x is not None else ())]
    stamps = [datetime.fromisoformat(str(moment)[:26]) for moment in moments]
    return (min(stamps), max(stamps)) if stamps else (None, None)
