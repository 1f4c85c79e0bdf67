"""The figure of a comparison: the headlines of several studies with their intervals on one axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import colour_of, difference_in, point, scale_of
from core.figures.theme import FAINT, UNDECIDED, escaped, themed


def headlines(studies: Sequence[Mapping[str, Any]], *, unit: str) -> go.Figure:
    """One line per study, by its letter; all are of this unit, shares are drawn in percentage points.

    Green lies above zero, red below, grey on it; what its own checks do not support is grey, hollow and says so.
    """
    scale = scale_of(unit)
    rows = [row for row in studies if row["value"] is not None]
    drawn = go.Figure()
    for row in reversed(rows):
        supported = row["light"] in ("green", "amber")
        point(
            drawn,
            _label(row, supported=supported),
            row,
            colour_of(row["low"], row["high"]) if supported else UNDECIDED,
            scale=scale,
            marker={"size": 11, "symbol": "diamond" if supported else "diamond-open"},
            hover=f"{escaped(row['title'])}: %{{x:.3g}}",
        )
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    themed(drawn, height=90 + 46 * max(1, len(rows)))
    drawn.update_xaxes(title=difference_in(unit))
    drawn.update_yaxes(showgrid=False)
    return drawn


def _label(row: Mapping[str, Any], *, supported: bool) -> str:
    return f"<b>{row['letter']}</b>  {escaped(str(row['estimand']))}{'' if supported else ', not supported'}"
