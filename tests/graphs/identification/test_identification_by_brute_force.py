"""Identification agrees with brute force: adjustment, front door, instruments, precision, direct effects, remedies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graphs.agreement import check_agreement
from tests.graphs.brute_force import Small, isomorphism_classes, small_questions


def test_there_is_one_graph_of_each_class() -> None:
    assert [len(isomorphism_classes(nodes)) for nodes in (2, 3, 4, 5)] == [2, 6, 31, 302]  # OEIS A003087


@pytest.mark.parametrize(("nodes", "every"), [(2, 1), (3, 1), (4, 1), (5, 41)])
def test_identification_agrees_with_brute_force(nodes: int, every: int) -> None:
    """All 48,320 questions of five nodes are the benchmark `identification`; here is every 41st."""
    rng = np.random.default_rng(nodes)
    for small in small_questions(nodes, every=every, offset=7 % every):
        check_agreement(small, rng)


@pytest.mark.parametrize(("nodes", "every"), [(3, 1), (4, 5), (5, 203)])
def test_identification_among_the_selected_agrees_with_brute_force(nodes: int, every: int) -> None:
    rng = np.random.default_rng(nodes)
    for small in small_questions(nodes, every=every, offset=1 % every, selecting=True):
        check_agreement(small, rng)


@st.composite
def questions(draw: st.DrawFn) -> Small:
    """Larger graphs: six or seven nodes, lower numbers first."""
    nodes = draw(st.integers(6, 7))
    pairs = [(a, b) for b in range(nodes) for a in range(b)]
    edges = tuple(pair for pair in pairs if draw(st.integers(0, 9)) < 4)
    treatment = draw(st.integers(0, nodes - 2))
    outcome = draw(st.integers(treatment + 1, nodes - 1))
    hidden = draw(st.integers(0, (1 << nodes) - 1)) & draw(st.integers(0, (1 << nodes) - 1))
    return Small(nodes, edges, treatment, outcome, hidden & ~(1 << treatment | 1 << outcome))


@settings(max_examples=60, deadline=None)
@given(questions(), st.integers(0, 1000))
def test_identification_agrees_with_brute_force_on_larger_graphs(small: Small, seed: int) -> None:
    check_agreement(small, np.random.default_rng(seed))
