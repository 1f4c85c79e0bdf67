"""A causal graph as a picture that leaves the app: SVG text, or a PNG drawn without a browser.

Blue and green: treatment and outcome. Filled: adjusted for. Dashed: unmeasured. Dotted: learnt, with its stability.
"""

import io
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape

from core.errors import BadSpec
from core.figures.theme import ACCENT, BETTER, CONTRAST, INK, NEUTRAL, PAPER
from core.graphs.causal_graph import CausalGraph, Learnt, Node
from core.graphs.layout import TALL, WIDE, Layout, Point, layout

NODES_AT_MOST: Final = 300
MARGIN: Final = 24.0
FONT: Final = 13
LONGEST: Final = 19  # characters of a name that fit into a box
HEAD: Final = 9.0
COLOURS: Final = {"treatment": ACCENT, "outcome": BETTER, "unmeasured": CONTRAST}
DASHES: Final = {"solid": "", "dashed": "6 4", "dotted": "2 4"}


@dataclass(frozen=True)
class Arrow:
    """A curve of cubic pieces, (first control, second control, end), and what is written beside its middle."""

    start: Point
    pieces: tuple[tuple[Point, Point, Point], ...]
    colour: str
    stroke: str
    label: str = ""


@dataclass(frozen=True)
class Box:
    """A node; middle: where it lies."""

    middle: Point
    text: str
    title: str
    colour: str
    stroke: str
    filled: bool


@dataclass(frozen=True)
class Picture:
    """What is drawn, in pixels from the top left."""

    size: Point
    arrows: tuple[Arrow, ...] = field(default=())
    boxes: tuple[Box, ...] = field(default=())


def picture(graph: CausalGraph, *, adjusted: Collection[str] = ()) -> Picture:
    """The graph laid out; what the analyst placed stays where it is. Raises BadSpec for more than NODES_AT_MOST."""
    if len(graph.nodes) > NODES_AT_MOST:
        raise BadSpec(f"A picture of {len(graph.nodes):,} nodes cannot be read; draw {NODES_AT_MOST} at most.")
    laid = layout(graph)
    xs, ys = ([place[axis] for way in _points(laid) for place in way] for axis in (0, 1))
    left, top = min(xs, default=0) - WIDE / 2 - MARGIN, min(ys, default=0) - TALL / 2 - MARGIN
    size = (max(xs, default=0) + WIDE / 2 + MARGIN - left, max(ys, default=0) + TALL / 2 + MARGIN - top)

    def moved(point: Point) -> Point:
        return point[0] - left, point[1] - top

    learnt = {(edge.source, edge.target): edge for edge in graph.learnt}
    hidden = set(graph.having("unmeasured"))
    places = {name: moved(place) for name, place in laid.places.items()}
    arrows = tuple(
        _arrow(
            places[source], [moved(point) for point in laid.bends.get((source, target), ())], places[target],
            hidden=bool({source, target} & hidden), learnt=learnt.get((source, target)),
        )
        for source, target in graph.edges
    )  # fmt: skip
    return Picture(size, arrows, tuple(_box(node, places[node.name], node.name in adjusted) for node in graph.nodes))


def svg(graph: CausalGraph, *, adjusted: Collection[str] = ()) -> str:
    """The picture as SVG text; every name in it is text."""
    drawn = picture(graph, adjusted=adjusted)
    width, height = (round(length) for length in drawn.size)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="Source Sans 3, Source Sans Pro, Helvetica, Arial, sans-serif" font-size="{FONT}">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        *(_svg_arrow(arrow) for arrow in drawn.arrows),
        *(_svg_box(box) for box in drawn.boxes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def png(graph: CausalGraph, *, adjusted: Collection[str] = ()) -> bytes:
    """The picture as a PNG of twice its size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
    from matplotlib.path import Path

    drawn = picture(graph, adjusted=adjusted)
    made = Figure(figsize=(drawn.size[0] / 100, drawn.size[1] / 100), dpi=200, facecolor=PAPER)
    FigureCanvasAgg(made)
    axes = made.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, drawn.size[0])
    axes.set_ylim(drawn.size[1], 0)
    axes.axis("off")
    styles = {"solid": "-", "dashed": (0, (4, 3)), "dotted": (0, (1, 2.5))}
    points = 72 / 100  # of a pixel
    for arrow in drawn.arrows:
        codes = [Path.MOVETO] + [Path.CURVE4] * (3 * len(arrow.pieces))
        path = Path([arrow.start, *(point for piece in arrow.pieces for point in piece)], codes)
        style = styles[arrow.stroke]
        axes.add_patch(PathPatch(path, fill=False, edgecolor=arrow.colour, linewidth=1.5 * points, linestyle=style))
        axes.add_patch(Polygon(_head(arrow), facecolor=arrow.colour, edgecolor="none"))
        if arrow.label:
            x, y = _middle(arrow)
            axes.text(x, y - 6, arrow.label, ha="center", va="bottom", fontsize=11 * points, color=INK)
    for box in drawn.boxes:
        x, y = box.middle[0] - WIDE / 2, box.middle[1] - TALL / 2
        for face, opacity in ((PAPER, 1.0), (box.colour, 0.22 if box.filled else 0.04)):
            shape = FancyBboxPatch((x + 8, y + 8), WIDE - 16, TALL - 16, boxstyle="round,pad=8,rounding_size=8")
            shape.set(facecolor=face, edgecolor="none", alpha=opacity)
            axes.add_patch(shape)
        frame = FancyBboxPatch((x + 8, y + 8), WIDE - 16, TALL - 16, boxstyle="round,pad=8,rounding_size=8")
        frame.set(facecolor="none", edgecolor=box.colour, linewidth=1.6 * points, linestyle=styles[box.stroke])
        axes.add_patch(frame)
        axes.text(*box.middle, box.text, ha="center", va="center", fontsize=FONT * points, color=INK, parse_math=False)
    kept = io.BytesIO()
    made.savefig(kept, format="png")
    return kept.getvalue()


def _points(laid: Layout) -> list[tuple[Point, ...]]:
    return [tuple(laid.places.values()), *laid.bends.values()]


def _arrow(source: Point, bends: list[Point], target: Point, *, hidden: bool, learnt: Learnt | None) -> Arrow:
    label = f"{learnt.stability:.0%}" if learnt is not None and learnt.stability is not None else ""
    stroke = "dotted" if learnt is not None else "dashed" if hidden else "solid"
    colour = ACCENT if learnt is not None else CONTRAST if hidden else NEUTRAL
    if target[0] - source[0] < WIDE + 20 and not bends:
        start, end = _border(source, target), _border(target, source)
        third = ((end[0] - start[0]) / 3, (end[1] - start[1]) / 3)
        piece = ((start[0] + third[0], start[1] + third[1]), (end[0] - third[0], end[1] - third[1]), end)
        return Arrow(start, (piece,), colour, stroke, label)
    way = [(source[0] + WIDE / 2, source[1]), *bends, (target[0] - WIDE / 2 - 1, target[1])]
    pieces = []
    for one, other in pairwise(way):
        half = (other[0] - one[0]) / 2
        pieces.append(((one[0] + half, one[1]), (other[0] - half, other[1]), other))
    return Arrow(way[0], tuple(pieces), colour, stroke, label)


def _border(inside: Point, outside: Point) -> Point:
    """Where the line from the middle of a box to another point leaves the box."""
    across, down = outside[0] - inside[0], outside[1] - inside[1]
    scale = max(abs(across) / (WIDE / 2 + 1), abs(down) / (TALL / 2 + 1), 1e-9)
    return inside[0] + across / max(scale, 1.0), inside[1] + down / max(scale, 1.0)


def _box(node: Node, middle: Point, adjusted: bool) -> Box:
    role = next((role for role in node.roles if role in COLOURS), "")
    name = node.name.replace("_", " ")
    text = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    stroke = "dashed" if role == "unmeasured" else "solid"
    roles = f" ({', '.join(node.roles)})" if node.roles else ""
    filled = adjusted or role in ("treatment", "outcome")
    return Box(middle, text, f"{node.words}{roles}", COLOURS.get(role, NEUTRAL), stroke, filled)


def _head(arrow: Arrow) -> list[Point]:
    """The three corners of the arrow's head, which points where the curve ends."""
    _, control, end = arrow.pieces[-1]
    angle = math.atan2(end[1] - control[1], end[0] - control[0])
    back = [(end[0] - HEAD * math.cos(angle + turn), end[1] - HEAD * math.sin(angle + turn)) for turn in (-0.42, 0.42)]
    return [end, *back]


def _middle(arrow: Arrow) -> Point:
    one, other, end = arrow.pieces[len(arrow.pieces) // 2]
    start = arrow.pieces[len(arrow.pieces) // 2 - 1][2] if len(arrow.pieces) > 1 else arrow.start
    x, y = ((start[axis] + 3 * one[axis] + 3 * other[axis] + end[axis]) / 8 for axis in (0, 1))
    return x, y


def _svg_arrow(arrow: Arrow) -> str:
    way = f"M{_at(arrow.start)}" + "".join(f" C{' '.join(map(_at, piece))}" for piece in arrow.pieces)
    dashes = f' stroke-dasharray="{DASHES[arrow.stroke]}"' if DASHES[arrow.stroke] else ""
    x, y = _middle(arrow)
    label = f'<text x="{x:.1f}" y="{y - 6:.1f}" text-anchor="middle" font-size="11" fill="{INK}">{arrow.label}</text>'
    return (
        f'<path d="{way}" fill="none" stroke="{arrow.colour}" stroke-width="1.5"{dashes}/>'
        f'<polygon points="{" ".join(map(_at, _head(arrow)))}" fill="{arrow.colour}"/>{label if arrow.label else ""}'
    )


def _svg_box(box: Box) -> str:
    x, y = box.middle
    corner = f'x="{x - WIDE / 2:.1f}" y="{y - TALL / 2:.1f}" width="{WIDE:.0f}" height="{TALL:.0f}" rx="8"'
    dashes = f' stroke-dasharray="{DASHES[box.stroke]}"' if DASHES[box.stroke] else ""
    opacity = 0.22 if box.filled else 0.04
    return (
        f'<g><title>{_text(box.title)}</title><rect {corner} fill="{PAPER}"/>'
        f'<rect {corner} fill="{box.colour}" fill-opacity="{opacity}" stroke="{box.colour}" stroke-width="1.6"'
        f"{dashes}/>"
        f'<text x="{x:.1f}" y="{y + FONT / 3:.1f}" text-anchor="middle" fill="{INK}">{_text(box.text)}</text></g>'
    )


def _text(text: str) -> str:
    """Text for XML, which has no place for control characters."""
    return escape("".join(sign if sign.isprintable() else " " for sign in text))


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
