"""How long does identification take at 200 nodes, and does it agree with brute force on all small graphs?

    python -m tests.benchmarks identification [seconds that DoWhy gets for each graph, 0 for none]
    python -m tests.benchmarks identification sweep     # all 48,320 questions of five nodes against brute force

Target on two free cores: < 50 ms at 200 nodes, with everything (adjustment sets, front door, instruments, the most
precise set, direct effects and mediation, bad controls, remedies). CPU milliseconds count, because machines are shared.
DoWhy (`maximal-adjustment`, the only method of it that ends on most of these) finds one back-door set and instruments.
"""

import multiprocessing
import sys
import time
from collections import Counter
from itertools import pairwise
from multiprocessing.connection import Connection

import numpy as np

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.identification.identify import identify
from core.graphs.tiers import graph_from_tiers
from tests.graphs.agreement import check_agreement
from tests.graphs.brute_force import small_questions
from tests.graphs.identification.test_mediation import check_mediation

TARGET = 50  # milliseconds


def random_graph(nodes: int, arrows: int, hidden: float, seed: int) -> CausalGraph:
    """Arrows between random pairs, from lower to higher numbers; a third of the way asks for two thirds of it."""
    rng = np.random.default_rng(seed)
    pairs = np.transpose(np.triu_indices(nodes, 1))
    chosen = pairs[rng.choice(len(pairs), arrows, replace=False)]
    treatment, outcome = nodes // 3, 2 * nodes // 3
    edges = {(f"v{a}", f"v{b}") for a, b in chosen} | {(f"v{treatment}", f"v{outcome}")}
    roles = dict.fromkeys(np.flatnonzero(rng.random(nodes) < hidden).tolist(), ("unmeasured",))
    roles |= {treatment: ("treatment",), outcome: ("outcome",)}
    return CausalGraph(tuple(Node(f"v{place}", roles.get(place, ())) for place in range(nodes)), tuple(sorted(edges)))


def shaped(edges: list[tuple[str, str]], hidden: tuple[str, ...] = ()) -> CausalGraph:
    """A graph by its arrows; T and Y are asked about."""
    names = dict.fromkeys(name for edge in edges for name in edge)
    roles = {"T": ("treatment",), "Y": ("outcome",), **dict.fromkeys(hidden, ("unmeasured",))}
    return CausalGraph(tuple(Node(name, roles.get(name, ())) for name in names), tuple(edges))


def graphs() -> dict[str, CausalGraph]:
    """What is timed."""
    found = {
        f"{count} confounders": graph_from_tiers([(f"g{place}", "") for place in range(count)], "T", "Y")
        for count in (10, 20, 40, 150, 198)
    }
    found["197 confounders, one unmeasured"] = graph_from_tiers([(f"g{i}", "") for i in range(197)], "T", "Y", ("g0",))
    chains = [edge for i in range(99) for edge in ((f"B{i}", f"A{i}"), (f"A{i}", "T"), (f"B{i}", "Y"))]
    found["99 chains T ← A ← B → Y"] = shaped([*chains, ("T", "Y")])
    line = ["B0", *(f"B{i}" for i in range(1, 99)), "T", *(f"M{i}" for i in range(99)), "Y"]
    found["one line of 200"] = shaped(list(pairwise(line)))
    door = [edge for i in range(197) for edge in (("T", f"M{i}"), (f"M{i}", "Y"))]
    found["front door of 197"] = shaped([*door, ("U", "T"), ("U", "Y")], ("U",))
    for arrows in (200, 400, 1_000, 4_000, 12_000):
        for hidden in (0.0, 0.3):
            found[f"random, {arrows:,} arrows, {hidden:.0%} unmeasured"] = random_graph(200, arrows, hidden, arrows)
    found["random, 2,000 arrows, slowest of 144"] = random_graph(200, 2_000, 0.3, 3)
    return found


def dowhy_milliseconds(graph: CausalGraph, limit: float) -> str:
    """How long DoWhy takes for the same graph, in a process of its own that is ended at the limit."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_ask_dowhy, args=(graph, there), daemon=True)
    process.start()
    there.close()
    try:
        started = here.poll(60) and here.recv()  # the imports
        answer = here.recv() if started and here.poll(limit) else f"> {limit * 1000:,.0f} (ended)"
    except EOFError:
        answer = "failed"
    process.kill()
    process.join()
    return str(answer)


def _ask_dowhy(graph: CausalGraph, answer: Connection) -> None:
    import logging
    import warnings

    import pandas as pd
    from dowhy import CausalModel

    logging.disable()
    warnings.simplefilter("ignore")
    hidden = set(graph.having("unmeasured"))
    columns = pd.DataFrame(columns=[name for name in graph.names if name not in hidden])
    answer.send("ready")
    started = time.process_time()
    model = CausalModel(columns, graph.treatment, graph.outcome, graph=graph.directed())
    found = model.identify_effect(proceed_when_unidentifiable=True, method_name="maximal-adjustment")
    sets = "set" if "backdoor" in (found.backdoor_variables or {}) else "none"
    answer.send(f"{(time.process_time() - started) * 1000:,.0f} ({sets})")


def main(limit: float) -> None:
    """Print a line a graph."""
    print(
        f"{'graph':40s} {'arrows':>7s} {'ours, CPU ms':>13s}  {'strategy':10s} {'sets':>4s} {'IVs':>4s} DoWhy, CPU ms"
    )
    slowest = 0.0
    for title, graph in graphs().items():
        times = []
        for _ in range(5):
            started = time.process_time()
            found = identify(graph)
            times.append((time.process_time() - started) * 1000)
        slowest = max(slowest, min(times))
        more = "" if found.all_sets_listed else "+"
        peer = dowhy_milliseconds(graph, limit) if limit else "not asked"
        print(
            f"{title:40s} {len(graph.edges):7,} {min(times):13.1f}  {found.strategy:10s} "
            f"{len(found.adjustment_sets)}{more:>2s} {len(found.instruments):4d}   {peer}",
            flush=True,
        )
    print(f"slowest {slowest:.1f} ms, target < {TARGET} ms: {'met' if slowest < TARGET else 'MISSED'}")


def sweep() -> None:
    """Every question of two to five nodes; mediation on every tenth of those with five."""
    rng = np.random.default_rng(0)
    for nodes in (2, 3, 4, 5):
        started, strategies, told = time.perf_counter(), Counter[str](), Counter[bool]()
        for place, small in enumerate(small_questions(nodes)):
            check_agreement(small, rng)
            strategies[identify(small.drawn()).strategy] += 1
            if nodes < 5 or place % 10 == 0:
                told.update(check_mediation(small, rng))
        counted = ", ".join(f"{name} {count:,}" for name, count in strategies.most_common())
        print(
            f"{nodes} nodes: all {strategies.total():,} questions agree ({counted}); natural effects told "
            f"{told[True]:,}, refused {told[False]:,}; {time.perf_counter() - started:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["sweep"]:
        sweep()
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
