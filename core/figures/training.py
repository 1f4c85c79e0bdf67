"""Figures of training: live curves, and models beside each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.intervals import point
from core.figures.theme import ACCENT, CONTRAST, NEUTRAL, escaped, themed


def live_curves(lines: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Loss per step, and validation NDCG@10 where it was measured; over epochs where no step is known."""
    drawn = make_subplots(specs=[[{"secondary_y": True}]])
    losses = [line for line in lines if line.get("loss") is not None]
    quality = [line for line in lines if line.get("ndcg@10") is not None]
    for rows, measure, name, colour, right in (
        (losses, "loss", "training loss", NEUTRAL, False),
        (quality, "ndcg@10", "validation NDCG@10", ACCENT, True),
    ):
        drawn.add_trace(
            go.Scatter(
                x=[_position(row) for row in rows],
                y=[row[measure] for row in rows],
                mode="lines+markers" if right or len(rows) < 30 else "lines",
                name=name,
                line={"color": colour, "width": 2},
                marker={"size": 6},
                hovertemplate="%{x}: %{y:.4f}<extra>" + name + "</extra>",
            ),
            secondary_y=right,
        )
    themed(drawn, height=300)
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    by_step = any(line.get("step") is not None for line in lines)
    drawn.update_xaxes(title="step" if by_step else "epoch")
    drawn.update_yaxes(title="loss", secondary_y=False)
    drawn.update_yaxes(
        title="NDCG@10",
        showgrid=False,
        rangemode="tozero",
        tickmode="auto",
        tickformat=".3f",
        nticks=6,
        secondary_y=True,
    )
    return drawn


def _position(line: Mapping[str, Any]) -> Any:
    return line["step"] if line.get("step") is not None else line.get("epoch")


def models_compared(rows: Sequence[Mapping[str, Any]], *, measure: str) -> go.Figure:
    """One measure with its 95 % interval per model; rows: {title, value, low, high, is_baseline}."""
    drawn = go.Figure()
    for row in reversed(rows):
        colour = CONTRAST if row["is_baseline"] else ACCENT
        point(drawn, escaped(str(row["title"])), row, colour, hover="%{y}: %{x:.4f}")
    themed(drawn, height=90 + 36 * max(1, len(rows)))
    drawn.update_xaxes(title=measure, rangemode="tozero")
    drawn.update_yaxes(showgrid=False)
    return drawn
