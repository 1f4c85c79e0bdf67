"""What a change of the outcome between two periods is due to: the mechanism of which node changed it by how much."""

from typing import Any, Final

import networkx as nx
import numpy as np

from core.errors import BadSpec
from core.graphs.variables import VariableTable
from core.graphs.what_if.answers import COVERAGE, Progress
from core.graphs.what_if.model import change_shares, fit_model, frame_of, mean_of, texts_of

SAMPLES: Final = 40_000  # drawn per comparison of few mechanisms; for many nodes there are many comparisons
FEW_NODES: Final = 6
MOST_DRAWS: Final = 20  # an attribution is dear: each draw compares many models


def attribute_change(
    graph: "nx.DiGraph[str]", before: VariableTable, after: VariableTable, outcome: str, *,
    draws: int, seed: int, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """Each node's part of the change of the outcome's mean (or share), with intervals; the parts add up to it.

    A part of a node without causes is a change of who or what there was; of another one, of how it came about.
    """
    _refuse_different(before, after)
    target = before.variable(outcome)
    if target.kind == "category":
        raise BadSpec(f"'{outcome}' is a category; a change is told apart for a number or a two-valued outcome.")
    level = texts_of(target)[-1] if target.kind == "binary" else None
    progress(0.1, "Choosing and fitting a mechanism per node")
    model = fit_model(graph, before, seed=seed)
    later = frame_of(after)
    samples = SAMPLES if len(graph) <= FEW_NODES else SAMPLES // 8
    parts = change_shares(model, later, outcome, level, samples=samples, seed=seed)
    again = min(draws, MOST_DRAWS)
    found = []
    chance = np.random.default_rng(seed)
    for number in range(again):
        progress(0.3 + 0.65 * number / again, f"Draw {number + 1} of {again}")
        rows = chance.integers(0, before.rows, before.rows)
        fresh = later.iloc[chance.integers(0, after.rows, after.rows)].reset_index(drop=True)
        drawn = model.refitted(rows)
        shares = change_shares(drawn, fresh, outcome, level, samples=samples, seed=seed + 1 + number)
        found.append([shares[node] for node in parts])
    low, high = (np.quantile(found, share, axis=0) for share in COVERAGE) if found else (None, None)
    frames = frame_of(before), later
    was, became = (mean_of(frame[outcome], level) for frame in frames)
    return {
        "outcome": outcome, "level": level, "before": was, "after": became, "change": became - was, "draws": again,
        "parts": [
            {
                "node": node, "value": value, "root": graph.in_degree(node) == 0,
                "low": None if low is None else float(low[place]), "high": None if high is None else float(high[place]),
            }
            for place, (node, value) in enumerate(parts.items())
        ],
        "unexplained": became - was - sum(parts.values()),
    }  # fmt: skip


def _refuse_different(before: VariableTable, after: VariableTable) -> None:
    """Raise BadSpec unless both periods have the same variables of the same kind."""
    for variable in before.variables:
        if variable.name not in after.names:
            raise BadSpec(f"The later period has no variable '{variable.name}'; both need the same.")
        other = after.variable(variable.name)
        if texts_of(variable) != texts_of(other):
            raise BadSpec(
                f"'{variable.name}' has the values {', '.join(texts_of(variable)[:8]) or 'of a number'} before and "
                f"{', '.join(texts_of(other)[:8]) or 'of a number'} after; make them the same."
            )
