"""Numbers with their intervals, as all figures draw them: scale by unit, colour by side of zero, point and whiskers.

Rows are mappings with `value`, `low` and `high`. unit: "share" is drawn in percent (differences in percentage points),
anything else as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.theme import BETTER, UNDECIDED, WORSE, escaped

Row = Mapping[str, Any]


def scale_of(unit: str) -> float:
    """What a value of that unit is multiplied by."""
    return 100.0 if unit == "share" else 1.0


def difference_in(unit: str, what: str = "") -> str:
    """An axis title for differences of that unit; what: said before it."""
    named = "percentage points" if unit == "share" else escaped(unit)
    return f"{what}, {named}" if what else named


def level_in(unit: str, outcome: str) -> str:
    """An axis title for levels of an outcome of that unit."""
    return f"{escaped(outcome)}, %" if unit == "share" else escaped(outcome)


def colour_of(low: float, high: float) -> str:
    """Green above zero, red below, grey where the interval holds it."""
    return BETTER if low > 0 else WORSE if high < 0 else UNDECIDED


def bars(rows: Sequence[Row], colour: str, *, scale: float = 1.0, thickness: float = 2, width: float = 5,
         ends: tuple[str, str] = ("low", "high")) -> dict[str, Any]:  # fmt: skip
    """Plotly's error bars for rows; ends: the names of their intervals' ends."""
    low, high = ends
    return {
        "type": "data",
        "symmetric": False,
        "array": [scale * (row[high] - row["value"]) for row in rows],
        "arrayminus": [scale * (row["value"] - row[low]) for row in rows],
        "thickness": thickness,
        "width": width,
        "color": colour,
    }


def point(
    drawn: go.Figure,
    label: str,
    row: Row,
    colour: str,
    *,
    scale: float = 1.0,
    marker: Mapping[str, Any] | None = None,
    thickness: float = 2,
    hover: str = "%{y}: %{x:.3g}",
) -> None:
    """One row of a forest: a point with its interval, at a label that is safe to draw."""
    drawn.add_trace(
        go.Scatter(
            x=[scale * row["value"]],
            y=[label],
            error_x=bars([row], colour, scale=scale, thickness=thickness),
            mode="markers",
            marker={"size": 10, "color": colour, **(marker or {})},
            hovertemplate=f"{hover}<extra></extra>",
            showlegend=False,
        )
    )


def whisker(drawn: go.Figure, label: str, low: float, high: float, colour: str, width: float) -> None:
    """One interval of a forest as a line, where several lie on each other."""
    drawn.add_trace(
        go.Scatter(
            x=[low, high],
            y=[label, label],
            mode="lines",
            line={"color": colour, "width": width},
            hoverinfo="skip",
            showlegend=False,
        )
    )
