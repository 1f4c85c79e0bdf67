"""Random graphs and tables drawn from them: numbers, counts, yes-no variables and categories, with known effects."""

import numpy as np
import pandas as pd

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.check.check import check_graph
from core.graphs.check.spec import CheckSpec
from core.graphs.matched import matched
from core.graphs.variables import variables_of_frame

KINDS = ("number", "number", "count", "binary", "heavy")


def graph_of(*edges: str, hidden: tuple[str, ...] = (), question: tuple[str, str] | None = None) -> CausalGraph:
    """A graph of edges such as "a b"; question: treatment and outcome."""
    ends = [tuple(edge.split()) for edge in edges]
    names = list(dict.fromkeys(name for edge in ends for name in edge))
    roles = dict.fromkeys(hidden, ("unmeasured",))
    roles |= dict(zip(question, (("treatment",), ("outcome",)), strict=True)) if question else {}
    return CausalGraph(tuple(Node(name, roles.get(name, ())) for name in names), tuple(e for e in ends if len(e) == 2))


def random_graph(seed: int, nodes: int, density: float) -> CausalGraph:
    """Nodes x0, x1, ..., each edge from a lower to a higher number."""
    rng = np.random.default_rng(seed)
    names = [f"x{number}" for number in range(nodes)]
    edges = tuple(
        (names[one], names[other]) for one in range(nodes) for other in range(one + 1, nodes) if rng.random() < density
    )
    return CausalGraph(tuple(Node(name) for name in names), edges)


def draw(graph: CausalGraph, rows: int, seed: int, *, mixed: bool = True, strength: float = 0.8) -> pd.DataFrame:
    """Rows of the nodes: each a noisy sum of its causes, shown as a number, a count, yes or no, or with heavy tails."""
    rng = np.random.default_rng(seed)
    values: dict[str, np.ndarray] = {}
    order = list(graph.names)
    while order:
        name = next(each for each in order if all(a in values for a, b in graph.edges if b == each))
        order.remove(name)
        causes = [source for source, target in graph.edges if target == name]
        weights = strength * rng.choice([-1.0, 1.0], len(causes)) * rng.uniform(0.6, 1.2, len(causes))
        signal = sum((w * values[cause] for w, cause in zip(weights, causes, strict=True)), np.zeros(rows))
        signal = signal / max(1.0, len(causes) ** 0.5)
        kind = rng.choice(KINDS) if mixed else "number"
        if kind == "count":
            drawn = rng.poisson(np.exp(np.clip(0.3 + signal, -4, 4))).astype(float)
        elif kind == "binary":
            drawn = (rng.random(rows) < 1 / (1 + np.exp(-2 * signal))).astype(float)
        else:
            drawn = signal + rng.normal(size=rows)
        shown = np.log1p(drawn) if kind == "count" else drawn
        values[name] = (shown - shown.mean()) / max(float(shown.std()), 1e-9)
        if kind == "heavy":
            drawn = np.exp(drawn)
        values[f"shown {name}"] = drawn
    return pd.DataFrame({name: values[f"shown {name}"] for name in graph.names})


def checked(graph: CausalGraph, frame: pd.DataFrame, **settings: object) -> dict:
    """The check of a graph on a table, without a run."""
    spec = CheckSpec.read({"graph": graph.plain(), "data": {"table": "t.csv"}, "draws": 0, **settings})
    used = [name for name in graph.names if name in frame.columns]
    table = variables_of_frame(frame, "planted", columns=used)
    return check_graph(matched(graph, table, list(frame.columns)), spec)
