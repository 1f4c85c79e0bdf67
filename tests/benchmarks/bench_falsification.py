"""How fast is a graph falsified, and is it right? Beside DoWhy's own falsify_graph, which needs few rows to end.

    python -m tests.benchmarks falsification [draws of the known answers, 60]

Target: 100 shuffled graphs on 10,000 rows in < 2 s. Known answers: of true graphs at most 5 % are contradicted, of
graphs that lack one edge that edge is named first in at least 90 %; Sachs' accepted graph is run and reported.
"""

import os
import sys
import time
from collections import Counter
from multiprocessing import Process, Queue
from pathlib import Path

import numpy as np
import pandas as pd

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.check.falsify import falsify
from core.graphs.check.implied import implied_by
from core.graphs.check.moments import BatchTester
from core.graphs.sufficient import embed
from core.graphs.variables import variables_of_frame
from tests.graphs.check.planted import checked, draw, random_graph

DATA = Path(os.environ.get("WHYPATH_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
TARGET_SECONDS = 2.0
PATIENCE = 120


def ours(graph: CausalGraph, frame: pd.DataFrame, times: int) -> tuple[float, float, object]:
    """Wall and CPU seconds from the frame to the answer, and the answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    table = variables_of_frame(frame, "")
    tester = BatchTester(embed(table).moments())
    found = falsify(implied_by(graph, table.names), table.names, tester, floor=0.05, times=times, seed=0)
    return time.perf_counter() - wall, time.process_time() - cpu, found


def dowhy(graph: CausalGraph, frame: pd.DataFrame, times: int, answers: "Queue[tuple[float, bool, bool]]") -> None:
    """Seconds, falsified, falsifiable: what DoWhy's own function says with its kernel tests."""
    from dowhy import gcm
    from dowhy.gcm.falsify import falsify_graph

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # its workers complain when they are stopped
    gcm.config.disable_progress_bars()
    gcm.config.set_default_n_jobs(1)
    gcm.util.general.set_random_seed(0)
    start = time.perf_counter()
    found = falsify_graph(graph.directed(), frame, n_permutations=times, n_jobs=1, show_progress_bar=False)
    answers.put((time.perf_counter() - start, bool(found.falsified), bool(found.falsifiable)))


def beside_dowhy(graph: CausalGraph, frame: pd.DataFrame, times: int) -> str:
    answers: Queue[tuple[float, bool, bool]] = Queue()
    process = Process(target=dowhy, args=(graph, frame, times, answers))
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.terminate()
        return f"DoWhy not done in {PATIENCE} s"
    seconds, falsified, falsifiable = answers.get()
    said = "falsified" if falsified else "not falsified" if falsifiable else "cannot be told"
    return f"DoWhy {seconds:7.2f} s, {said}"


def scrambled(graph: CausalGraph, seed: int) -> CausalGraph:
    """The same graph with its names shuffled."""
    names = dict(zip(graph.names, np.random.default_rng(seed).permutation(graph.names), strict=True))
    return CausalGraph(graph.nodes, tuple((names[source], names[target]) for source, target in graph.edges))


def speed() -> None:
    for nodes, density in ((10, 0.3), (15, 0.2), (20, 0.15), (30, 0.1), (60, 0.05)):
        graph = random_graph(1, nodes, density)
        wall, cpu, found = ours(graph, draw(graph, 10_000, 1), 100)
        print(
            f"10,000 rows, {nodes} nodes, {len(graph.edges)} edges, {found.claims} claims, 100 shuffles: {wall:.2f} s, "
            f"{cpu:.2f} CPU s; target {TARGET_SECONDS:g} s, ratio {wall / TARGET_SECONDS:.2f}; passed {found.passed}",
            flush=True,
        )
    print("beside DoWhy, 5 nodes, 100 rows, 20 shuffles:")
    graph = random_graph(2, 5, 0.4)
    frame = draw(graph, 100, 2, mixed=False, strength=1.5)
    for title, given in (("the true graph", graph), ("scrambled", scrambled(graph, 1))):
        wall, _, found = ours(given, frame, 20)
        print(f"  {title:15s} ours {wall:6.3f} s, passed {found.passed}; {beside_dowhy(given, frame, 20)}", flush=True)


def known_answers(draws: int) -> None:
    verdicts: Counter[bool | None] = Counter()
    falsified: Counter[bool | None] = Counter()
    named, mended = 0, 0
    for seed in range(draws):
        graph = random_graph(seed, 10, 0.25)
        frame = draw(graph, 3000, seed)
        found = checked(graph, frame)
        verdicts[found["passed"]] += 1
        falsified[found["falsification"]["passed"]] += 1
        lost = graph.edges[seed % len(graph.edges)]
        lacking = CausalGraph(graph.nodes, tuple(edge for edge in graph.edges if edge != lost))
        found = checked(lacking, frame, shuffles=0)
        named += found["first"] is not None and {found["first"]["one"], found["first"]["other"]} == set(lost)
        change = found["change"]
        mended += change is not None and {change["source"], change["target"]} == set(lost)
    print(
        f"true graphs, mixed columns, 3,000 rows: contradicted {verdicts[False]} of {draws} (target <= 5 % + chance), "
        f"passed {verdicts[True]}; shuffling passed {falsified[True]}, failed {falsified[False]}"
    )
    print(f"one edge missing: named first in {named} of {draws} (target >= 90 %), the change proposed in {mended}")
    wrong: Counter[bool | None] = Counter()
    for seed in range(draws):
        graph = random_graph(seed, 10, 0.25)
        frame = draw(graph, 3000, seed)
        wrong[ours(scrambled(graph, seed + 1), frame, 100)[2].passed] += 1
    print(f"scrambled graphs: falsified {wrong[False]}, passed by chance {wrong[True]}, not told {wrong[None]}")


def sachs() -> None:
    data = DATA / "sachs"
    if not data.is_dir():
        print(f"Sachs' data are not at {data}; set WHYPATH_TEST_DATA")
        return
    edges = pd.read_parquet(data / "ground_truth_edges.parquet")
    frame = pd.read_parquet(data / "sachs_2005_continuous.parquet")
    names = list(frame.columns)
    graph = CausalGraph(tuple(Node(name) for name in names), tuple(zip(edges["source"], edges["target"], strict=True)))
    start = time.perf_counter()
    found = checked(graph, frame, draws=100)
    print(f"Sachs, {len(frame):,} cells, {time.perf_counter() - start:.1f} s: passed {found['passed']}")
    print(f"  {found['sentence']}")
    print(f"  {found['falsification']['sentence']}")
    print(f"  edges: {dict(Counter(edge['verdict'] for edge in found['edges']))}; {found['sem']['fit']['sentence']}")


if __name__ == "__main__":
    speed()
    known_answers(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
    sachs()
