"""Figures of what a log says about its own study: null pairs, planted effects, and the way from other tools to ours."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.diagnosis import waterfall
from core.figures.theme import ACCENT, BETTER, CONTRAST, FAINT, NEUTRAL, UNDECIDED, WORSE, escaped, themed

NORMAL_975: Final = 1.96
OUTCOMES: Final = {True: BETTER, False: WORSE, None: UNDECIDED}


def null_pairs(battery: Mapping[str, Any]) -> go.Figure:
    """Each null pair's estimate against its standard error, both in standard deviations of its outcome; outside the two
    lines an interval excludes 0. The headline is the diamond."""
    pairs, scale = battery["pairs"], battery["scale"]
    headline = battery["nominal"]
    values = [pair["standard_value"] for pair in pairs]
    errors = [pair["standard_se"] for pair in pairs]
    top = 1.15 * max([*errors, headline["se"] / scale])
    drawn = go.Figure()
    for sign in (-1, 1):
        drawn.add_trace(
            go.Scatter(
                x=[0, sign * NORMAL_975 * top],
                y=[0, top],
                mode="lines",
                line={"color": FAINT, "width": 1.5, "dash": "dash"},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    for inside, name, colour in (
        (True, "null pair, interval holds 0", NEUTRAL),
        (False, "null pair, excludes 0", WORSE),
    ):
        chosen = [
            place
            for place, (v, e) in enumerate(zip(values, errors, strict=True))
            if (abs(v) <= NORMAL_975 * e) == inside
        ]
        drawn.add_trace(
            go.Scatter(
                x=[values[place] for place in chosen],
                y=[errors[place] for place in chosen],
                mode="markers",
                name=name,
                marker={
                    "size": 9,
                    "color": colour,
                    "symbol": "circle-open" if inside else "circle",
                    "line": {"width": 2},
                },
                text=[escaped(str(pairs[place]["title"])) for place in chosen],
                hovertemplate="%{text}: %{x:.3f} ± %{y:.3f}<extra></extra>",
            )
        )
    drawn.add_trace(
        go.Scatter(
            x=[headline["value"] / scale],
            y=[headline["se"] / scale],
            mode="markers",
            name="the headline",
            marker={"size": 13, "color": ACCENT, "symbol": "diamond"},
            hovertemplate="headline: %{x:.3f} ± %{y:.3f}<extra></extra>",
        )
    )
    themed(drawn, height=340)
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=60)
    drawn.update_xaxes(title="estimate, in standard deviations of the outcome", zeroline=True, zerolinecolor=FAINT)
    drawn.update_yaxes(title="its standard error", rangemode="tozero")
    return drawn


def planted_biases(planted: Mapping[str, Any]) -> go.Figure:
    """Each estimator's bias on outcomes with a known effect, in standard errors, with its 95 % interval."""
    rows = list(reversed(planted["rows"]))
    drawn = go.Figure()
    for row in rows:
        drawn.add_trace(
            go.Scatter(
                x=[row["bias_in_se"]],
                y=[escaped(f"{row['title']} ({row['estimand']})")],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [row["high"] - row["bias_in_se"]],
                    "arrayminus": [row["bias_in_se"] - row["low"]],
                    "width": 4,
                },
                mode="markers",
                marker={"size": 10, "color": OUTCOMES[row["passed"]]},
                hovertemplate="%{y}: %{x:+.2f} standard errors<extra></extra>",
                showlegend=False,
            )
        )
    drawn.add_vline(x=0, line={"color": CONTRAST, "width": 2, "dash": "dot"})
    themed(drawn, height=90 + 34 * max(2, len(rows)))
    drawn.update_xaxes(title="bias on planted effects, in standard errors")
    drawn.update_yaxes(showgrid=False)
    return drawn


def to_ours(tool: Mapping[str, Any], ours: Mapping[str, float], *, unit: str) -> go.Figure:
    """From another tool's number to this study's, one bar a step; the steps sum exactly to the gap."""
    steps: Sequence[Mapping[str, Any]] = tool["steps"]
    bars = [
        {"title": tool["title"], "kind": "total", "value": tool["value"], "low": tool["low"], "high": tool["high"]},
        *(
            {"title": step["title"], "kind": "group", "value": step["value"], "low": None, "high": None}
            for step in steps
        ),
        {"title": "This study", "kind": "total", **ours},
    ]
    return waterfall(bars, unit=unit)
