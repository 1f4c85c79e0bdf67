"""A causal graph as a layered figure: causes on the left, the treatment below, the outcome on the right."""

from collections.abc import Collection
from dataclasses import replace

import plotly.graph_objects as go

from core.figures.theme import ACCENT, BETTER, CONTRAST, FAINT, NEUTRAL, escaped, faded, themed
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.layout import COLUMN as LAYOUT_COLUMN
from core.graphs.layout import ROW as LAYOUT_ROW
from core.graphs.layout import layout

WIDE, TALL = 1.9, 0.56  # of a node, in units of the layout
COLUMN = 3.2
COLOURS = {"treatment": ACCENT, "outcome": BETTER, "unmeasured": CONTRAST}


def causal_graph(graph: CausalGraph, *, adjusted: Collection[str] = ()) -> go.Figure:
    """Nodes in columns by tier, edges as arrows. Filled: adjusted for. Dashed: unmeasured, with its arrows."""
    places = _places(graph)
    hidden = set(graph.having("unmeasured"))
    drawn = go.Figure()
    for source, target in graph.edges:
        ends = _ends(graph, places, source, target)
        _arrow(
            drawn,
            *ends,
            colour=CONTRAST if {source, target} & hidden else FAINT,
            dashed=bool({source, target} & hidden),
        )
    for node in graph.nodes:
        _box(drawn, node, *places[node.name], filled=node.name in adjusted)
    heights = [y for _, y in places.values()]
    themed(drawn, height=int(70 + 62 * (max(heights) - min(heights) + 1)))
    drawn.update_layout(showlegend=False)
    widest = max(x for x, _ in places.values())
    drawn.update_xaxes(visible=False, range=[-1.1, widest + 1.1], fixedrange=True)
    drawn.update_yaxes(visible=False, range=[min(heights) - 0.7, max(heights) + 0.7], fixedrange=True)
    return drawn


def _places(graph: CausalGraph) -> dict[str, tuple[float, float]]:
    """(x, y) by name: a column per tier, centred; the treatment lies below, so that no arrow runs through it.

    A graph whose tiers do not order its edges is laid out in layers.
    """
    tier_of = {node.name: node.tier for node in graph.nodes}
    if None in tier_of.values() or any(tier_of[source] == tier_of[target] for source, target in graph.edges):
        free = CausalGraph(tuple(replace(node, place=None) for node in graph.nodes), graph.edges)
        laid = layout(free).places
        return {name: (x / LAYOUT_COLUMN * COLUMN, -y / LAYOUT_ROW) for name, (x, y) in laid.items()}
    tiers = sorted({node.tier or 0 for node in graph.nodes})
    places = {}
    for column, tier in enumerate(tiers):
        inside = [node for node in graph.nodes if (node.tier or 0) == tier]
        for row, node in enumerate(inside):
            places[node.name] = (column * COLUMN, (len(inside) - 1) / 2 - row)
    lowest = min(y for _, y in places.values())
    if graph.treatment is not None and len(tiers) == 3:
        places[graph.treatment] = (COLUMN, lowest - 0.6)
    return places


def _ends(
    graph: CausalGraph, places: dict[str, tuple[float, float]], source: str, target: str
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an arrow leaves and arrives; arrows to one target arrive side by side, in the order of their sources."""
    causes = sorted((cause for cause, effect in graph.edges if effect == target), key=lambda cause: -places[cause][1])
    spread = 0.0 if len(causes) < 2 else causes.index(source) / (len(causes) - 1) - 0.5
    (x0, y0), (x1, y1) = places[source], places[target]
    return (x0 + WIDE / 2, y0), (x1 - WIDE / 2 - 0.07, y1 - 0.8 * TALL * spread)


def _arrow(
    drawn: go.Figure, start: tuple[float, float], end: tuple[float, float], *, colour: str, dashed: bool
) -> None:
    drawn.add_trace(
        go.Scatter(
            x=[start[0], end[0]],
            y=[start[1], end[1]],
            mode="lines+markers",
            line={"color": colour, "width": 1.5, "dash": "dash" if dashed else "solid"},
            marker={"symbol": ["circle", "triangle-right"], "size": [0, 7], "color": colour},
            hoverinfo="skip",
        )
    )


def _box(drawn: go.Figure, node: Node, x: float, y: float, *, filled: bool) -> None:
    role = next((role for role in node.roles if role in COLOURS), "")
    colour = COLOURS.get(role, NEUTRAL)
    drawn.add_shape(
        type="rect", x0=x - WIDE / 2, x1=x + WIDE / 2, y0=y - TALL / 2, y1=y + TALL / 2, layer="between",
        fillcolor=faded(colour, 0.2 if filled or role in ("treatment", "outcome") else 0.03),
        line={"color": colour, "width": 1.6, "dash": "dash" if role == "unmeasured" else "solid"},
    )  # fmt: skip
    drawn.add_annotation(
        x=x, y=y, text=escaped(node.name.replace("_", " ")), showarrow=False, hovertext=escaped(node.words)
    )
