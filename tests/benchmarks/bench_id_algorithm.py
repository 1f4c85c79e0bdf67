"""The general ID algorithm: every question of every small graph, and the time it takes on graphs of 200 nodes.

    python -m tests.benchmarks.bench_id_algorithm [NODES | speed]

All graphs of up to NODES nodes (default 5; one of each isomorphism class), every ordered pair as treatment and outcome,
every set of the other nodes unmeasured. An answer is compared with the truncated factorisation of a random model; where
there is none, a hedge must exist by definition, and none where there is an answer. Milliseconds are CPU time, the least
of five runs; the target at 200 nodes is 50 ms.
"""

import sys
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.identification.general_id import identify_generally, reason_against
from core.graphs.tiers import graph_from_tiers
from tests.graphs.identification.test_general_id import error_of
from tests.graphs.small_models import cases

NODES = 200


def sweep(size: int) -> None:
    """All questions of all graphs of one size."""
    rng = np.random.default_rng(size)
    started = time.process_time()
    errors = [error_of(case, rng) for case in cases(size)]
    answered = [error for error in errors if error is not None]
    print(
        f"{size} nodes: {len(errors):6,} questions, {len(answered):6,} answered (largest error {max(answered):.1e}), "
        f"{len(errors) - len(answered):5,} refused, each with a hedge; {time.process_time() - started:.1f} CPU s"
    )


def random_graph(per_node: float, hidden_share: float, seed: int) -> CausalGraph:
    """200 nodes, so many arrows per node; the treatment is a cause of the outcome somewhere in the middle."""
    rng = np.random.default_rng(seed)
    edges = [(one, other) for one in range(NODES) for other in range(one + 1, NODES)]
    edges = [pair for pair in edges if rng.random() < 2 * per_node / (NODES - 1)]
    above = {NODES - 1}
    for source, target in sorted(edges, key=lambda pair: -pair[1]):
        above |= {source} if target in above else set()
    between = sorted(above - {NODES - 1})
    treatment = between[len(between) // 2]
    hidden = set(np.flatnonzero(rng.random(NODES) < hidden_share).tolist()) - {treatment, NODES - 1}
    roles = {treatment: ("treatment",), NODES - 1: ("outcome",)} | dict.fromkeys(hidden, ("unmeasured",))
    nodes = tuple(Node(f"v{place}", roles.get(place, ())) for place in range(NODES))
    return CausalGraph(nodes, tuple((f"v{one}", f"v{other}") for one, other in edges))


def chain(confounded: bool) -> CausalGraph:
    """One arrow after another, from treatment to outcome; perhaps with an unmeasured cause of both ends."""
    names = [f"v{place}" for place in range(NODES)]
    roles = {names[0]: ("treatment",), names[-1]: ("outcome",), "u": ("unmeasured",)}
    edges = list(pairwise(names)) + ([("u", names[0]), ("u", names[-1])] if confounded else [])
    return CausalGraph(
        tuple(Node(name, roles.get(name, ())) for name in [*names, *(["u"] if confounded else [])]), tuple(edges)
    )


def milliseconds(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(5):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return 1000 * min(spent)


def speed() -> None:
    """Graphs of 200 nodes."""
    groups = [(f"g{place}", "") for place in range(NODES - 2)]
    graphs = {
        "198 confounders": graph_from_tiers(groups, "search", "buy"),
        "198 confounders, one unmeasured": graph_from_tiers(groups, "search", "buy", ("g7",)),
        "chain": chain(False),
        "chain, confounded (front door)": chain(True),
    }
    for per_node in (1.5, 3.0, 6.0):
        for share in (0.0, 0.1, 0.3):
            for seed in range(2):
                graphs[f"{per_node} arrows a node, {share:.0%} unmeasured, {seed}"] = random_graph(
                    per_node, share, seed
                )
    for title, graph in graphs.items():
        found = identify_generally(graph)
        text = found.text if found else reason_against(graph)
        print(f"{title:44} {milliseconds(lambda graph=graph: identify_generally(graph)):7.1f} ms  {text[:90]}")


if __name__ == "__main__":
    if "speed" not in sys.argv:
        for each in range(2, 1 + int(sys.argv[1] if len(sys.argv) > 1 else 5)):
            sweep(each)
    speed()
