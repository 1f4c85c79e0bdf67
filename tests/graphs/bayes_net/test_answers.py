"""Observe and set: equal to sums over the whole joint distribution, to known truths, and refused where nothing tells."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from core.errors import BadSpec
from core.graphs.bayes_net.answers import Network, answer, network_answers
from core.graphs.bayes_net.levels import levels_of
from core.graphs.bayes_net.query import probabilities
from core.graphs.bayes_net.tables import Counter, Factor
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.check.implied import implied_by
from core.graphs.matched import matched
from core.graphs.variables import variables_of_frame
from tests.graphs.check.planted import graph_of, random_graph


def network(graph: CausalGraph, frame: pd.DataFrame, *, draws: int = 20, prior: float = 0.0, bins: int = 3) -> Network:
    used = [name for name in graph.names if name in frame.columns]
    brought = matched(graph, variables_of_frame(frame, "", columns=used), used)
    implied = implied_by(brought.graph, used)
    return Network(brought.graph, brought.table, implied, bins=bins, draws=draws, prior=prior, seed=0)


def share(rows: list[dict], level: str) -> float:
    return next(row["share"] for row in rows if row["level"] == level)


@pytest.mark.parametrize("seed", range(6))
def test_elimination_equals_the_sum_over_the_whole_joint(seed: int) -> None:
    graph = random_graph(seed, 6, 0.5)
    rng = np.random.default_rng(seed)
    directed = graph.directed()
    sizes = {name: int(rng.integers(2, 4)) for name in graph.names}
    tables = {}
    for name in graph.names:
        causes = sorted(directed.predecessors(name))
        raw = rng.random((3, *(sizes[cause] for cause in causes), sizes[name]))
        tables[name] = Factor((*causes, name), raw / raw.sum(axis=-1, keepdims=True))

    def brute(outcome: str, observed: dict[str, int], fixed: dict[str, int]) -> np.ndarray:
        found = np.zeros((3, sizes[outcome]))
        for values in product(*(range(sizes[name]) for name in graph.names)):
            world = dict(zip(graph.names, values, strict=True))
            if any(world[name] != value for name, value in {**observed, **fixed}.items()):
                continue
            weight = np.ones(3)
            for name in set(graph.names) - set(fixed):
                weight = weight * tables[name].values[(slice(None), *(world[each] for each in tables[name].names))]
            found[:, world[outcome]] += weight
        return found / found.sum(axis=1, keepdims=True)

    for observed, fixed in (({}, {}), ({"x5": 1}, {}), ({}, {"x1": 0}), ({"x4": 0, "x0": 1}, {"x2": 1})):
        found = probabilities(tables, directed, "x3", observed=observed, fixed=fixed)
        assert found == pytest.approx(brute("x3", observed, fixed), abs=1e-12)


def simpson() -> pd.DataFrame:
    """Severe cases are treated more often and recover less; treatment helps both by .10."""
    rng = np.random.default_rng(0)
    severe = rng.random(40_000) < 0.5
    treated = rng.random(40_000) < np.where(severe, 0.8, 0.2)
    recovered = rng.random(40_000) < np.where(severe, 0.3, 0.8) + 0.1 * treated
    return pd.DataFrame({"severe": severe, "treated": treated, "recovered": recovered})


def test_setting_is_not_observing() -> None:
    found = network(graph_of("severe treated", "severe recovered", "treated recovered"), simpson())
    # Observed: of the treated 80 % are severe: .8 * .4 + .2 * .9 = .50. Set: half are severe: .5 * .4 + .5 * .9 = .65.
    assert share(found.observe("recovered", {"treated": "1"}), "1") == pytest.approx(0.50, abs=0.01)
    assert share(found.set("recovered", {"treated": "1"}), "1") == pytest.approx(0.65, abs=0.01)
    assert share(found.set("recovered", {"treated": "0"}), "1") == pytest.approx(0.55, abs=0.01)
    within = found.set("recovered", {"treated": "1"}, {"severe": "1"})
    assert share(within, "1") == pytest.approx(0.40, abs=0.01)


def test_setting_an_effect_does_nothing_to_its_cause() -> None:
    found = network(graph_of("severe treated", "severe recovered", "treated recovered"), simpson())
    assert share(found.set("severe", {"recovered": "1"}), "1") == pytest.approx(0.5, abs=0.01)
    assert share(found.observe("severe", {"recovered": "1"}), "1") < 0.4


def test_with_a_hidden_node_setting_is_adjusted_for_or_refused() -> None:
    adjustable = graph_of(
        "u severe", "u treated", "severe treated", "severe recovered", "treated recovered", hidden=("u",)
    )
    found = network(adjustable, simpson())
    assert not found.whole
    assert share(found.set("recovered", {"treated": "1"}), "1") == pytest.approx(0.65, abs=0.01)
    confounded = graph_of("u treated", "u recovered", "treated recovered", hidden=("u",))
    refused = answer(network(confounded, simpson()), "recovered", {"treated": "1"}, {"treated": "1"})
    assert refused["set"] is None
    assert refused["refused"].startswith("Not identifiable")
    assert share(refused["observed"], "1") == pytest.approx(0.5, abs=0.01)


def test_causes_in_one_tier_may_go_together() -> None:
    rng = np.random.default_rng(1)
    a = rng.random(30_000) < 0.5
    b = rng.random(30_000) < np.where(a, 0.9, 0.1)
    y = rng.random(30_000) < 0.2 + 0.3 * a + 0.3 * b
    nodes = (Node("a", tier=0), Node("b", tier=0), Node("y", tier=1))
    found = network(CausalGraph(nodes, (("a", "y"), ("b", "y"))), pd.DataFrame({"a": a, "b": b, "y": y}))
    # Set a: half have b: .2 + .3 + .3 * .5 = .65. Observed, nine in ten have b: .77.
    assert share(found.set("y", {"a": "1"}), "1") == pytest.approx(0.65, abs=0.01)
    assert share(found.observe("y", {"a": "1"}), "1") == pytest.approx(0.77, abs=0.01)
    assert share(found.set("b", {"a": "1"}), "1") == pytest.approx(0.5, abs=0.01)


def test_a_combination_that_never_occurred_knows_nothing() -> None:
    frame = pd.DataFrame({"a": [0, 1] * 20, "b": [0, 1] * 20, "y": [0, 1, 1, 1] * 10})
    graph = graph_of("a y", "b y")
    rows = next(each for each in network(graph, frame, prior=1).plain_tables()[0] if each["node"] == "y")["rows"]
    never = next(row for row in rows if row["causes"] == {"a": "0", "b": "1"})
    assert never["rows"] == 0
    assert never["shares"] == [0.5, 0.5]
    # 20 rows of a = b = 0, half of them 1, and one row of prior: (10 + .5) / 21
    assert rows[0]["shares"][1] == pytest.approx(10.5 / 21)


def test_intervals_are_those_of_a_share_and_wider_by_user() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.random(4000) < 0.5, "y": rng.random(4000) < 0.3})
    levels = levels_of(variables_of_frame(frame, ""), bins=3)

    def width(clusters: np.ndarray | None) -> float:
        shares = Counter(levels, clusters, draws=400, seed=1).given("y", (), 0).values[1:, 1]
        low, high = np.quantile(shares, (0.025, 0.975))
        return float(high - low)

    assert width(None) == pytest.approx(2 * 1.96 * (0.3 * 0.7 / 4000) ** 0.5, rel=0.15)
    frame = frame.loc[np.repeat(np.arange(500), 8)].reset_index(drop=True)
    levels = levels_of(variables_of_frame(frame, ""), bins=3)
    assert width(np.repeat(np.arange(500), 8)) == pytest.approx(2 * 1.96 * (0.3 * 0.7 / 500) ** 0.5, rel=0.2)


def test_numbers_are_cut_at_quantiles_and_zeros_keep_a_bin() -> None:
    values = np.r_[np.zeros(600), np.arange(1, 401)].astype(float)
    frame = pd.DataFrame({"spent": values, "even": np.arange(1000) * 0.1})
    spent, even = levels_of(variables_of_frame(frame, ""), bins=4)
    assert spent.names == ("up to 0", "0 to 150", "over 150")
    assert np.bincount(spent.codes).tolist() == [600, 150, 250]
    assert len(even.names) == 4
    assert spent.place("0") == 0
    assert spent.place("150.5") == 2
    assert "bins cut at" in spent.note


def test_rare_values_of_a_category_go_together() -> None:
    texts = [f"c{number}" for number in range(12) for _ in range(30 - number)]
    frame = pd.DataFrame({"place": texts, "y": np.arange(len(texts)) % 2})
    place = levels_of(variables_of_frame(frame, ""), bins=3)[0]
    assert len(place.names) == 8
    assert place.names[-1] == "other"
    assert "5 rarer values" in place.note


def test_every_level_of_every_node_is_answered() -> None:
    found = network_answers(
        network(graph_of("severe treated", "severe recovered", "treated recovered"), simpson()), "recovered"
    )
    assert {(row["node"], row["level"]) for row in found["answers"]} == {
        (name, level) for name in ("severe", "treated") for level in "01"
    }
    for row in found["answers"]:
        for rows in (row["observed"], row["set"]):
            assert sum(each["share"] for each in rows) == pytest.approx(1)
            assert all(each["low"] <= each["share"] <= each["high"] for each in rows)


@pytest.mark.parametrize(
    ("seen", "words"),
    [({"nobody": "1"}, "no measured node"), ({"treated": "maybe"}, "levels are 0, 1"), ({"recovered": "1"}, "outcome")],
)
def test_bad_questions_are_refused(seen: dict[str, str], words: str) -> None:
    found = network(graph_of("severe treated", "treated recovered"), simpson())
    with pytest.raises(BadSpec, match=words):
        found.observe("recovered", seen)


def test_too_many_combinations_are_refused() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(300, 9)), columns=[*"abcdefgh", "y"])
    graph = graph_of(*(f"{cause} y" for cause in "abcdefgh"))
    made = network(graph, frame, bins=4)
    with pytest.raises(BadSpec, match="fewer bins"):
        made.set("y", {"a": "0"})
    found = network_answers(made, "y")  # the rest is answered all the same
    assert found["answers"][0]["observed"] is not None
    assert "fewer bins" in found["answers"][0]["refused"]
    assert "fewer bins" in " ".join(found["notes"])
