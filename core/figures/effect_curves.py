"""Figures of effects that are more than one number: a dose's curve, several arms, time until the outcome, a jump at a
cutoff, what an instrument moves, and the parts of an effect.

All read the `details` of an estimate. unit: "share" is drawn in percent (differences in percentage points), anything
else as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.intervals import bars, colour_of, difference_in, level_in, scale_of, whisker
from core.figures.theme import (
    ACCENT,
    CONTRAST,
    FAINT,
    NEUTRAL,
    UNDECIDED,
    escaped,
    faded,
    themed,
)

Rows = Sequence[Mapping[str, Any]]
ARM_COLOURS = (NEUTRAL, ACCENT)  # control, treated
HEIGHT = 340


def dose_curve(curve: Mapping[str, Any], *, dose: str, outcome: str, unit: str) -> go.Figure:
    """The mean outcome had every unit been given the same dose, with its band; doses that few units are near are marked
    along the axis instead."""
    scale = scale_of(unit)
    rows = [row for row in curve["rows"] if row["drawn"]]
    drawn = go.Figure()
    if curve["kind"] == "smooth":
        _band(drawn, rows, "dose", scale, ACCENT)
        _line(drawn, [row["dose"] for row in rows], [scale * row["value"] for row in rows], ACCENT, "mean outcome")
    else:
        drawn.add_trace(
            go.Scatter(
                x=[row["dose"] for row in rows],
                y=[scale * row["value"] for row in rows],
                error_y=bars(rows, ACCENT, scale=scale),
                mode="lines+markers",
                line={"color": faded(ACCENT, 0.35), "dash": "dot"},
                marker={"size": 10, "color": ACCENT},
                customdata=[[escaped(str(row["label"])), row["units"]] for row in rows],
                hovertemplate="%{customdata[0]}: %{y:.3g} (%{customdata[1]:,} units)<extra></extra>",
                showlegend=False,
            )
        )
    thin = [row["dose"] for row in curve["rows"] if not row["drawn"]]
    if thin:
        floor = min((scale * row["low"] for row in rows), default=0.0)
        drawn.add_trace(
            go.Scatter(
                x=thin,
                y=[floor] * len(thin),
                mode="markers",
                name="too few comparable units",
                marker={"symbol": "x-thin", "size": 8, "line": {"width": 1.5, "color": UNDECIDED}},
                hovertemplate="%{x:.3g}: too few comparable units<extra></extra>",
            )
        )
    themed(drawn, height=HEIGHT)
    drawn.update_layout(showlegend=bool(thin), legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34 if thin else 14)
    drawn.update_xaxes(title=escaped(dose))
    drawn.update_yaxes(title=level_in(unit, outcome))
    return drawn


def arms_forest(rows: Rows, *, unit: str) -> go.Figure:
    """Differences between arms: thick where the interval holds alone, thin where all hold together; green above zero,
    red below, grey where the joint interval holds zero."""
    scale = scale_of(unit)
    drawn = go.Figure()
    for row in reversed(rows):
        colour = colour_of(row["adjusted_low"], row["adjusted_high"])
        title = escaped(f"{row['arm']} against {row['against']}")
        for low, high, width in (("adjusted_low", "adjusted_high", 1.5), ("low", "high", 4)):
            whisker(drawn, title, scale * row[low], scale * row[high], colour, width)
        drawn.add_trace(
            go.Scatter(
                x=[scale * row["value"]],
                y=[title],
                mode="markers",
                marker={"size": 11, "color": colour},
                customdata=[[scale * row["adjusted_low"], scale * row["adjusted_high"]]],
                hovertemplate="%{y}: %{x:.3g}, together %{customdata[0]:.3g} to %{customdata[1]:.3g}<extra></extra>",
                showlegend=False,
            )
        )
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    themed(drawn, height=80 + 44 * max(1, len(rows)))
    drawn.update_xaxes(title=difference_in(unit))
    drawn.update_yaxes(showgrid=False)
    return drawn


def time_curves(curves: Rows, *, outcome: str) -> go.Figure:
    """The share of each arm that has had the outcome, by day since time zero, with bands."""
    drawn = go.Figure()
    for curve in curves:
        colour = ARM_COLOURS[curve["arm"]]
        rows = [
            {"days": row["days"], "value": 1 - row["value"], "low": 1 - row["high"], "high": 1 - row["low"]}
            for row in curve["rows"]
        ]
        _band(drawn, rows, "days", 100, colour, shape="hv")
        title = escaped(str(curve["title"]))
        _line(drawn, [row["days"] for row in rows], [100 * row["value"] for row in rows], colour, title, shape="hv")
    return _by_day(drawn, outcome)


def strategy_curves(rows: Rows, *, treated: str, control: str, outcome: str) -> go.Figure:
    """The share with the outcome by day under two strategies, such as those of clone, censor and weight."""
    drawn = go.Figure()
    for name, title, colour in (("control", control, ARM_COLOURS[0]), ("treated", treated, ARM_COLOURS[1])):
        _line(
            drawn,
            [row["days"] for row in rows],
            [100 * row[name] for row in rows],
            colour,
            escaped(title),
            shape="hv",
        )
    return _by_day(drawn, outcome)


def jump_at_cutoff(details: Mapping[str, Any], *, outcome: str, unit: str) -> go.Figure:
    """Means of the outcome along the running column, a local line on either side, and the cutoff."""
    scale = scale_of(unit)
    bins, cutoff = details["bins"], details["cutoff"]
    most = max((row["units"] for row in bins), default=1)
    drawn = go.Figure(
        go.Scatter(
            x=[row["running"] for row in bins],
            y=[scale * row["value"] for row in bins],
            mode="markers",
            marker={"size": [5 + 8 * (row["units"] / most) ** 0.5 for row in bins], "color": faded(NEUTRAL, 0.75)},
            customdata=[row["units"] for row in bins],
            hovertemplate="%{x:.3g}: %{y:.3g} (%{customdata:,} units)<extra></extra>",
            name="mean of units alike",
        )
    )
    for side, colour in (("below", ARM_COLOURS[0]), ("above", ARM_COLOURS[1])):
        line = sorted((row for row in details["lines"] if row["side"] == side), key=lambda row: row["running"])
        _line(
            drawn,
            [row["running"] for row in line],
            [scale * row["value"] for row in line],
            colour,
            f"{side} the cutoff",
        )
    drawn.add_vline(x=cutoff, line={"color": CONTRAST, "width": 1.5, "dash": "dot"})
    themed(drawn, height=HEIGHT)
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(title=escaped(str(details["running_title"])))
    drawn.update_yaxes(title=level_in(unit, outcome))
    return drawn


def first_stage(details: Mapping[str, Any], *, instrument: str, treatment: str, outcome: str, unit: str) -> go.Figure:
    """What the instrument moves, covariates taken out: mean treatment above, mean outcome below, by its value."""
    rows = details["bins"]
    drawn = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    for place, (name, scale, colour) in enumerate(
        (("treatment", 1.0, ACCENT), ("outcome", scale_of(unit), CONTRAST)), 1
    ):
        drawn.add_trace(
            go.Scatter(
                x=[row["instrument"] for row in rows],
                y=[scale * row[name] for row in rows],
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"size": 9, "color": colour},
                customdata=[row["units"] for row in rows],
                hovertemplate="%{x:.3g}: %{y:.3g} (%{customdata:,} units)<extra></extra>",
                showlegend=False,
            ),
            row=place,
            col=1,
        )
    themed(drawn, height=HEIGHT + 60)
    drawn.update_xaxes(title=escaped(instrument), row=2, col=1)
    drawn.update_yaxes(title=escaped(treatment), row=1, col=1)
    drawn.update_yaxes(title=level_in(unit, outcome), row=2, col=1)
    return drawn


def effect_parts(rows: Rows, *, unit: str) -> go.Figure:
    """Past the mediators, through them, and together, each with its interval."""
    scale = scale_of(unit)
    titles = {"direct": "past the mediators", "indirect": "through the mediators", "total": "together"}
    drawn = go.Figure()
    for row in reversed(rows):
        colour = colour_of(row["low"], row["high"])
        drawn.add_trace(
            go.Bar(
                x=[scale * row["value"]],
                y=[titles.get(row["part"], escaped(str(row["part"])))],
                orientation="h",
                error_x=bars([row], NEUTRAL, scale=scale),
                marker={"color": faded(colour, 0.7)},
                hovertemplate="%{y}: %{x:.3g}<extra></extra>",
                showlegend=False,
            )
        )
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    themed(drawn, height=80 + 50 * max(1, len(rows)))
    drawn.update_xaxes(title=difference_in(unit))
    drawn.update_yaxes(showgrid=False)
    return drawn


def _by_day(drawn: go.Figure, outcome: str) -> go.Figure:
    themed(drawn, height=HEIGHT)
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(title="days since time zero", rangemode="tozero")
    drawn.update_yaxes(title=f"{escaped(outcome)}, %", rangemode="tozero")
    return drawn


def _band(drawn: go.Figure, rows: Rows, along: str, scale: float, colour: str, shape: str = "linear") -> None:
    x = [row[along] for row in rows]
    for end, fill in (("high", None), ("low", "tonexty")):
        drawn.add_trace(
            go.Scatter(
                x=x,
                y=[scale * row[end] for row in rows],
                mode="lines",
                line={"width": 0, "shape": shape},
                fill=fill,
                fillcolor=faded(colour, 0.18),
                hoverinfo="skip",
                showlegend=False,
            )
        )


def _line(
    drawn: go.Figure, x: Sequence[float], y: Sequence[float], colour: str, name: str, shape: str = "linear"
) -> None:
    drawn.add_trace(
        go.Scatter(
            x=list(x),
            y=list(y),
            mode="lines",
            name=name,
            line={"color": colour, "width": 2.5, "shape": shape},
            hovertemplate="%{x:.3g}: %{y:.3g}<extra>" + name + "</extra>",
        )
    )
