"""Figures of what stands beside a headline: null pairs, other tools' numbers, planted effects."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from core.effects.interval import NORMAL_975
from core.figures.intervals import difference_in, scale_of
from core.figures.theme import ACCENT, BETTER, CONTRAST, FAINT, NEUTRAL, ROW_HEIGHT, UNDECIDED, WORSE, faded, themed
from core.figures.theme import escaped as text_of

ROOM: Final = 1.15


def null_funnel(battery: Mapping[str, Any]) -> go.Figure:
    """Each null pair by its effect and its standard error, in standard deviations of its outcome, and the headline.

    Outside the dashed funnel a pair looks like an effect at 5 %; the solid one is the funnel after calibration.
    """
    pairs, error, scale = battery["pairs"], battery["error"], battery["scale"]
    nominal = battery["nominal"]
    own = (nominal["value"] / scale, nominal["se"] / scale)
    top = ROOM * max([pair["standard_se"] for pair in pairs] + [own[1]])
    heights = np.linspace(0, top, 40)
    drawn = go.Figure()
    for name, centre, spread, dash, colour in (
        ("5 % line, nominal", 0.0, 0.0, "dash", FAINT),
        ("5 % line, calibrated", error["mean"], error["spread"], "solid", ACCENT),
    ):
        reach = NORMAL_975 * np.hypot(heights, spread)
        drawn.add_trace(
            go.Scatter(
                x=[*(centre - reach[::-1]), *(centre + reach)], y=[*heights[::-1], *heights], mode="lines", name=name,
                line={"color": colour, "dash": dash, "width": 1.6}, hoverinfo="skip",
            )
        )  # fmt: skip
    drawn.add_trace(
        go.Scatter(
            x=[pair["standard_value"] for pair in pairs], y=[pair["standard_se"] for pair in pairs], mode="markers",
            name="null pair", marker={"size": 9, "color": faded(CONTRAST, 0.75)},
            customdata=[(text_of(pair["title"]), pair["units"]) for pair in pairs],
            hovertemplate="%{customdata[0]}: %{x:+.3f} ± %{y:.3f}, %{customdata[1]:,} units<extra></extra>",
        )
    )  # fmt: skip
    drawn.add_trace(
        go.Scatter(
            x=[own[0]], y=[own[1]], mode="markers", name="the headline",
            marker={"size": 15, "symbol": "diamond", "color": ACCENT},
            hovertemplate="the headline: %{x:+.3f} ± %{y:.3f}<extra></extra>",
        )
    )  # fmt: skip
    themed(drawn, height=380)
    drawn.update_layout(legend={"y": -0.2})
    drawn.update_xaxes(title="effect, in standard deviations of the outcome", zeroline=True, zerolinecolor=FAINT)
    drawn.update_yaxes(title="standard error", rangemode="tozero")
    return drawn


def from_tool_to_study(tool: Mapping[str, Any], ours: Mapping[str, float], unit: str) -> go.Figure:
    """A waterfall from another tool's number, step by step, to the study's."""
    scale = scale_of(unit)
    steps = tool["steps"]
    names = [tool["title"], *(step["title"] for step in steps), "This study"]
    values = [tool["value"], *(step["value"] for step in steps), ours["value"]]
    drawn = go.Figure(
        go.Waterfall(
            orientation="h", y=list(range(len(names))), x=[scale * value for value in values],
            measure=["absolute", *("relative" for _ in steps), "total"],
            text=[_signed(scale * value, _decimals(values, scale)) for value in values], textposition="outside",
            connector={"line": {"color": FAINT, "width": 1}}, cliponaxis=False,
            increasing={"marker": {"color": faded(BETTER, 0.75)}}, decreasing={"marker": {"color": faded(WORSE, 0.75)}},
            totals={"marker": {"color": ACCENT}}, hoverinfo="skip",
        )
    )  # fmt: skip
    themed(drawn, height=80 + (ROW_HEIGHT + 6) * len(names))
    drawn.update_yaxes(
        tickvals=list(range(len(names))), ticktext=[_wrapped(name) for name in names], autorange="reversed",
        showgrid=False,
    )  # fmt: skip
    ends = np.cumsum([scale * value for value in values[:-1]])
    low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    drawn.update_xaxes(
        title=difference_in(unit), zeroline=True, zerolinecolor=FAINT,
        range=[low - 0.2 * (high - low) if low < 0 else 0, high + 0.2 * (high - low)],
    )  # fmt: skip
    return drawn


def planted_biases(rows: Sequence[Mapping[str, Any]], *, allowed: float) -> go.Figure:
    """The bias of each estimator on planted effects, in its standard errors; the band is what is allowed."""
    shown = [row for row in rows if row["bias_in_se"] is not None][::-1]
    drawn = go.Figure()
    drawn.add_vrect(x0=-allowed, x1=allowed, fillcolor=faded(NEUTRAL, 0.16), line_width=0)
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    for place, row in enumerate(shown):
        colour = {True: BETTER, False: WORSE}.get(row["passed"], UNDECIDED)
        low, high = (row["bias_in_se"] if row[end] is None else row[end] for end in ("low", "high"))
        drawn.add_trace(
            go.Scatter(
                x=[row["bias_in_se"]], y=[place], mode="markers", showlegend=False,
                marker={"size": 10, "color": colour},
                error_x={
                    "type": "data", "symmetric": False, "array": [high - row["bias_in_se"]],
                    "arrayminus": [row["bias_in_se"] - low], "thickness": 2, "width": 4, "color": colour,
                },
                hovertemplate=f"{text_of(row['title'])}: %{{x:+.2f}} standard errors<extra></extra>",
            )
        )  # fmt: skip
    themed(drawn, height=80 + ROW_HEIGHT * max(2, len(shown)))
    drawn.update_xaxes(title="bias, in standard errors")
    drawn.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=[_wrapped(row["title"]) for row in shown], showgrid=False,
        range=[-0.6, len(shown) - 0.4],
    )  # fmt: skip
    return drawn


def _decimals(values: Sequence[float], scale: float) -> int:
    """As many as tell the largest of the values to three digits."""
    size = scale * max(abs(value) for value in values)
    return max(0, 2 - int(np.floor(np.log10(size)))) if size > 0 else 0


def _signed(value: float, decimals: int) -> str:
    """A number with its sign; what rounds to nothing has none."""
    text = f"{value:+,.{decimals}f}"
    return text if text.strip("+-0.,") else text.lstrip("+-")


def _wrapped(name: str) -> str:
    """A long title on two lines, so that it fits a narrow page."""
    words, half = name.split(), len(name) / 2
    if len(name) <= 24:
        return text_of(name)
    place = min(range(1, len(words)), key=lambda at: abs(len(" ".join(words[:at])) - half), default=0)
    return "<br>".join(text_of(" ".join(part)) for part in (words[:place], words[place:]) if part)
