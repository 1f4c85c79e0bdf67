"""Figures of the attempts to break a study: negative controls, checks of the method, left-out groups, hidden causes."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.effects.groups import called
from core.figures.intervals import difference_in, point, scale_of
from core.figures.theme import (
    ACCENT,
    BETTER,
    CONTRAST,
    FAINT,
    NEUTRAL,
    ROW_HEIGHT,
    UNDECIDED,
    WORSE,
    escaped,
    faded,
    themed,
)

ANSWER = {True: BETTER, False: WORSE, None: UNDECIDED}


def placebo_forest(refutations: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Negative controls as shares of the headline: expected 0; the band is half of the headline either way.

    Each needs `details.margin`, which is half of the headline in the unit of that control's outcome.
    """
    drawn = go.Figure()
    shown = [row for row in refutations if row.get("value") is not None and row["details"].get("margin")]
    for row in reversed(shown):
        scale = 50 / row["details"]["margin"]
        point(
            drawn,
            escaped(row["title"]),
            row,
            ANSWER[row["passed"]],
            scale=scale,
            hover="%{y}: %{x:.0f} % of the headline",
        )
    drawn.add_vrect(x0=-50, x1=50, fillcolor=faded(NEUTRAL, 0.12), line_width=0, layer="below")
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1.5})
    themed(drawn, height=90 + 42 * max(1, len(shown)))
    drawn.update_xaxes(title="effect where none is expected, % of the headline", ticksuffix=" %")
    drawn.update_yaxes(showgrid=False)
    return drawn


def method_forest(refutations: Sequence[Mapping[str, Any]], *, unit: str) -> go.Figure:
    """What each check of the method got (its middle 95 % as a bar) beside what was expected (a cross)."""
    drawn, scale = go.Figure(), scale_of(unit)
    shown = [row for row in refutations if row.get("value") is not None]
    for row in reversed(shown):
        point(drawn, escaped(row["title"]), row, ANSWER[row["passed"]], scale=scale, hover="%{y}: got %{x:.3g}")
    drawn.add_trace(
        go.Scatter(
            x=[scale * row["expected"] for row in shown],
            y=[escaped(row["title"]) for row in shown],
            mode="markers",
            name="expected",
            marker={"symbol": "x-thin", "size": 11, "line": {"width": 2, "color": CONTRAST}},
            hovertemplate="expected %{x:.3g}<extra></extra>",
        )
    )
    themed(drawn, height=110 + 36 * max(1, len(shown)))
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=34)
    drawn.update_xaxes(title=difference_in(unit))
    drawn.update_yaxes(showgrid=False)
    return drawn


def leave_out_forest(details: Mapping[str, Any], *, unit: str) -> go.Figure:
    """The linear effect without each covariate group; diamonds: the headline's method without it.

    details: `full` (value), `rows` and `headline_rows` (group, value, low, high).
    """
    drawn, scale = go.Figure(), scale_of(unit)
    full = details["full"]["value"]
    for row in reversed(details["rows"]):
        colour = WORSE if row["value"] * full < 0 else ACCENT
        point(drawn, escaped(f"without {called(row['group'])}"), row, colour, scale=scale)
    again = details["headline_rows"]
    if again:
        drawn.add_trace(
            go.Scatter(
                x=[scale * row["value"] for row in again],
                y=[escaped(f"without {called(row['group'])}") for row in again],
                mode="markers",
                name="the headline's method",
                marker={"symbol": "diamond-open", "size": 12, "line": {"width": 2}, "color": CONTRAST},
                hovertemplate="%{y}, the headline's method: %{x:.3g}<extra></extra>",
            )
        )
    drawn.add_vline(x=0, line={"color": FAINT, "width": 1})
    drawn.add_vline(
        x=scale * full,
        line={"color": NEUTRAL, "width": 2, "dash": "dot"},
        annotation={"text": "with all", "yanchor": "bottom", "y": 1, "yref": "paper"},
    )
    themed(drawn, height=120 + ROW_HEIGHT * max(1, len(details["rows"])))
    drawn.update_layout(legend={"y": -0.25, "yanchor": "top"}, margin_t=30)
    drawn.update_xaxes(title=difference_in(unit))
    drawn.update_yaxes(showgrid=False)
    return drawn


def hidden_cause_contour(sensitivity: Mapping[str, Any], *, unit: str) -> go.Figure:
    """The effect left beside a hidden cause of every strength; crosses: as strong as the measured groups.

    sensitivity: with `contour` (treatment_r2, outcome_r2, values) and `bounds` (group, times and both strengths). The
    thick line is where nothing is left.
    """
    grid, scale = sensitivity["contour"], scale_of(unit)
    across, up = [100 * r2 for r2 in grid["treatment_r2"]], [100 * r2 for r2 in grid["outcome_r2"]]
    values = [[scale * value for value in row] for row in grid["values"]]
    drawn = go.Figure(
        go.Contour(
            x=across,
            y=up,
            z=values,
            contours={"coloring": "none", "showlabels": True, "labelfont": {"size": 11, "color": NEUTRAL}},
            line={"color": faded(NEUTRAL, 0.7), "width": 1.2},
            showscale=False,
            showlegend=False,
            ncontours=9,
            hovertemplate="treatment %{x:.1f} %, outcome %{y:.1f} %: %{z:.3g} left<extra></extra>",
        )
    )
    drawn.add_trace(
        go.Contour(
            x=across,
            y=up,
            z=values,
            contours={"coloring": "none", "type": "constraint", "operation": "=", "value": 0},
            line={"color": WORSE, "width": 3},
            name="nothing left",
            showlegend=True,
            hoverinfo="skip",
        )
    )
    points = [row for row in sensitivity["bounds"] if _inside(row, across[-1], up[-1])]
    drawn.add_trace(
        go.Scatter(
            x=[100 * row["treatment_r2"] for row in points],
            y=[100 * row["outcome_r2"] for row in points],
            mode="markers+text",
            text=[_label(row, points) for row in points],
            textposition="top center",
            name="as strong as a measured group",
            marker={"symbol": "cross", "size": 9, "color": ACCENT},
            cliponaxis=False,
            customdata=[[escaped(called(row["group"])), row["times"], scale * row["value"]] for row in points],
            hovertemplate="%{customdata[1]} x %{customdata[0]}: %{customdata[2]:.3g} left<extra></extra>",
        )
    )
    themed(drawn, height=420)
    drawn.update_layout(legend={"y": -0.2}, margin_t=24)
    drawn.update_xaxes(title="explains of the treatment's remaining variance, %", rangemode="tozero")
    drawn.update_yaxes(title="of the outcome's, %", rangemode="tozero")
    return drawn


def _label(row: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> str:
    """Only the two strongest groups are named: the weak ones lie on each other in the corner."""
    named = list(dict.fromkeys(point["group"] for point in points))[:2]
    if row["group"] not in named:
        return ""
    group = called(str(row["group"]))
    return escaped(group if row["times"] == 1 else f"{row['times']} x {group}")


def _inside(row: Mapping[str, Any], across: float, up: float) -> bool:
    strong = 100 * row["treatment_r2"] <= across and 100 * row["outcome_r2"] <= up
    return row["value"] is not None and strong
