"""A causal graph refuses what contradicts itself, in one sentence, and survives JSON."""

import pytest

from core.errors import BadSpec, NotFound
from core.graphs.causal_graph import CausalGraph, Learnt, Node, read_plain
from core.graphs.tiers import graph_from_tiers


def graph(*edges: tuple[str, str], **tiers: int) -> CausalGraph:
    names = dict.fromkeys([*(name for edge in edges for name in edge), *tiers])
    return CausalGraph(tuple(Node(name, tier=tiers.get(name)) for name in names), edges)


def test_a_cycle_is_refused_and_named() -> None:
    with pytest.raises(BadSpec, match="cycle: view → cart → view; remove one"):
        graph(("view", "cart"), ("cart", "view"))


def test_a_loop_is_refused() -> None:
    with pytest.raises(BadSpec, match="view → view is a loop"):
        graph(("view", "view"))


def test_an_edge_to_an_unknown_node_is_refused() -> None:
    with pytest.raises(BadSpec, match="names 'buy', which is not a node"):
        CausalGraph((Node("search"),), (("search", "buy"),))


def test_a_name_or_an_edge_may_not_come_twice() -> None:
    with pytest.raises(BadSpec, match="names 'search' twice"):
        CausalGraph((Node("search"), Node("search")))
    with pytest.raises(BadSpec, match="search → buy is drawn twice"):
        graph(("search", "buy"), ("search", "buy"))


def test_an_edge_against_time_is_refused_but_one_within_a_tier_is_not() -> None:
    with pytest.raises(BadSpec, match="against time: tier 2 is after tier 0"):
        graph(("buy", "past"), buy=2, past=0)
    assert graph(("past", "tenure"), past=0, tenure=0).edges == (("past", "tenure"),)


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ((Node("a", ("cause",)),), "role 'cause'; roles are treatment, outcome, unmeasured"),
        ((Node("a", ("treatment", "outcome")),), "both treatment and outcome"),
        ((Node("a", ("treatment",)), Node("b", ("treatment",))), "marks a and b as treatment"),
        ((Node("a", ("outcome", "unmeasured")),), "must be measured"),
        ((Node("  "),), "empty name"),
    ],
)
def test_roles_that_contradict_each_other_are_refused(nodes: tuple[Node, ...], says: str) -> None:
    with pytest.raises(BadSpec, match=says):
        CausalGraph(nodes)


def test_nothing_causes_what_chance_alone_sets() -> None:
    with pytest.raises(BadSpec, match="randomised: chance alone"):
        CausalGraph((Node("past"), Node("treated", ("treatment", "randomised"))), (("past", "treated"),))


def test_a_graph_without_a_treatment_has_no_question() -> None:
    with pytest.raises(BadSpec, match="marks no treatment; give one of a, b"):
        graph(("a", "b")).question()


def test_another_question_moves_the_roles_and_keeps_the_rest() -> None:
    first = graph_from_tiers([("intent", "Intent"), ("past", "")], "search", "buy", ("intent",))
    second = first.asked("past", "buy", ("search",))
    assert (second.treatment, second.outcome) == ("past", "buy")
    assert second.having("unmeasured") == ("intent", "search")
    with pytest.raises(NotFound, match="no node 'sale'; it has intent, past"):
        first.asked("search", "sale")


def test_the_template_draws_every_earlier_group_as_a_cause_of_both() -> None:
    made = graph_from_tiers([("past", "Past activity")], "search", "buy", ("intent",))
    assert set(made.edges) == {
        ("past", "search"), ("past", "buy"), ("intent", "search"), ("intent", "buy"), ("search", "buy"),
    }  # fmt: skip
    assert made.having("unmeasured") == ("intent",)
    with pytest.raises(BadSpec, match="'search' is asked about"):
        graph_from_tiers([("search", "")], "search", "buy")


def test_json_has_the_agreed_form_and_comes_back_unchanged() -> None:
    made = graph_from_tiers([("past", "Past activity")], "search", "buy")
    plain = made.plain()
    assert plain["nodes"][1] == {"name": "search", "roles": ["treatment"], "tier": 1}
    assert plain["edges"][0] == {"source": "past", "target": "search"}
    assert read_plain(plain) == made


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "A causal graph is"),
        ({"nodes": [{"roles": []}]}, "Node 1 .* has no text"),
        ({"nodes": [{"name": "a", "rolls": []}]}, "Node 'a' has no field 'rolls'"),
        ({"nodes": [{"name": "a", "tier": "early"}]}, "tier of node 'a' is 'early'"),
        ({"nodes": [{"name": "a", "roles": "treatment"}]}, "roles of node 'a'"),
        ({"nodes": [{"name": "a"}], "edges": [["a", "b"]]}, "Edge 1 .* needs a text"),
        ({"nodes": [{"name": "a"}], "edges": {}}, "are a list"),
    ],
)
def test_json_of_another_form_is_refused_with_its_place(value: object, says: str) -> None:
    with pytest.raises(BadSpec, match=says):
        read_plain(value)


def test_places_and_learnt_edges_survive_json() -> None:
    graph = CausalGraph(
        (Node("search", place=(10.0, 20.5)), Node("buy")),
        (("search", "buy"),),
        (Learnt("search", "buy", "boss", 0.93, halved=True),),
    )
    assert read_plain(graph.plain()) == graph
    assert graph.plain()["edges"][0]["learnt"] == {"method": "boss", "stability": 0.93, "halved": True}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"nodes": [{"name": "a", "place": [1]}]}, "must be two numbers"),
        ({"nodes": [{"name": "a", "place": [1, 1e9]}]}, "must be two numbers"),
        (
            {"nodes": [{"name": "a"}, {"name": "b"}], "edges": [{"source": "a", "target": "b", "learnt": {}}]},
            'no "method"',
        ),
        (
            {
                "nodes": [{"name": "a"}, {"name": "b"}],
                "edges": [{"source": "a", "target": "b", "learnt": {"method": "pc", "stability": 3}}],
            },
            "a share",
        ),
    ],
)
def test_wrong_places_and_learnt_edges_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadSpec, match=said):
        read_plain(wrong)


def test_a_learnt_edge_is_one_of_the_edges() -> None:
    with pytest.raises(BadSpec, match="none of the graph's edges"):
        CausalGraph((Node("a"), Node("b")), (), (Learnt("a", "b", "pc"),))
