"""A causal graph with something to say at its edges: a colour, a width, a word; and edges that are missing, dotted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from core.figures.theme import ACCENT, BETTER, CONTRAST, FAINT, NEUTRAL, escaped, faded, themed
from core.graphs.causal_graph import CausalGraph
from core.graphs.layout import TALL, WIDE, Point, layout

COLOURS: Final = {"treatment": ACCENT, "outcome": BETTER, "unmeasured": CONTRAST}
LONGEST: Final = 9  # of a name in one line


@dataclass(frozen=True)
class Mark:
    """How an edge looks. label: stands at its middle; says: is read on hovering there."""

    colour: str = FAINT
    width: float = 1.5
    dash: str = "solid"
    label: str = ""
    says: str = ""


Pair = tuple[str, str]


def marked_graph(graph: CausalGraph, edges: Mapping[Pair, Mark], missing: Mapping[Pair, Mark]) -> go.Figure:
    """edges: marks by (source, target); missing: pairs that no edge joins, drawn without an arrowhead."""
    laid = layout(graph)
    drawn = go.Figure()
    for pair, mark in missing.items():
        one, other = laid.places[pair[0]], laid.places[pair[1]]
        middle = _bowed(one, other)
        _way(drawn, [_border(one, middle), middle, _border(other, middle)], mark, curved=True)
        _word(drawn, middle, mark)
    for source, target in graph.edges:
        mark = edges.get((source, target), Mark())
        way = [laid.places[source], *laid.bends.get((source, target), ()), laid.places[target]]
        way[0], way[-1] = _border(way[0], way[1]), _border(way[-1], way[-2])
        _way(drawn, way[:-1], mark)
        _arrow(drawn, way[-2], way[-1], mark)
        _word(drawn, _middle(way), mark)
    for node in graph.nodes:
        role = next((role for role in node.roles if role in COLOURS), "")
        _box(drawn, laid.places[node.name], node.name, node.words, role)
    across = [x for x, _ in laid.places.values()] or [0.0]
    down = [y for _, y in laid.places.values()] or [0.0]
    themed(drawn, height=int(max(150, 90 + 1.05 * (max(down) - min(down)))))
    drawn.update_layout(showlegend=False, margin={"l": 0, "r": 0, "t": 8, "b": 8})
    drawn.update_xaxes(visible=False, range=[min(across) - WIDE * 0.6, max(across) + WIDE * 0.6], fixedrange=True)
    drawn.update_yaxes(visible=False, range=[max(down) + TALL * 1.3, min(down) - TALL * 1.3], fixedrange=True)
    return drawn


def _way(drawn: go.Figure, way: Sequence[Point], mark: Mark, *, curved: bool = False) -> None:
    if len(way) < 2:
        return
    drawn.add_trace(
        go.Scatter(
            x=[x for x, _ in way], y=[y for _, y in way], mode="lines", hoverinfo="skip",
            line={"color": mark.colour, "width": mark.width, "dash": mark.dash,
                  "shape": "spline" if curved else "linear", "smoothing": 1.2},
        )
    )  # fmt: skip


def _arrow(drawn: go.Figure, start: Point, end: Point, mark: Mark) -> None:
    """The last stretch of an edge: a line of its own, so that it can be dashed, and a head."""
    _way(drawn, [start, end], mark)
    drawn.add_annotation(
        x=end[0], y=end[1], ax=start[0], ay=start[1], xref="x", yref="y", axref="x", ayref="y", text="",
        showarrow=True, arrowhead=2, arrowsize=1.1, arrowwidth=max(mark.width, 1.2), arrowcolor=mark.colour,
        opacity=1 if mark.dash == "solid" else 0.55,
    )  # fmt: skip


def _word(drawn: go.Figure, at: Point, mark: Mark) -> None:
    """The label of an edge, and what is read on hovering over it."""
    drawn.add_trace(
        go.Scatter(
            x=[at[0]], y=[at[1]], mode="markers+text" if mark.label else "markers", text=[escaped(mark.label)],
            textposition="top center", textfont={"color": mark.colour if mark.label else FAINT, "size": 13},
            marker={"size": 14, "color": "rgba(0,0,0,0)"}, hovertemplate=escaped(mark.says) + "<extra></extra>",
            hoverinfo="skip" if not mark.says else None, cliponaxis=False,
        )
    )  # fmt: skip


def _box(drawn: go.Figure, at: Point, name: str, words: str, role: str) -> None:
    colour = COLOURS.get(role, NEUTRAL)
    x, y = at
    drawn.add_shape(
        type="rect", x0=x - WIDE / 2, x1=x + WIDE / 2, y0=y - TALL / 2, y1=y + TALL / 2, layer="between",
        fillcolor=faded(colour, 0.2 if role in ("treatment", "outcome") else 0.05),
        line={"color": colour, "width": 1.6, "dash": "dash" if role == "unmeasured" else "solid"},
    )  # fmt: skip
    text = "<br>".join(escaped(line) for line in _lines(name.replace("_", " ")))
    drawn.add_annotation(x=x, y=y, text=text, showarrow=False, hovertext=escaped(words), font={"size": 12})


def _lines(text: str) -> list[str]:
    """A name in one line, or in two where it is long, so that it fits its box on a narrow page."""
    if len(text) <= LONGEST:
        return [text]
    breaks = [place for place, letter in enumerate(text) if letter == " "]
    middle = min(breaks, key=lambda place: abs(place - len(text) / 2), default=LONGEST)
    lines = [text[:middle].strip(), text[middle:].strip()]
    return [line if len(line) <= 2 * LONGEST - 4 else line[: 2 * LONGEST - 5] + "…" for line in lines if line]


def _border(inside: Point, towards: Point) -> Point:
    """Where a straight line from the middle of a node leaves its box."""
    x, y = towards[0] - inside[0], towards[1] - inside[1]
    reach = min(
        (WIDE / 2 + 3) / abs(x) if x else float("inf"), (TALL / 2 + 3) / abs(y) if y else float("inf"), 1.0
    )  # fmt: skip
    return inside[0] + x * reach, inside[1] + y * reach


def _middle(way: Sequence[Point]) -> Point:
    """A little before the middle, where fewer edges cross."""
    place = (len(way) - 1) // 2
    (x0, y0), (x1, y1) = way[place], way[place + 1]
    return x0 + 0.45 * (x1 - x0), y0 + 0.45 * (y1 - y0)


def _bowed(one: Point, other: Point) -> Point:
    """The top of a bow between two nodes, so that it does not run through those between them."""
    x, y = other[0] - one[0], other[1] - one[1]
    length = max((x**2 + y**2) ** 0.5, 1.0)
    return (one[0] + other[0]) / 2 - 0.16 * y, (one[1] + other[1]) / 2 - 0.1 * length + 0.05 * abs(x)
