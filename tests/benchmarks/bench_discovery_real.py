"""Discovery on data with a known graph: ours beside causal-learn's own PC and GES in the same run.

    python -m tests.benchmarks discovery_real [--quick]

Sachs (7,466 cells; also cut into three levels), and 5,000 rows of ASIA, CHILD and ALARM. Targets (targets.md): skeleton
F1 of the default method >= .93 on ASIA, >= .95 on ALARM in < 5 s; Sachs has none, as no method is good. --quick leaves
out GES on ALARM (about 40 s). SHD is counted against the pattern of the true graph.
"""

import os
import sys
from functools import partial
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from core.graphs.discovery.choose import choose_method
from core.graphs.discovery.contract import Knowledge
from core.graphs.variables import variables_of_frame
from tests.benchmarks.discovery_methods import ours, theirs, timed

DATA = Path(os.environ.get("WHYPATH_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
SETS = {
    "sachs": ("sachs/sachs_2005_continuous.parquet", "sachs/ground_truth_edges.parquet", None),
    "sachs, three levels": ("sachs/sachs_2005_discrete.parquet", "sachs/ground_truth_edges.parquet", None),
    "asia": ("bnlearn_samples/asia.parquet", "bnlearn_samples/asia_edges.parquet", 0.93),
    "child": ("bnlearn_samples/child.parquet", "bnlearn_samples/child_edges.parquet", None),
    "alarm": ("bnlearn_samples/alarm.parquet", "bnlearn_samples/alarm_edges.parquet", 0.95),
}
ROWS = 5000  # of the sets that are simulated


def main(quick: bool) -> None:
    header = ("precision", "recall", "F1", "directions", "SHD", "CPU s")
    print(f"{'':20s} {'':28s}" + "".join(f"{each:>11s}" for each in header))
    for title, (rows_file, edges_file, target) in SETS.items():
        frame = pd.read_parquet(DATA / rows_file)
        frame = frame if title.startswith("sachs") else frame.head(ROWS)
        edges = pd.read_parquet(DATA / edges_file)
        graph = nx.DiGraph(list(edges.itertuples(index=False, name=None)))
        graph.add_nodes_from(frame.columns)
        table = variables_of_frame(frame, title)
        default = choose_method(table, None, hidden=False).method
        discrete = frame.max().max() < 20
        values = frame.to_numpy().astype(np.int64 if discrete else np.float64)
        names = [str(name) for name in frame.columns]
        free = Knowledge()
        searches = {f"ours: {default} (default)": partial(ours, default, table, free)}
        searches["ours: pc"] = partial(ours, "pc", table, free)
        test = {"indep_test": "gsq"} if discrete else {}
        score = {"score_func": "local_score_BDeu"} if discrete else {}
        searches["causal-learn: PC"] = partial(theirs, "PC", values, names, **test)
        if not (quick and title == "alarm"):
            searches["causal-learn: GES"] = partial(theirs, "GES", values, names, **score)
        for name, search in searches.items():
            found, seconds = timed(search, graph, free)
            numbers = (found.precision, found.recall, found.f1, found.direction_precision)
            line = "".join(f"{each:11.3f}" for each in numbers) + f"{found.hamming:11d}{seconds:11.2f}"
            aim = f"   target F1 {target}, ratio {found.f1 / target:.3f}" if target and "default" in name else ""
            print(f"{title:20s} {name:28s}{line}{aim}", flush=True)


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
