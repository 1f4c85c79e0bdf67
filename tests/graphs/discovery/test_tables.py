"""Methods for tables on graphs that are known: accuracy, what is known beforehand, and what must change nothing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadSpec
from core.graphs.discovery import DISCOVERERS
from core.graphs.discovery.choose import choose_method
from core.graphs.discovery.contract import Edge, Knowledge, Search, adjacent
from core.graphs.variables import Variable, VariableTable
from core.specs import load_function
from tests.graphs.discovery.simulated import Simulated, exponential, simulate

TABLE_METHODS = ("boss", "pc", "fci", "lingam")


def started(method: str, table: VariableTable, **settings: object) -> Search:
    discoverer = DISCOVERERS[method]
    assert discoverer.spec is not None
    search: Search = discoverer.load()(table, discoverer.spec.read(settings))
    return search


def found(method: str, table: VariableTable, knowledge: Knowledge | None = None, **settings: object) -> list[Edge]:
    return list(started(method, table, **settings).edges(knowledge or Knowledge()))


def f1(edges: Sequence[Edge], given: Simulated) -> float:
    ours, truth = adjacent(edges), {frozenset(pair) for pair in given.edges}
    return 2 * len(ours & truth) / (len(ours) + len(truth))


@pytest.fixture(scope="module")
def given() -> Simulated:
    """Twelve variables, 18 edges, noise that LiNGAM can use."""
    return simulate("uniform", nodes=12, edges=18, rows=1500, seed=5, noise=exponential)


@pytest.mark.parametrize(("method", "least"), [("boss", 0.97), ("pc", 0.85), ("fci", 0.85), ("lingam", 0.97)])
def test_a_known_graph_is_found(given: Simulated, method: str, least: float) -> None:
    known = Knowledge(tiers=given.tiers)
    edges = found(method, given.table, known)
    assert f1(edges, given) >= least
    directed = [edge for edge in edges if edge.kind == "directed"]
    if method != "fci":
        assert np.mean([(edge.source, edge.target) in given.edges for edge in directed]) >= 0.9
    assert all(edge.strength is None or 0 < abs(edge.strength) <= 1 for edge in edges)


@pytest.mark.parametrize("family", ["uniform", "scale_free", "layered"])
def test_boss_finds_mixed_variables(family: str) -> None:
    given = simulate(family, nodes=12, edges=18, rows=3000, seed=1, mixed=True)
    edges = found("boss", given.table, Knowledge(tiers=given.tiers))
    assert f1(edges, given) >= 0.9


def test_noise_finds_nothing() -> None:
    chance = np.random.default_rng(1)
    numbers = VariableTable(tuple(Variable(f"x{n}", "number", chance.exponential(size=500)) for n in range(8)), "noise")
    for method in TABLE_METHODS:
        assert len(found(method, numbers)) <= 1, method
    plan = VariableTable(
        tuple(
            Variable(f"x{n}", "category", chance.integers(0, 3, 500).astype(float), ("a", "b", "c")) for n in range(8)
        ),
        "noise",
    )
    for method in ("boss", "pc", "fci"):
        assert len(found(method, plan)) <= 1, method


@pytest.mark.parametrize("method", TABLE_METHODS)
def test_order_of_columns_names_and_units_change_nothing(given: Simulated, method: str) -> None:
    known = Knowledge(tiers=given.tiers)
    edges = found(method, given.table, known)
    assert found(method, given.table, known) == edges
    chance = np.random.default_rng(2)
    shuffled = [given.table.variables[place] for place in chance.permutation(12)]
    fresh = {variable.name: f"n{number:02d}" for number, variable in enumerate(shuffled)}
    changed = tuple(replace(each, name=fresh[each.name], values=40 * each.values - 3) for each in shuffled)
    if method != "lingam":  # ranks: any rising curve will do
        changed = tuple(replace(each, values=np.exp(each.values / 80)) for each in changed)
    tiers = tuple(tuple(fresh[name] for name in tier) for tier in given.tiers)
    again = found(method, VariableTable(changed, "renamed"), Knowledge(tiers=tiers))

    def ends(edge: Edge) -> tuple[str, object]:
        if edge.kind in ("undirected", "bidirected"):
            return edge.kind, frozenset((edge.source, edge.target))
        return edge.kind, (edge.source, edge.target)

    renamed = {ends(Edge(fresh[edge.source], fresh[edge.target], edge.kind)) for edge in edges}
    assert {ends(edge) for edge in again} == renamed


@pytest.mark.parametrize("seed", range(3))
def test_order_of_columns_changes_nothing_where_the_search_may_end_in_several_graphs(seed: int) -> None:
    table = simulate("layered", nodes=12, edges=32, rows=120, seed=seed).table
    edges = found("boss", table, starts=1)
    for turned in (table.variables[::-1], (*table.variables[5:], *table.variables[:5])):
        assert found("boss", replace(table, variables=turned), starts=1) == edges


@pytest.mark.parametrize("method", TABLE_METHODS)
def test_what_is_known_holds(given: Simulated, method: str) -> None:
    a, b = sorted(given.edges)[0]
    apart = next(
        (one, other) for one in given.tiers[0] for other in given.tiers[2] if not given.graph.has_edge(one, other)
    )
    known = Knowledge(given.tiers, required=frozenset({apart}), forbidden=frozenset({(a, b), (b, a)}))
    edges = found(method, given.table, known)
    assert frozenset((a, b)) not in adjacent(edges)
    assert any((edge.source, edge.target, edge.kind) == (*apart, "directed") for edge in edges)
    for edge in edges:
        if edge.kind in ("directed", "partial"):
            assert known.tier(edge.source) <= known.tier(edge.target)  # type: ignore[operator]
    with pytest.raises(BadSpec, match="no variable of the data"):
        found(method, given.table, Knowledge(required=frozenset({("x", a)})))


@pytest.mark.parametrize("method", TABLE_METHODS)
def test_draws_differ_and_repeat(given: Simulated, method: str) -> None:
    search = started(method, given.table)
    draws = [search.drawn(seed).edges(Knowledge()) for seed in (1, 2, 1)]
    assert list(draws[0]) == list(draws[2]) and list(draws[0]) != list(draws[1])
    truth = {frozenset(pair) for pair in given.edges}
    assert len(adjacent(draws[0]) & truth) >= 0.7 * len(truth)


def test_rare_values_survive_draws_that_miss_them() -> None:
    chance = np.random.default_rng(4)
    rare, plan = np.zeros(300), np.zeros(300)
    rare[:2], plan[:1], plan[100:] = 1, 2, 1
    variables = (
        Variable("rare", "binary", rare),
        Variable("plan", "category", plan, ("basic", "plus", "pro")),
        Variable("spend", "number", plan + chance.normal(size=300)),
    )
    for kinds in (variables, variables[:2]):
        table = VariableTable(kinds, "few", np.repeat(np.arange(150), 2))
        for method in ("boss", "pc", "fci"):
            search = started(method, table)
            for seed in range(15):
                edges = search.drawn(seed).edges(Knowledge())
                assert all(edge.strength is None or np.isfinite(edge.strength) for edge in edges)


def test_a_tiny_effect_is_no_edge_however_many_units() -> None:
    chance = np.random.default_rng(3)
    x = chance.normal(size=200_000)
    y = 0.012 * x + chance.normal(size=200_000)
    table = VariableTable((Variable("x", "number", x), Variable("y", "number", y)), "many")
    search = started("pc", table)
    assert not search.edges(Knowledge()) and "below 0.02 are no edges" in search.notes[0]  # type: ignore[attr-defined]
    assert found("pc", table, floor=0.0)


def test_lingam_is_refused_where_noise_tells_nothing(given: Simulated) -> None:
    normal = simulate("uniform", nodes=12, edges=18, rows=1500, seed=5)
    with pytest.raises(BadSpec, match="12 of 12 residuals look normal"):
        found("lingam", normal.table)
    with pytest.raises(BadSpec, match="is a binary"):
        found("lingam", simulate("uniform", nodes=6, edges=6, mixed=True).table)
    chosen = choose_method(normal.table, "lingam", hidden=False)
    assert chosen.method == "boss" and "look normal" in chosen.reason
    assert choose_method(given.table, "lingam", hidden=False).method == "lingam"


def test_the_method_is_chosen_and_switched_with_a_reason(given: Simulated) -> None:
    table = given.table
    assert choose_method(table, None, hidden=False).method == "boss"
    assert choose_method(table, None, hidden=True).method == "fci"
    assert "mixed" in choose_method(simulate("uniform", mixed=True).table, None, hidden=False).reason
    assert choose_method(table, "pc", hidden=True).method == "fci"
    assert choose_method(table, "pc", hidden=False).method == "pc"
    few = choose_method(table.take(np.arange(100)), "pc", hidden=False)
    assert few.method == "boss" and "100 units are few" in few.reason
    first = table.variables[0]
    near = first.values + 0.05 * np.random.default_rng(0).normal(size=table.rows)
    copied = replace(table, variables=(*table.variables, Variable("copy", "number", near)))
    switched = choose_method(copied, "pc", hidden=False)
    assert switched.method == "boss" and "near copies" in switched.reason


def test_seconds_grow_with_the_table() -> None:
    for method in TABLE_METHODS:
        seconds = load_function(DISCOVERERS[method].seconds)
        assert 0 < seconds(1000, 10) < seconds(100_000, 40)
