"""Walks over bits against networkx, and the answers on graphs too large for brute force."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.identify import identify
from core.graphs.identification.reach import Arrows, members
from core.graphs.identification.separation import minimal_separator, minimal_separators, separated
from tests.graphs.brute_force import regressed


@st.composite
def graphs(draw: st.DrawFn) -> CausalGraph:
    """Ten to forty nodes, sparse to dense, T before Y, some unmeasured."""
    count = draw(st.integers(10, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    treatment, outcome = sorted(rng.choice(count, 2, replace=False).tolist())
    names = [f"v{place}" for place in range(count)]
    names[treatment], names[outcome] = "T", "Y"
    pairs = np.transpose(np.triu_indices(count, 1))
    chosen = pairs[rng.random(len(pairs)) < draw(st.sampled_from((1, 2, 4))) * 2 / count]
    roles = {name: ("unmeasured",) for name in names if rng.random() < draw(st.sampled_from((0.0, 0.3)))}
    roles |= {"T": ("treatment",), "Y": ("outcome",)}
    nodes = tuple(Node(name, roles.get(name, ())) for name in names)
    return CausalGraph(nodes, tuple((names[a], names[b]) for a, b in chosen))


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 2**40 - 1))
def test_separation_is_that_of_networkx(graph: CausalGraph, chosen: int) -> None:
    arrows, directed = Arrows.of(graph), graph.directed()
    ends = arrows.bits(("T", "Y"))
    fixed = chosen & (1 << len(arrows.names)) - 1 & ~ends
    given_names = set(arrows.named(fixed))
    apart = nx.is_d_separator(directed, {"T"}, {"Y"}, given_names)
    assert arrows.separated(arrows.bits(["T"]), arrows.bits(["Y"]), fixed) == apart
    assert separated(directed, "T", "Y", given_names) == apart
    path = arrows.walk(arrows.bits(["T"]), fixed).to(arrows.names.index("Y"))
    assert bool(path) != apart
    above = nx.ancestors(directed, "Y") | {"Y"}
    assert set(arrows.named(arrows.above(arrows.bits(["Y"])))) == above
    moral = nx.moral_graph(directed.subgraph(above | nx.ancestors(directed, "T") | {"T"}))
    within = arrows.above(ends)
    unblocked = set(moral) - given_names
    region = nx.node_connected_component(moral.subgraph(unblocked), "T")
    touched = region.union(*(set(moral[name]) for name in region))
    assert set(arrows.named(arrows.met(arrows.bits(["T"]), within, fixed & within))) == touched


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_minimal_separators_separate_and_nothing_can_be_left_out(graph: CausalGraph) -> None:
    search = Adjustment.of(graph)
    cut = graph.directed()
    cut.remove_edges_from(list(cut.out_edges("T")))
    allowed = set(search.arrows.named(search.allowed))
    theirs = nx.find_minimal_d_separator(cut, {"T"}, {"Y"}, restricted=allowed)
    ours = minimal_separator(search.backdoor, search.treatment, search.outcome, search.allowed)
    assert (ours is None) == (theirs is None)
    for bits in minimal_separators(search.backdoor, search.treatment, search.outcome, search.allowed, at_most=20):
        names = set(search.arrows.named(bits))
        assert names <= allowed and nx.is_d_separator(cut, {"T"}, {"Y"}, names)
        assert not any(nx.is_d_separator(cut, {"T"}, {"Y"}, names - {name}) for name in names)


@settings(max_examples=40, deadline=None)
@given(graphs(), st.integers(0, 1000))
def test_what_is_told_of_larger_graphs_holds_in_a_random_linear_model(graph: CausalGraph, seed: int) -> None:
    found = identify(graph)
    arrows = Arrows.of(graph)
    rng = np.random.default_rng(seed)
    count = len(arrows.names)
    strengths = np.zeros((count, count))
    for source, target in graph.edges:
        strengths[arrows.names.index(source), arrows.names.index(target)] = rng.normal(0, 0.5)
    total = np.linalg.inv(np.eye(count) - strengths)
    covariance = total.T @ np.diag(rng.uniform(0.5, 2, count)) @ total
    treatment, outcome = arrows.names.index("T"), arrows.names.index("Y")
    truth = total[treatment, outcome]

    def effect(names: tuple[str, ...]) -> tuple[float, float]:
        slopes, spread = regressed(covariance, outcome, [treatment], arrows.bits(names))
        return float(slopes[0]), spread

    sets = [*found.adjustment_sets, found.adjustment_set] if found.adjustable else []
    for names in sets:
        assert np.isclose(effect(names)[0], truth, atol=1e-6), (graph, names)
    if found.optimal_set is not None:
        best = effect(found.optimal_set)
        assert np.isclose(best[0], truth, atol=1e-6), graph
        assert all(best[1] <= effect(names)[1] * (1 + 1e-6) for names in sets), graph
    for names in found.front_door:
        carriers = [arrows.names.index(name) for name in names]
        moved = [regressed(covariance, place, [treatment], 0)[0][0] for place in carriers]
        carried = regressed(covariance, outcome, carriers, 1 << treatment)[0]
        assert np.isclose(np.dot(moved, carried), truth, atol=1e-6), (graph, names)
    for each in found.instruments:
        node, held = arrows.names.index(each.name), arrows.bits(each.given)
        ends = [float(regressed(covariance, end, [node], held)[0][0]) for end in (outcome, treatment)]
        assert np.isclose(ends[0], truth * ends[1], atol=1e-6), (graph, each)
    if found.direct_effect is not None and found.direct_effect.adjustment_set is not None:
        causes = [treatment, *(arrows.names.index(name) for name in found.direct_effect.mediators)]
        kept = strengths.copy()
        kept[:, causes] = 0
        direct = np.linalg.inv(np.eye(count) - kept)[treatment, outcome]
        held = arrows.bits(found.direct_effect.adjustment_set)
        assert np.isclose(regressed(covariance, outcome, causes, held)[0][0], direct, atol=1e-6), graph


def test_members_are_the_numbers_of_the_bits() -> None:
    assert list(members(0b101001)) == [0, 3, 5]
