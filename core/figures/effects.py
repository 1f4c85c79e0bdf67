"""Figures of a question and its study: the forest of its estimates."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import colour_of, difference_in, point, scale_of
from core.figures.theme import (
    CONTRAST,
    FAINT,
    UNDECIDED,
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
    scale = scale_of(unit)
    drawn = go.Figure()
    shown = [row for row in estimates if row.get("value") is not None]
    for row in reversed(shown):
        main = row["estimator"] == headline
        judged = supported and (main or row["estimator"] != "raw")
        colour = colour_of(row["low"], row["high"]) if judged else UNDECIDED
        marker = {"size": 13, "symbol": "diamond"} if main else None
        point(drawn, _label(row), row, colour, scale=scale, marker=marker, thickness=3 if main else 2)
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
    most_lines = max((1 + _label(row).count("<br>") for row in shown), default=1)
    themed(drawn, height=90 + max(46, 14 + 14 * most_lines) * max(1, len(shown)))
    drawn.update_layout(margin_t=34)
    drawn.update_xaxes(title=difference_in(unit))
    drawn.update_yaxes(showgrid=False)
    return drawn


def _label(row: Mapping[str, Any]) -> str:
    estimand = f" ({row['estimand']})" if row["estimand"] in ("ATE", "ATT", "ATO") else ""
    return in_lines(f"{row['title']}{estimand}")
