"""Leaks: a covariate that tells almost perfectly who was treated probably came after the treatment, or is it."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import rankdata

from core.effects.table import AnalysisTable

ALMOST_PERFECT: Final = 0.98  # of pairs of a treated and a control unit that the covariate puts in the right order


@dataclass(frozen=True)
class Leak:
    """rows: one per covariate beyond the line: its title, and `ordered_share`, the area under its ROC curve."""

    passed: bool | None
    sentence: str
    rows: tuple[dict[str, Any], ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "rows": list(self.rows), "line": ALMOST_PERFECT}


def leak(table: AnalysisTable) -> Leak:
    """Look at each covariate alone. The share of (treated, control) pairs in order, ties half: Mann and Whitney's U."""
    if table.treatment_kind != "binary" or not table.covariates:
        return Leak(None, "Leaks are looked for among the covariates of a treatment with two arms.", ())
    treated = table.treatment == 1
    pairs = float(treated.sum()) * float((~treated).sum())
    rows = []
    for covariate, values in zip(table.covariates, table.matrix().T, strict=True):
        ranks = float(rankdata(values)[treated].sum()) - treated.sum() * (treated.sum() + 1) / 2
        share = ranks / pairs if pairs else float("nan")
        share = max(share, 1 - share)
        if share >= ALMOST_PERFECT:
            rows.append({"title": covariate.title, "group": covariate.group, "ordered_share": share})
    if not np.isfinite(pairs) or pairs == 0:
        return Leak(None, "Leaks cannot be told: one arm is empty.", ())
    if rows:
        named = "; ".join(f"{row['title']} ({100 * row['ordered_share']:.1f} % of pairs in order)" for row in rows)
        return Leak(
            False, f"Tells almost perfectly who was treated, so it may come after the treatment: {named}.", tuple(rows)
        )
    return Leak(True, "No covariate alone tells almost perfectly who was treated.", ())
