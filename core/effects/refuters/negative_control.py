"""Negative-control outcome: an outcome that the treatment cannot move, but that the same hidden causes would.

It may have another unit than the headline, so the margin, half of the headline, is carried over in standard deviations
of the outcomes. Lipsitch, Tchetgen Tchetgen and Cohen (Epidemiology 2010).
"""

import numpy as np

from core.effects.refutation import Attempt, Refutation, not_told
from core.effects.refuters.nothing_expected import refute_nothing
from core.effects.table import AnalysisTable

NAME = "negative_control"


def refute(attempt: Attempt) -> Refutation:
    """None for `passed` without such an outcome, and where it has no power."""
    placebo = attempt.placebos.get(NAME)
    if placebo is None:
        return not_told(NAME, "Not run: no outcome was named that the treatment cannot move.")
    spread, other = _spread(attempt.table), _spread(placebo)
    if not (spread > 0 and other > 0):
        return not_told(NAME, f"Negative control {placebo.outcome_title}: one of the outcomes never varies.")
    margin = abs(attempt.headline.value) / 2 * other / spread
    return refute_nothing(attempt, NAME, placebo, margin=margin, called=f"Negative control {placebo.outcome_title}")


def _spread(table: AnalysisTable) -> float:
    weights = table.weights
    mean = np.average(table.outcome, weights=weights)
    return float(np.sqrt(np.average((table.outcome - mean) ** 2, weights=weights)))
