"""Figures of a question and its study: the forest of its estimates."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.theme import (
    BETTER,
    CONTRAST,
    FAINT,
    UNDECIDED,
    WORSE,
    escaped,
    in_lines,
    themed,
)


def forest(
    estimates: Sequence[Mapping[str, Any]],
    *,
    unit: str,
    truth: float | None = None,
    headline: str = "aipw",
    supported: bool = True,
) -> go.Figure:
    """Every estimate with its 95 % interval on one axis, zero and the known truth (if there is one) as lines.

    unit: "share" (drawn in percentage points) or the outcome's own unit. Green lies above zero, red below, grey on it.
    Grey too is what compares different people (the raw difference, unless it is the headline of an experiment), and
    everything when the verdict does not support it.
    """
    scale = 100 if unit == "share" else 1
    drawn = go.Figure()
    shown = [row for row in estimates if row.get("value") is not None]
    for row in reversed(shown):
        main = row["estimator"] == headline
        judged = supported and (main or row["estimator"] != "raw")
        colour = _decided(row) if judged else UNDECIDED
        drawn.add_trace(
            go.Scatter(
                x=[scale * row["value"]],
                y=[_label(row)],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [scale * (row["high"] - row["value"])],
                    "arrayminus": [scale * (row["value"] - row["low"])],
                    "thickness": 3 if main else 2,
                    "width": 5,
                    "color": colour,
                },
                mode="markers",
                marker={"size": 13 if main else 10, "color": colour, "symbol": "diamond" if main else "circle"},
                hovertemplate="%{y}: %{x:.3g}<extra></extra>",
                showlegend=False,
            )
        )
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    if truth is not None:
        ends = [scale * row[end] for row in shown for end in ("low", "high")]
        drawn.add_vline(
            x=scale * truth,
            line={"color": CONTRAST, "width": 2, "dash": "dot"},
            annotation={
                "text": f"known truth {scale * truth:+.1f}",
                "font": {"color": CONTRAST},
                "yanchor": "bottom",
                "xanchor": "right" if 2 * scale * truth > min(0.0, *ends) + max(0.0, *ends) else "left",
            },
        )
    themed(drawn, height=90 + 46 * max(1, len(shown)))
    drawn.update_layout(margin_t=34)
    drawn.update_xaxes(title="percentage points" if unit == "share" else escaped(unit))
    drawn.update_yaxes(showgrid=False)
    return drawn


def _decided(row: Mapping[str, Any]) -> str:
    if row["low"] > 0:
        return BETTER
    return WORSE if row["high"] < 0 else UNDECIDED


def _label(row: Mapping[str, Any]) -> str:
    estimand = f" ({row['estimand']})" if row["estimand"] in ("ATE", "ATT", "ATO") else ""
    return in_lines(f"{row['title']}{estimand}")
