"""Discovery on random graphs: our methods beside causal-learn's own BOSS, GRaSP, PC and GES in the same run.

    python -m tests.benchmarks discovery [graphs, default 50] [draws, default 50] [GES on the first graphs, default 3]

20 standardised variables; three families (uniform, hubs, layers), 25, 38 or 60 edges, 1,000 or 10,000 rows. Targets
(targets.md): skeleton F1 at or above causal-learn's GRaSP and BOSS; with time tiers, direction precision >= .95; of the
edges with stability >= .9 at least 85 % true. SHD is counted against the pattern of the true graph.
"""

import sys
import time
from functools import partial

import numpy as np

from core.graphs.discovery import DISCOVERERS
from core.graphs.discovery.contract import Edge, Knowledge
from core.graphs.discovery.stability import stability_of
from tests.benchmarks.discovery_methods import Row, ours, theirs, timed
from tests.graphs.discovery.simulated import Simulated, simulate

FAMILIES = ("uniform", "scale_free", "layered")


def graphs(number: int) -> list[Simulated]:
    """The first so many of the random graphs: dense and sparse, small and large samples in turn."""
    sizes = [(family, edges, rows) for rows in (1000, 10_000) for edges in (25, 38, 60) for family in FAMILIES]
    return [
        simulate(family, edges=edges, rows=rows, seed=place)
        for place, (family, edges, rows) in enumerate((sizes * (number // len(sizes) + 1))[:number])
    ]


def told(title: str, rows: list[Row]) -> None:
    means = [float(np.nanmean([getattr(each, name) for each, _ in rows])) for name in ("f1", "direction_precision")]
    hamming = float(np.mean([each.hamming for each, _ in rows]))
    seconds = float(np.mean([took for _, took in rows]))
    print(f"{title:32s} {len(rows):3d} {means[0]:8.4f} {means[1]:10.3f} {hamming:7.1f} {seconds:8.2f}", flush=True)


def calibration(title: str, all_given: list[Simulated], draws: int) -> None:
    """Of the edges of a stability, the share that is true: as an edge just so, and as a joined pair."""
    seen: list[tuple[float, bool, float, bool]] = []
    started = time.process_time()
    for given in all_given:
        discoverer = DISCOVERERS["boss"]
        assert discoverer.spec is not None
        search = discoverer.load()(given.table, discoverer.spec.read({}))
        known = Knowledge(tiers=given.tiers)
        edges = search.edges(known)
        stability = stability_of(search, known, draws=draws, seed=0, said=lambda _: None)
        for each in edges:
            plain = stability.plain(each)
            seen.append((plain["stability"], just_so(each, given), plain["adjacency"], joined(each, given)))
    took = (time.process_time() - started) / len(all_given)
    print(f"\nStability of BOSS with tiers, {draws} draws on {title}, {took:.1f} CPU s a graph")
    for low, high in ((0.9, 1.01), (0.7, 0.9), (0.5, 0.7), (0.0, 0.5)):
        exact = [true for share, true, _, _ in seen if low <= share < high]
        pair = [true for _, _, share, true in seen if low <= share < high]
        shares = [f"{np.mean(each):.3f} of {len(each)}" if each else "none" for each in (exact, pair)]
        target = "  target .85" if low == 0.9 else ""
        print(f"  {low:.1f} to {min(high, 1):.1f}: edges true {shares[0]}, joined pairs true {shares[1]}{target}")


def just_so(edge: Edge, given: Simulated) -> bool:
    ways = given.graph.has_edge(edge.source, edge.target), given.graph.has_edge(edge.target, edge.source)
    return ways[0] if edge.kind == "directed" else any(ways)


def joined(edge: Edge, given: Simulated) -> bool:
    return given.graph.has_edge(edge.source, edge.target) or given.graph.has_edge(edge.target, edge.source)


def main(number: int, draws: int, slow: int) -> None:
    rows: dict[str, list[Row]] = {}
    all_given = graphs(number)
    for place, given in enumerate(all_given):
        values = np.column_stack([variable.values for variable in given.table.variables])
        names, free, known = list(given.table.names), Knowledge(), Knowledge(tiers=given.tiers)
        searches = {}
        for method in ("boss", "pc"):
            searches[f"ours: {method}"] = partial(ours, method, given.table, free), free
            searches[f"ours: {method}, tiers"] = partial(ours, method, given.table, known), known
        for name in ("BOSS", "GRaSP", "PC", *(("GES",) if place < slow else ())):
            searches[f"causal-learn: {name}"] = partial(theirs, name, values, names), free
        for title, (search, knowledge) in searches.items():
            rows.setdefault(title, []).append(timed(search, given.graph, knowledge))
    print(f"{'':32s} {'n':>3s} {'F1':>8s} {'directions':>10s} {'SHD':>7s} {'CPU s':>8s}")
    for title, found in rows.items():
        told(title, found)
    best = max(np.mean([each.f1 for each, _ in rows[f"causal-learn: {name}"]]) for name in ("BOSS", "GRaSP"))
    mine = np.mean([each.f1 for each, _ in rows["ours: boss"]])
    way = np.nanmean([each.direction_precision for each, _ in rows["ours: boss, tiers"]])
    print(f"\nskeleton F1 {mine:.4f}, target {best:.4f} (the better of BOSS and GRaSP), ratio {mine / best:.3f}")
    print(f"direction precision with tiers {way:.3f}, target .95, ratio {way / 0.95:.3f}")
    calibration(f"the first {max(number // 3, 1)} graphs", all_given[: max(number // 3, 1)], draws)
    small = [
        simulate(family, edges=38, rows=200, seed=seed) for seed in range(max(number // 15, 1)) for family in FAMILIES
    ]
    calibration(f"{len(small)} graphs of 200 rows", small, draws)


if __name__ == "__main__":
    given_arguments = [int(each) for each in sys.argv[1:]]
    main(*[*given_arguments, *(50, 50, 3)[len(given_arguments) :]])
