"""Figures of a question and its study: timeline, forest, love plot, mirrored propensities."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from core.figures.theme import (
    ACCENT,
    BETTER,
    CONTRAST,
    FAINT,
    NEUTRAL,
    UNDECIDED,
    WORSE,
    escaped,
    faded,
    themed,
)

BALANCE_LINE = 0.1
LOVE_ROWS = 30


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
        drawn.add_vline(
            x=scale * truth,
            line={"color": CONTRAST, "width": 2, "dash": "dot"},
            annotation={"text": f"known truth {scale * truth:+.1f}", "font": {"color": CONTRAST}, "yanchor": "bottom"},
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
    estimand = f" ({row['estimand']})" if row["estimand"] in ("ATE", "ATT") else ""
    return escaped(f"{row['title']}{estimand}")


def love_plot(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Absolute standardised mean difference per covariate, before and after weighting; the line is at 0.1.

    Shows the covariates that differed most (at most 30).
    """
    top = sorted(rows, key=lambda row: abs(row["before"] or 0))[-LOVE_ROWS:]
    titles = [escaped(str(row["title"])) for row in top]
    drawn = go.Figure()
    for when, name, colour, symbol in (
        ("before", "before", NEUTRAL, "circle-open"),
        ("after", "after weighting", ACCENT, "circle"),
    ):
        drawn.add_trace(
            go.Scatter(
                x=[None if row[when] is None else abs(row[when]) for row in top],
                y=titles,
                mode="markers",
                name=name,
                marker={"size": 9, "color": colour, "symbol": symbol, "line": {"width": 2, "color": colour}},
                hovertemplate="%{y}: %{x:.3f}<extra>" + name + "</extra>",
            )
        )
    drawn.add_vline(x=BALANCE_LINE, line={"color": FAINT, "dash": "dash", "width": 1.5})
    themed(drawn, height=110 + 22 * max(4, len(top)))
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(title="difference between the arms, in standard deviations", rangemode="tozero")
    return drawn


def mirrored_propensities(overlap: Mapping[str, Any]) -> go.Figure:
    """Treated units above the axis, controls below, by probability of treatment.

    overlap: `edges` of the bins, and the share of each arm in them, `treated_shares` and `control_shares`.
    """
    edges = overlap["edges"]
    middle = [(low + high) / 2 for low, high in pairwise(edges)]
    width = [high - low for low, high in pairwise(edges)]
    drawn = go.Figure()
    for arm, sign, colour in (("treated", 1, ACCENT), ("control", -1, NEUTRAL)):
        shares = [100 * share for share in overlap[f"{arm}_shares"]]
        drawn.add_trace(
            go.Bar(
                x=middle,
                y=[sign * share for share in shares],
                width=width,
                name=arm,
                marker={"color": faded(colour, 0.75)},
                customdata=shares,
                hovertemplate="%{x:.2f}: %{customdata:.1f} % of the " + arm + "<extra></extra>",
            )
        )
    themed(drawn, height=300)
    drawn.update_layout(barmode="overlay", bargap=0, legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(title="probability of treatment (propensity)", range=[0, 1])
    peak = 100 * max(*overlap["treated_shares"], *overlap["control_shares"])
    step = next(step for step in (1, 2, 5, 10, 20, 50) if 3 * step >= peak or step == 50)
    ticks = range(-3 * step, 3 * step + 1, step)
    drawn.update_yaxes(
        title="share of the arm, %",
        zeroline=True,
        zerolinecolor=FAINT,
        tickvals=list(ticks),
        ticktext=[abs(t) for t in ticks],
    )
    return drawn
