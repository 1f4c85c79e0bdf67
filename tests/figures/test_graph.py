"""The causal graph as a figure: nothing overlaps, what is unmeasured is dashed."""

from core.figures.graph import causal_graph
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.tiers import graph_from_tiers

GROUPS = [("past_activity", "Past activity"), ("intent", "Intent"), ("device", "Device")]


def test_every_node_is_a_box_and_every_edge_an_arrow() -> None:
    graph = graph_from_tiers(GROUPS, "search", "buy")
    drawn = causal_graph(graph)
    assert len(drawn.layout.shapes) == 5
    assert len(drawn.data) == len(graph.edges) == 7


def test_unmeasured_nodes_and_their_arrows_are_dashed() -> None:
    drawn = causal_graph(graph_from_tiers(GROUPS, "search", "buy", ["intent"]), adjusted=["past_activity", "device"])
    dashed_boxes = [shape for shape in drawn.layout.shapes if shape.line.dash == "dash"]
    dashed_arrows = [trace for trace in drawn.data if trace.line.dash == "dash"]
    assert (len(dashed_boxes), len(dashed_arrows)) == (1, 2)


def test_no_arrow_to_the_outcome_runs_through_the_treatment() -> None:
    for count in range(1, 8):
        groups = [(f"g{place}", "") for place in range(count)]
        drawn = causal_graph(graph_from_tiers(groups, "search", "buy"))
        treatment = drawn.layout.shapes[count]
        middle = (treatment.x0 + treatment.x1) / 2
        to_outcome = [trace for trace in drawn.data if trace.x[0] < treatment.x0 and trace.x[1] > treatment.x1]
        assert len(to_outcome) == count
        for trace in to_outcome:
            share = (middle - trace.x[0]) / (trace.x[1] - trace.x[0])
            height = trace.y[0] + share * (trace.y[1] - trace.y[0])
            assert height > treatment.y1


def test_a_drawn_graph_without_tiers_has_its_causes_on_the_left() -> None:
    drawn = causal_graph(
        CausalGraph((Node("a"), Node("b"), Node("c"), Node("d")), (("a", "b"), ("b", "c"), ("a", "d"), ("d", "c")))
    )
    lefts = [shape.x0 for shape in drawn.layout.shapes]
    assert lefts[0] < lefts[1] == lefts[3] < lefts[2]
    assert drawn.layout.shapes[1].y0 != drawn.layout.shapes[3].y0
