"""Shuffled graphs: what they claim, how many violations they have, and the share of chance."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.graphs.causal_graph import CausalGraph
from core.graphs.check.falsify import Falsification, falsify
from core.graphs.check.implied import implied_by
from core.graphs.check.moments import BatchTester
from core.graphs.sufficient import embed
from core.graphs.variables import variables_of_frame
from tests.graphs.check.planted import draw, graph_of, random_graph


def falsified(graph: CausalGraph, frame: pd.DataFrame, times: int = 100, seed: int = 0) -> Falsification:
    table = variables_of_frame(frame[list(graph.names)], "")
    implied = implied_by(graph, table.names)
    return falsify(implied, table.names, BatchTester(embed(table).moments()), floor=0.05, times=times, seed=seed)


def test_a_collider_among_all_its_shuffles() -> None:
    found = falsified(graph_of("a b", "c b"), draw(graph_of("a b", "c b"), 3000, 1, mixed=False))
    # a ⊥ c is claimed, and held. Of the five other orders one is the same collider; the four with another node in the
    # middle are violated.
    assert found.violations == 0
    assert sorted(found.permuted_violations) == [0, 1, 1, 1, 1]
    assert found.equivalent_share == pytest.approx(0.2)
    assert found.rival_share == 0
    assert found.p_value == pytest.approx(2 / 6)
    assert found.passed is None


def test_the_true_graph_beats_every_shuffle_and_the_seed_decides_which() -> None:
    graph = random_graph(3, 9, 0.3)
    frame = draw(graph, 2000, 3)
    one, same, other = (falsified(graph, frame, seed=seed) for seed in (1, 1, 2))
    assert one.passed is True
    assert one.p_value == pytest.approx(1 / 101)
    assert one.permuted_violations == same.permuted_violations != other.permuted_violations


def test_shuffled_graphs_are_ranked_evenly() -> None:
    # A graph with random names is one of its own shuffles: its p-value is as good as uniform.
    graph = random_graph(4, 8, 0.3)
    frame = draw(graph, 1000, 4)
    p_values = []
    for seed in range(30):
        names = dict(zip(graph.names, np.random.default_rng(seed).permutation(graph.names), strict=True))
        wrong = CausalGraph(graph.nodes, tuple((names[source], names[target]) for source, target in graph.edges))
        p_values.append(falsified(wrong, frame, times=40, seed=seed).p_value)
    assert stats.binom.sf(sum(p <= 0.05 for p in p_values) - 1, 30, 0.05) > 0.001
    assert np.mean(p_values) > 0.4


def test_a_graph_that_claims_nothing_is_not_compared() -> None:
    found = falsified(graph_of("a b"), draw(graph_of("a b"), 200, 5))
    assert found.passed is None
    assert found.claims == 0
