"""The figure of a comparison: the headlines of several studies with their intervals on one axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.theme import BETTER, FAINT, UNDECIDED, WORSE, escaped, themed


def headlines(studies: Sequence[Mapping[str, Any]], *, unit: str) -> go.Figure:
    """One line per study, by its letter; all are of this unit, shares are drawn in percentage points.

    Green lies above zero, red below, grey on it; what its own checks do not support is grey, hollow and says so.
    """
    scale = 100 if unit == "share" else 1
    rows = [row for row in studies if row["value"] is not None]
    drawn = go.Figure()
    for row in reversed(rows):
        supported = row["light"] in ("green", "amber")
        colour = _decided(row) if supported else UNDECIDED
        drawn.add_trace(
            go.Scatter(
                x=[scale * row["value"]],
                y=[_label(row, supported=supported)],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [scale * (row["high"] - row["value"])],
                    "arrayminus": [scale * (row["value"] - row["low"])],
                    "thickness": 2,
                    "width": 5,
                    "color": colour,
                },
                mode="markers",
                marker={"size": 11, "color": colour, "symbol": "diamond" if supported else "diamond-open"},
                hovertemplate=f"{escaped(row['title'])}: %{{x:.3g}}<extra></extra>",
                showlegend=False,
            )
        )
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    themed(drawn, height=90 + 46 * max(1, len(rows)))
    drawn.update_xaxes(title="percentage points" if unit == "share" else escaped(unit))
    drawn.update_yaxes(showgrid=False)
    return drawn


def _decided(row: Mapping[str, Any]) -> str:
    if row["low"] > 0:
        return BETTER
    return WORSE if row["high"] < 0 else UNDECIDED


def _label(row: Mapping[str, Any], *, supported: bool) -> str:
    return f"<b>{row['letter']}</b>  {escaped(str(row['estimand']))}{'' if supported else ', not supported'}"
