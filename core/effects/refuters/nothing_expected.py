"""Where nothing is expected: the headline's estimator on a table whose effect must be nothing, and the rule for it.

A value away from 0 is confounding that the covariates missed. The margin is half of the headline: red when the interval
excludes 0 and the value is beyond the margin; passed when the whole interval lies within the margin; otherwise there is
no power to tell. The lesson is Imbens and Xu's on the LaLonde data (arXiv:2406.00827).
"""

import math

from core.effects.estimate import Estimate
from core.effects.refutation import Attempt, Refutation, not_told, refutation, sized
from core.effects.refuters.refitting import refitted
from core.effects.table import AnalysisTable


def refute_nothing(attempt: Attempt, name: str, placebo: AnalysisTable, *, margin: float, called: str) -> Refutation:
    """Run the headline's estimator and estimand on the placebo table; `called` begins the sentence.

    One random split into folds is enough here: the margin is far wider than splits differ.
    """
    found = refitted(attempt, placebo)
    if isinstance(found, str):
        return not_told(name, f"{called}: {found}")
    passed, said = judge(found, margin=margin, unit=placebo.outcome_unit)
    details = {"margin": margin, "outcome_title": placebo.outcome_title, "units": placebo.units}
    return refutation(
        name, passed, f"{called}: {said}", value=found.value, low=found.low, high=found.high, details=details
    )


def judge(found: Estimate, *, margin: float, unit: str) -> tuple[bool | None, str]:
    """The rule above: (passed, sentence)."""
    if not all(map(math.isfinite, (found.value, found.low, found.high, margin))):
        return None, "the placebo has no value, so it cannot tell."
    if found.se <= 1e-9 * margin:
        return None, "it hardly varies, so it cannot tell."
    got = f"expected 0, got {sized(unit, found.value, found.low, found.high)}"
    if (found.low > 0 or found.high < 0) and abs(found.value) > margin:
        return False, (
            f"{got}: an effect where there can be none, larger than half of the headline, so the arms were not alike."
        )
    if -margin <= found.low and found.high <= margin:
        return True, f"{got}: no effect, as it should be; the whole interval is within half of the headline."
    return None, f"{got}: no power to tell, the interval reaches beyond half of the headline without a clear effect."
