"""A graph as a picture: SVG in which names stay text, and a PNG made without a browser."""

import struct
from xml.etree.ElementTree import fromstring

import pytest

from core.errors import BadSpec
from core.figures.picture import picture, png, svg
from core.graphs.causal_graph import CausalGraph, Learnt, Node
from core.graphs.tiers import graph_from_tiers

SPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("x")</script> & $\\alpha$ \x01'
GRAPH = graph_from_tiers([("past", "Past activity"), ("intent", "")], "search", "buy", ["intent"])


def test_every_node_and_edge_is_in_the_svg_and_names_are_text() -> None:
    graph = CausalGraph((*GRAPH.nodes, Node(HOSTILE)), (*GRAPH.edges, (HOSTILE, "buy")))
    root = fromstring(svg(graph))
    assert len(root.findall(f"{SPACE}path")) == len(graph.edges)
    assert len(root.findall(f"{SPACE}g")) == len(graph.nodes)
    assert not list(root.iter(f"{SPACE}script"))
    titles = [title.text for title in root.iter(f"{SPACE}title")]
    assert "Past activity" in titles
    assert "buy (outcome)" in titles


def test_unmeasured_is_dashed_learnt_is_dotted_with_its_stability_and_adjusted_is_filled() -> None:
    graph = CausalGraph(GRAPH.nodes, GRAPH.edges, (Learnt("past", "buy", "boss", 0.9),))
    drawn = picture(graph, adjusted=["past"])
    assert {arrow.stroke for arrow in drawn.arrows} == {"solid", "dashed", "dotted"}
    assert [arrow.label for arrow in drawn.arrows if arrow.label] == ["90%"]
    assert [box.filled for box in drawn.boxes] == [True, False, True, True]
    assert "90%" in svg(graph)


def test_the_png_has_twice_the_size_of_the_picture() -> None:
    made = png(CausalGraph((Node(HOSTILE), *GRAPH.nodes), GRAPH.edges))
    assert made[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", made[16:24])
    size = picture(CausalGraph((Node(HOSTILE), *GRAPH.nodes), GRAPH.edges)).size
    assert (abs(width - 2 * size[0]) <= 2, abs(height - 2 * size[1]) <= 2) == (True, True)


def test_an_empty_graph_is_a_picture_and_a_crowd_is_refused() -> None:
    assert fromstring(svg(CausalGraph(()))).tag == f"{SPACE}svg"
    with pytest.raises(BadSpec, match="301 nodes"):
        picture(CausalGraph(tuple(Node(f"n{number}") for number in range(301))))
