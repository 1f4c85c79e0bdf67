"""Discovered edges as a figure: how often bootstrap draws had each, with its direction and at all."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.theme import ACCENT, NEUTRAL, ROW_HEIGHT, escaped, themed

ARROWS: Final = {"directed": "→", "undirected": "—", "bidirected": "↔", "partial": "○→", "precedes": "⇢"}
LONGEST: Final = 34  # characters of a name on the axis; the whole name stands in the hover text and in the table
SHOWN: Final = 40


def words_of(edge: Mapping[str, Any]) -> str:
    """An edge as text: search → buy; search ⇢ buy where it only precedes it. Names as pictures have them."""
    return f"{_named(edge['source'])} {_arrow(edge)} {_named(edge['target'])}"


def _named(variable: str) -> str:
    return variable.replace("_", " ")


def _arrow(edge: Mapping[str, Any]) -> str:
    label = edge.get("label")
    return ARROWS["precedes" if label == "precedes" else "partial" if label else edge["kind"]]


def _short(edge: Mapping[str, Any]) -> str:
    source, target = (
        name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        for name in map(_named, (edge["source"], edge["target"]))
    )
    return escaped(f"{source} {_arrow(edge)} {target}")


def stability(edges: Sequence[Mapping[str, Any]]) -> go.Figure:
    """A row per edge, the most stable first: a dot where the same edge was found, a ring where its ends were joined."""
    ordered = sorted(edges, key=lambda edge: (-(edge["stability"] or 0), -(edge["adjacency"] or 0), words_of(edge)))
    shown = ordered[:SHOWN]
    rows = list(range(len(shown)))
    drawn = go.Figure()
    for name, field, symbol, colour in (
        ("joined at all", "adjacency", "circle-open", NEUTRAL),
        ("with this direction", "stability", "circle", ACCENT),
    ):
        drawn.add_trace(
            go.Scatter(
                x=[edge[field] for edge in shown], y=rows, mode="markers", name=name,
                text=[escaped(words_of(edge)) for edge in shown],
                marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2}},
                hovertemplate="%{text}<br>" + name + " in %{x:.0%} of draws<extra></extra>",
            )
        )  # fmt: skip
    more = f" (the {SHOWN} most stable of {len(ordered)})" if len(ordered) > SHOWN else ""
    themed(drawn, height=138 + ROW_HEIGHT * max(len(shown), 1), title=f"How often each edge was found again{more}")
    drawn.update_xaxes(range=[-0.03, 1.03], tickformat=".0%", title="share of bootstrap draws")
    drawn.update_yaxes(
        range=[len(shown) - 0.5, -0.5], tickmode="array", tickvals=rows, ticktext=[_short(edge) for edge in shown]
    )
    drawn.update_layout(legend={"y": 1.0, "yanchor": "bottom"}, margin_t=74)  # between title and rows, however narrow
    return drawn
