"""What the arms look like before anything is adjusted: shown at once, in the web process."""

from itertools import pairwise
from typing import Any

import numpy as np

from core.effects.estimators import raw
from core.effects.grace import everybody_stays
from core.effects.table import AnalysisTable


def first_look(table: AnalysisTable) -> dict[str, Any]:
    """JSON-ready: counts, one row per arm with its mean outcome, and for two arms their `difference` as an estimate.

    A dose is cut at its quartiles to have arms at all; rows then say its range.
    """
    names, arm = _arms(table)
    rows = []
    for place, name in enumerate(names):
        inside = arm == place
        if inside.any():
            mean = float(np.average(table.outcome[inside], weights=table.weights[inside]))
            rows.append({"arm": name, "units": int(inside.sum()), "mean": mean})
    return {
        "kind": table.treatment_kind,
        "units": table.units,
        "outcome_unit": table.outcome_unit,
        "outcome_title": table.outcome_title,
        "population": table.population,
        "arms": rows,
        "difference": raw.estimate(table).plain() if table.treatment_kind == "binary" else None,
        "notes": list(table.notes),
        "everybody_stays": everybody_stays(table),
    }


def _arms(table: AnalysisTable) -> tuple[list[str], np.ndarray]:
    """(names, (n,) place of each unit's arm): control first."""
    if table.treatment_kind == "binary":
        return ["without", "with"], table.treatment.astype(int)
    if table.treatment_kind == "arms":
        return list(table.arms), table.treatment.astype(int)
    edges = np.unique(np.quantile(table.treatment, [0.0, 0.25, 0.5, 0.75, 1.0]))
    arm = np.clip(np.searchsorted(edges, table.treatment, side="right") - 1, 0, max(len(edges) - 2, 0))
    names = [f"{low:,.3g} to {high:,.3g}" for low, high in pairwise(edges)]
    return names or [f"{edges[0]:,.3g}"], arm
