"""Figure of a causal screen: the adjusted effect of every event type on every other, as a heat map."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.theme import BETTER, NEUTRAL, ROW_HEIGHT, WORSE, escaped, faded, themed

LONGEST: Final = 18
DIVERGING: Final = (
    (0.0, faded(WORSE, 0.6)), (0.25, faded(WORSE, 0.3)), (0.5, faded(NEUTRAL, 0.05)), (0.75, faded(BETTER, 0.3)),
    (1.0, faded(BETTER, 0.6)),
)  # fmt: skip
CELL: Final = 34  # pixels of the mark on a cell that is picked
NOTHING: Final = "·"


def screen_map(pairs: Sequence[Mapping[str, Any]], types: Sequence[str], *, false_share: float) -> go.Figure:
    """Causes down, effects across; colour and number are percentage points. Only pairs that stand out (q at most
    `false_share`) have a colour; a red light, or one event in the other's place, puts the number in brackets; a dot is
    a pair without a number. A cell that is picked tells its cause and effect first in its customdata."""
    known = {(row["cause"], row["effect"]): row for row in pairs}
    values, texts, hovers = [], [], []
    for cause in types:
        cells = [_cell(known.get((cause, effect)), false_share) for effect in types]
        values.append([cell[0] for cell in cells])
        texts.append([cell[1] for cell in cells])
        hovers.append([cell[2] for cell in cells])
    largest = max((abs(value) for row in values for value in row if value is not None), default=0) or 1
    drawn = go.Figure(
        go.Heatmap(
            x=list(range(len(types))), y=list(range(len(types))), z=values, hoverinfo="skip",
            colorscale=[list(stop) for stop in DIVERGING], zmin=-largest, zmax=largest,
            xgap=2, ygap=2, showscale=False, hoverongaps=False,
        )
    )  # fmt: skip
    places = [(across, down) for down in range(len(types)) for across in range(len(types))]
    for across, down in places:  # in a heat map text is black or white by a colour that knows no opacity
        drawn.add_annotation(x=across, y=down, text=texts[down][across], showarrow=False)
    drawn.add_trace(  # marks that nobody sees before they are picked, because cells of a heat map cannot be
        go.Scatter(
            x=[across for across, _ in places], y=[down for _, down in places], mode="markers", showlegend=False,
            marker={"size": CELL, "symbol": "square", "opacity": 0, "color": NEUTRAL},
            selected={"marker": {"opacity": 0.25}}, unselected={"marker": {"opacity": 0}},
            customdata=[[types[down], types[across]] for across, down in places],
            hovertext=[hovers[down][across] for across, down in places],
            hoverinfo=["text" if texts[down][across] else "skip" for across, down in places],
        )
    )  # fmt: skip
    themed(drawn, height=110 + (ROW_HEIGHT + 8) * len(types))
    labels = [escaped(_short(name)) for name in types]
    ticks = {"tickvals": list(range(len(types))), "ticktext": labels, "showgrid": False}
    drawn.update_xaxes(**ticks, side="top", title="… changes this, within the outcome window")
    drawn.update_yaxes(**ticks, autorange="reversed", title="doing this next …")
    drawn.update_layout(margin_t=58, hoverdistance=-1)  # anywhere in a cell is nearest to its middle
    return drawn


def _cell(row: Mapping[str, Any] | None, false_share: float) -> tuple[float | None, str, str]:
    """(colour value in points, text, hover text)."""
    if row is None:
        return None, "", ""
    name = f"{escaped(row['cause'])} → {escaped(row['effect'])}"
    if row["value"] is None:
        return 0.0, NOTHING, f"{name}: {escaped(row['reason'])}"
    points = 100 * row["value"]
    hover = (
        f"{name}: {points:+.1f} points ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})<br>"
        f"{100 * row['treated_share']:.1f} % against {100 * row['control_share']:.1f} %; {row['light']} light"
    )
    if row["displaced"]:
        return 0.0, f"({points:+.1f})", f"{hover}<br>{escaped(row['reason'])}"
    if row["q_value"] is None or row["q_value"] > false_share:
        return 0.0, f"{points:+.1f}", f"{hover}; does not stand out"
    return points, f"({points:+.1f})" if row["light"] == "red" else f"<b>{points:+.1f}</b>", hover


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
