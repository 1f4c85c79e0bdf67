"""Placebo outcome: the same estimate of an outcome from before the treatment, which the treatment cannot have changed.

A value away from 0 is confounding that the covariates missed. The margin is half of the headline: red when the interval
excludes 0 and the value is beyond the margin; passed when the whole interval lies within the margin; otherwise there is
no power to tell. The lesson is Imbens and Xu's on the LaLonde data (arXiv:2406.00827).
"""

import math

from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.nuisances import Nuisances
from core.effects.refutation import Attempt, Refutation
from core.effects.refuters import REFUTERS

NAME = "placebo_outcome"
DETECTS = (
    "Sees common causes that were not adjusted for, if they moved the outcome before as they do after the treatment; "
    "cannot see causes that arose later."
)


def refute(attempt: Attempt) -> Refutation:
    """Run the headline's estimator and estimand on the placebo table; None for `passed` without one.

    One random split into folds is enough here: the margin is far wider than splits differ.
    """
    placebo, headline, seed = attempt.placebos.get(NAME), attempt.headline, attempt.seed
    if placebo is None:
        said = "Not run: there is no outcome from before the treatment. Name one, if the data holds it."
        return Refutation(NAME, REFUTERS[NAME].title, None, said, None, None, None, 0.0, DETECTS)
    function = ESTIMATORS[headline.estimator].load()
    nuisances = Nuisances(placebo, seed=seed, splits=1)
    found: Estimate = function(placebo, estimand=headline.estimand, seed=seed, nuisances=nuisances)
    passed, said = judge(found, headline.value)
    said = f"Placebo outcome {placebo.outcome_title}: {said}"
    return Refutation(NAME, REFUTERS[NAME].title, passed, said, found.value, found.low, found.high, 0.0, DETECTS)


def judge(found: Estimate, headline: float) -> tuple[bool | None, str]:
    """The rule above: (passed, sentence)."""
    margin = abs(headline) / 2
    if not all(map(math.isfinite, (found.value, found.low, found.high, margin))):
        return None, "the placebo has no value, so it cannot tell."
    if found.se <= 1e-9 * margin:
        return None, "it hardly varies, so it cannot tell."
    if (found.low > 0 or found.high < 0) and abs(found.value) > margin:
        return False, "an effect where there can be none, larger than half of the headline: the arms were not alike."
    if -margin <= found.low and found.high <= margin:
        return True, "no effect, as it should be: the whole interval is within half of the headline."
    return None, "no power to tell: the interval reaches beyond half of the headline without a clear effect."
