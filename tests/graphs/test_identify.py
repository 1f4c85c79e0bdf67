"""Identification against brute force on every small graph, and sentences that name the open path."""

from collections.abc import Iterator
from itertools import chain, combinations, product

import networkx as nx
import pytest

from core.graphs.adjustment import Adjustment
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.identify import identify
from core.graphs.roles import derived_roles
from core.graphs.tiers import graph_from_tiers
from tests.graphs.drawing import drawn


def simple_paths(
    edges: set[tuple[str, str]], start: str, end: str, names: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Every path without repeated nodes, whichever way the arrows point."""

    def onward(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if path[-1] == end:
            yield path
            return
        for name in names:
            if name not in path and ((path[-1], name) in edges or (name, path[-1]) in edges):
                yield from onward((*path, name))

    return onward((start,))


def is_open(path: tuple[str, ...], edges: set[tuple[str, str]], given: set[str], below: dict[str, set[str]]) -> bool:
    """Pearl's definition, node by node: a collider needs a fixed descendant, anything else must not be fixed."""
    for before, here, after in zip(path, path[1:], path[2:], strict=False):
        collider = (before, here) in edges and (after, here) in edges
        blocked = not ({here} | below[here]) & given if collider else here in given
        if blocked:
            return False
    return True


def brute_force_sets(graph: CausalGraph) -> set[frozenset[str]]:
    """Every measured set of non-descendants that closes every path into the treatment, by listing the paths."""
    edges = set(graph.edges)
    below = {name: set(nx.descendants(graph.directed(), name)) for name in graph.names}
    hidden = set(graph.having("unmeasured"))
    allowed = [name for name in graph.names if name not in below["T"] | hidden | {"T", "Y"}]
    backdoors = [path for path in simple_paths(edges, "T", "Y", graph.names) if (path[1], "T") in edges]
    subsets = chain.from_iterable(combinations(allowed, size) for size in range(len(allowed) + 1))
    return {
        frozenset(given)
        for given in subsets
        if not any(is_open(path, edges, set(given), below) for path in backdoors)
    }  # fmt: skip


def small_graphs() -> Iterator[CausalGraph]:
    """Every DAG over T, Y, A, B with every choice of unmeasured nodes among A and B."""
    pairs = list(combinations("TYAB", 2))
    for ways in product((None, False, True), repeat=len(pairs)):
        edges = [(b, a) if turned else (a, b) for (a, b), turned in zip(pairs, ways, strict=True) if turned is not None]
        if not nx.is_directed_acyclic_graph(nx.DiGraph(edges)):
            continue
        for hidden in ((), ("A",), ("B",), ("A", "B")):
            roles = {"T": ("treatment",), "Y": ("outcome",), **dict.fromkeys(hidden, ("unmeasured",))}
            yield CausalGraph(tuple(Node(name, roles.get(name, ())) for name in "TYAB"), tuple(edges))


def test_every_answer_equals_brute_force_on_all_graphs_of_four_nodes() -> None:
    seen = 0
    for graph in small_graphs():
        seen += 1
        valid = brute_force_sets(graph)
        found = identify(graph)
        minimal = {names for names in valid if not any(other < names for other in valid)}
        if nx.has_path(graph.directed(), "Y", "T"):
            assert not found.identifiable and "Y comes before T" in found.sentence
            continue
        assert found.adjustable == bool(valid), graph
        assert {frozenset(names) for names in found.adjustment_sets} == minimal, graph
        assert (frozenset(found.adjustment_set) in valid) or not valid, graph
        assert [len(names) for names in found.adjustment_sets] == sorted(len(names) for names in found.adjustment_sets)
        assert found.identifiable or found.sentence.startswith("Not identifiable: "), graph
        assert not {bad.name for bad in found.bad_controls} & set(found.adjustment_set), graph
    assert seen == 543 * 4  # 543 labelled DAGs on four nodes (Robinson 1973)


def test_the_sentence_names_the_unmeasured_cause_and_the_path_it_opens() -> None:
    graph = graph_from_tiers([("past", ""), ("intent", "")], "search", "buy", ("intent",))
    found = identify(graph)
    assert not found.identifiable
    assert found.strategy == "none"
    assert found.sentence.startswith(
        "Not identifiable: intent is unmeasured and opens search ← intent → buy. Options: "
    )
    assert found.adjustment_set == ("past",)  # what is left to adjust for, with bias
    assert found.open_path == "search ← intent → buy"


def test_the_template_is_identified_by_all_groups() -> None:
    found = identify(graph_from_tiers([("past", ""), ("intent", "")], "search", "buy"))
    assert found.adjustment_sets == (("past", "intent"),)
    assert found.adjustment_set == ("past", "intent")
    assert found.expression == "P(buy | do(search)) = Σ_z P(buy | search, z) · P(z),  z = (past, intent)"


def test_an_experiment_needs_no_adjustment_but_may_use_causes_of_the_outcome() -> None:
    found = identify(drawn("past>Y T>Y"))
    assert found.adjustment_sets == ((),)
    assert found.adjustment_set == ("past",)


def test_a_mediator_a_later_effect_and_an_instrument_are_bad_controls() -> None:
    found = identify(drawn("Z>T T>M M>Y M>D C>T C>Y"))
    assert {bad.name: bad.path for bad in found.bad_controls} == {"Z": "Z → T", "M": "T → M → Y", "D": "T → M → D"}
    assert found.adjustment_set == ("C",)


def test_the_collider_of_an_m_is_a_bad_control_with_the_path_it_opens() -> None:
    found = identify(drawn("A>T A>M B>M B>Y T>Y", unmeasured=("A", "B")))
    assert found.identifiable
    assert found.adjustment_set == ()
    assert [(bad.name, bad.path) for bad in found.bad_controls] == [("M", "T ← A → M ← B → Y")]


def test_where_adjustment_fails_an_instrument_is_pointed_to_and_left_out() -> None:
    found = identify(drawn("Z>T U>T U>Y T>Y", unmeasured=("U",)))
    assert "use Z as an instrument" in found.sentence
    assert found.adjustment_set == ()
    assert found.bad_controls[0].why == "Z moves only T; adjusting for it makes the bias larger."


def test_an_outcome_that_comes_first_is_told_as_that() -> None:
    assert "Not identifiable: Y comes before T (Y → T)" in identify(drawn("Y>T")).sentence
    around = identify(drawn("Y>A A>T"))  # adjusting for A would do, but the question is upside down
    assert "Y comes before T (Y → A → T)" in around.sentence
    assert not around.identifiable and not around.adjustable


def test_a_graph_without_an_effect_says_so() -> None:
    found = identify(drawn("C>T C>Y"))
    assert found.identifiable
    assert found.sentence.endswith("it says no effect.")


def test_selection_is_held_fixed_and_selection_after_treatment_is_refused() -> None:
    # S is a common effect of A and B: the log holds it fixed, so A or B must be held fixed as well.
    found = identify(drawn("A>T A>S B>S B>Y T>Y", selected=("S",)))
    assert found.adjustment_sets == (("A", "S"), ("S", "B"))
    assert "for the units selected on S" in found.sentence
    assert found.expression.endswith("z, S=1) · P(z | S=1),  z = (B)")
    late = identify(drawn("T>S T>Y", selected=("S",)))
    assert not late.identifiable
    assert "selected on S, which comes after T" in late.sentence


@pytest.mark.parametrize(
    ("arrows", "roles"),
    [
        ("C>T C>Y T>Y", {"C": ("confounder",)}),
        ("Z>T T>M M>Y", {"Z": ("instrument",), "M": ("mediator",)}),
        ("T>C Y>C T>Y", {"C": ("collider",)}),
        ("T>C U>C U>Y T>Y", {"C": ("collider",), "U": ()}),
        ("A>T A>M B>M B>Y T>Y", {"A": ("instrument",), "M": ("collider",), "B": ()}),
        ("T>M M>Y M>D", {"M": ("mediator",), "D": ()}),
    ],
)
def test_roles_follow_from_the_arrows(arrows: str, roles: dict[str, tuple[str, ...]]) -> None:
    assert derived_roles(drawn(arrows)) == roles


def test_two_hundred_nodes_are_identified_by_all_of_them() -> None:
    groups = [(f"g{place}", "") for place in range(198)]
    found = identify(graph_from_tiers(groups, "search", "buy"))
    assert len(found.adjustment_set) == 198
    assert found.adjustment_sets == (found.adjustment_set,)


def test_the_search_for_sets_stops_at_the_number_asked_for() -> None:
    # Eight confounding chains T ← Ai ← Bi → Y: one of Ai, Bi each, so 2^8 minimal sets.
    arrows = " ".join(f"B{i}>A{i} A{i}>T B{i}>Y" for i in range(8))
    search = Adjustment.of(drawn(arrows + " T>Y"))
    found = search.all_minimal(10)
    assert len(found) == 10
    assert all(search.valid(bits) and bits.bit_count() == 8 for bits in found)
