"""Our general algorithm beside DoWhy's two, each where DoWhy can answer.

DoWhy's `id-algorithm` knows no unmeasured nodes: it takes every node of a DAG for measured, and refuses two-headed edges
as cycles. So its expression is compared, as a number, on graphs whose nodes are all measured. It also waits for ever on
many of them (DoWhy 0.14 puts more into a bounded queue than fits, and nobody takes it out), which is mended here. With
unmeasured nodes, DoWhy's search for back-door and front-door sets must not find an effect where ours finds none.
"""

import warnings
from itertools import combinations
from queue import LifoQueue
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from core.graphs.identification.estimand import Estimand
from core.graphs.identification.general_id import identify_generally, identify_jointly
from core.graphs.identification.probability_values import effect_values
from tests.graphs.drawing import drawn
from tests.graphs.small_models import Model

NAMES = "ABTCDY"


def random_arrows(rng: np.random.Generator, share: float) -> list[tuple[str, str]]:
    return [pair for pair in combinations(NAMES, 2) if rng.random() < share]


def value_of(expression: Any, joint: NDArray[np.float64]) -> NDArray[np.float64]:
    """The number behind DoWhy's expression; every axis of the joint distribution is kept."""

    def left(names: set[str]) -> NDArray[np.float64]:
        return joint.sum(axis=tuple(place for place, name in enumerate(NAMES) if name not in names), keepdims=True)

    if isinstance(expression, dict):
        given = set(expression["condition_vars"])
        return left(given | set(expression["outcome_vars"])) / left(given)
    found = np.ones((1,) * joint.ndim)
    for factor in expression.get_val("prod"):
        found = found * value_of(factor, joint)
    over = tuple(NAMES.index(name) for name in set(expression.get_val("sum")))
    return found.sum(axis=tuple(axis for axis in over if found.shape[axis] > 1), keepdims=True)


def test_the_expression_has_the_same_value_as_that_of_dowhy_where_all_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dowhy.causal_identifier.id_identifier import identify_effect_id

    monkeypatch.setattr("dowhy.utils.graph_operations.LifoQueue", lambda **_: LifoQueue())
    rng = np.random.default_rng(1)
    for _ in range(300):
        arrows = random_arrows(rng, 0.5)
        graph = nx.DiGraph(arrows)
        graph.add_nodes_from(NAMES)
        model = Model(NAMES, tuple(arrows), rng)
        truth = model.measured(("T", "Y"), done="T")
        ours = identify_jointly(drawn(" ".join(f"{a}>{b}" for a, b in arrows)), ["Y"], ["T"])
        assert isinstance(ours, Estimand)
        assert np.allclose(effect_values(ours, model.measured(ours.uses), ours.uses), truth, atol=1e-9)
        theirs = value_of(identify_effect_id(graph, "T", "Y"), model.joint())
        expected = np.expand_dims(truth, [place for place, name in enumerate(NAMES) if name not in "TY"])
        assert np.allclose(theirs, expected, atol=1e-9), arrows


def test_where_dowhy_finds_a_back_door_or_front_door_set_so_do_we() -> None:
    from dowhy import CausalModel

    rng = np.random.default_rng(2)
    told = {(ours, theirs): 0 for ours in (False, True) for theirs in (False, True)}
    for _ in range(200):
        arrows = random_arrows(rng, 0.5)
        hidden = [name for name in "ABCD" if rng.random() < 0.4]
        graph = drawn(" ".join(f"{a}>{b}" for a, b in arrows), unmeasured=hidden)
        columns = pd.DataFrame(columns=[name for name in graph.names if name not in hidden])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = CausalModel(columns, "T", "Y", graph=graph.directed())
            found = model.identify_effect(proceed_when_unidentifiable=True, method_name="maximal-adjustment")
        theirs = found.no_directed_path or any(found.estimands.get(way) for way in ("backdoor", "frontdoor"))
        told[identify_generally(graph) is not None, bool(theirs)] += 1
    assert told[False, True] == 0
    assert min(told[False, False], told[True, True]) > 30
