"""What a model answers: the outcome's distribution with a node set and without, and what a change is due to."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from core.figures.theme import ACCENT, BETTER, NEUTRAL, ROW_HEIGHT, WORSE, escaped, faded, themed


def outcome_distribution(answer: Mapping[str, Any], held: str, versus: str) -> go.Figure:
    """Shares of the outcome's values, or bins, under both settings; held, versus: what these are called."""
    found = answer["distribution"]
    drawn = go.Figure()
    if "levels" in found:
        x: list[Any] = [escaped(str(level)) for level in found["levels"]]
        mode = "group"
    else:
        x = [(low + high) / 2 for low, high in zip(found["edges"][:-1], found["edges"][1:], strict=True)]
        mode = "overlay"
    for name, shares, colour in ((versus, found["versus"], NEUTRAL), (held, found["held"], ACCENT)):
        drawn.add_trace(
            go.Bar(
                x=x, y=shares, name=escaped(name), marker={"color": faded(colour, 0.6), "line": {"color": colour}},
                hovertemplate="%{x}: %{y:.1%}<extra>" + escaped(name) + "</extra>",
            )
        )  # fmt: skip
    themed(drawn, height=340, title=f"{answer['outcome']}: what the model expects")
    drawn.update_layout(barmode=mode, legend={"y": 1.0, "yanchor": "bottom"}, margin_t=74)
    drawn.update_xaxes(title=escaped(str(answer["outcome"])))
    drawn.update_yaxes(tickformat=".0%", title="share of units")
    return drawn


def change_parts(answer: Mapping[str, Any]) -> go.Figure:
    """A bar per node: how much of the change its mechanism brought about, with the interval where there is one."""
    parts = sorted(answer["parts"], key=lambda part: abs(part["value"]))
    scale = 100 if answer["level"] is not None else 1
    labels = [escaped(part["node"]) + (" (who or what there was)" if part["root"] else "") for part in parts]
    values = [scale * part["value"] for part in parts]
    known = all(part["low"] is not None for part in parts)
    bars = {} if not known else {
        "error_x": {
            "type": "data", "symmetric": False, "color": NEUTRAL, "thickness": 1.4,
            "array": [max(0.0, scale * part["high"] - value) for part, value in zip(parts, values, strict=True)],
            "arrayminus": [max(0.0, value - scale * part["low"]) for part, value in zip(parts, values, strict=True)],
        }
    }  # fmt: skip
    unit = "percentage points" if answer["level"] is not None else escaped(str(answer["outcome"]))
    colours = [BETTER if value >= 0 else WORSE for value in values]
    drawn = go.Figure(
        go.Bar(
            x=values, y=labels, orientation="h", marker={"color": colours},
            hovertemplate="%{y}: %{x:+.3g} " + unit + "<extra></extra>", **bars,
        )
    )  # fmt: skip
    themed(drawn, height=110 + ROW_HEIGHT * len(parts), title=f"What the change of {answer['outcome']} is due to")
    drawn.update_xaxes(title=unit, zeroline=True, zerolinecolor=NEUTRAL)
    return drawn
