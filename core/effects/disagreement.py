"""One sentence on why the estimates of a study differ: chance, another question, heavy weights, or straight lines."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np

from core.effects.estimate import ESTIMANDS, Estimate
from core.effects.interval import NORMAL_975
from core.effects.verdict import shown

STRAIGHT: Final = frozenset({
    "ols", "lin", "ipw", "overlap_weights", "entropy_balancing", "matching_propensity", "dowhy_regression",
    "dowhy_weighting",
})  # fmt: skip
LEARNT: Final = frozenset({"aipw", "tmle", "dml", "causal_forest", "econml_dr", "econml_linear_dml"})
HEAVY = 0.05  # of an arm's weight on one unit
THIN = 0.25  # of the best effective number of units of an arm
MOST = 0.5  # of the largest difference


def why_they_differ(estimates: Sequence[Estimate], unit: str = "") -> dict[str, Any]:
    """{"spread", "reason", "sentence"}: the largest adjusted value less the smallest, and what explains most of it.

    reason: alone, chance, little, estimand, weights, form or unknown. The raw difference, what has another unit than
    the outcome, and values that are not numbers are left out. unit: "share" is told in percentage points.
    """
    adjusted = [
        each for each in estimates if each.estimand != "difference" and each.unit is None and np.isfinite(each.value)
    ]
    if len(adjusted) < 2:
        return {"spread": None, "reason": "alone", "sentence": "There is no second adjusted estimate to compare with."}
    values = [each.value for each in adjusted]
    spread = max(values) - min(values)
    points = " percentage points" if unit == "share" else ""
    ends = f"from {shown(min(values), unit)} to {shown(max(values), unit)}{points}"
    apart = [pair for pair in combinations(adjusted, 2) if not _chance(*pair)]
    if not apart:
        said = f"The adjusted estimates agree: they run {ends}, no further apart than chance explains."
        return {"spread": spread, "reason": "chance", "sentence": said}
    least = min((each.se for each in adjusted if np.isfinite(each.se)), default=0.0)
    if spread <= least:
        said = f"The adjusted estimates agree: they run {ends}, which is within one standard error of any of them."
        return {"spread": spread, "reason": "little", "sentence": said}
    for reason, explain in _EXPLANATIONS.items():
        why = explain(adjusted, apart, unit)
        if why:
            return {"spread": spread, "reason": reason, "sentence": f"The adjusted estimates run {ends}. {why}"}
    said = (
        f"The adjusted estimates run {ends}, further apart than chance explains. Neither who is averaged over, nor "
        "heavy weights, nor straight lines tell why; rely most on one that is right if either of its two models is."
    )
    return {"spread": spread, "reason": "unknown", "sentence": said}


def _other_estimand(adjusted: Sequence[Estimate], apart: Sequence[tuple[Estimate, Estimate]], unit: str) -> str | None:
    """Every pair that is apart asks about different units."""
    if any(one.estimand == other.estimand for one, other in apart):
        return None
    middles = {
        estimand: float(np.median([each.value for each in adjusted if each.estimand == estimand]))
        for estimand in dict.fromkeys(each.estimand for each in adjusted)
    }
    told = "; ".join(f"{ESTIMANDS[estimand]}: {shown(value, unit)}" for estimand, value in middles.items())
    return f"They average over different units, among whom the effect differs ({told})."


def _heavy_weights(adjusted: Sequence[Estimate], apart: Sequence[tuple[Estimate, Estimate]], unit: str) -> str | None:
    """One estimate leans on few units and is in every pair that is apart."""
    best = [max(each.effective_units[arm] for each in adjusted) for arm in (0, 1)]
    for each in adjusted:
        thin = any(size < THIN * most for size, most in zip(each.effective_units, best, strict=True))
        if (thin or each.largest_weight_share > HEAVY) and all(each in pair for pair in apart):
            worth = " and ".join(f"{size:,.0f}" for size in each.effective_units)
            return (
                f"{each.title} stands apart: its weights lean on few units (worth {worth} treated and control units)."
            )
    return None


def _other_form(adjusted: Sequence[Estimate], apart: Sequence[tuple[Estimate, Estimate]], unit: str) -> str | None:
    """Most of the way lies between methods of straight lines and those that learn curves, which agree."""
    if any({one.estimator, other.estimator} <= LEARNT for one, other in apart):
        return None
    straight, learnt = ([each.value for each in adjusted if each.estimator in kind] for kind in (STRAIGHT, LEARNT))
    values = [each.value for each in adjusted]
    if not straight or not learnt or abs(np.median(straight) - np.median(learnt)) < MOST * np.ptp(values):
        return None
    return (
        f"Methods of straight lines say {shown(float(np.median(straight)), unit)}, those that learn curves and "
        f"interactions {shown(float(np.median(learnt)), unit)}: outcome or treatment do not follow straight lines, so "
        "the second are nearer."
    )


Explain = Callable[[Sequence[Estimate], Sequence[tuple[Estimate, Estimate]], str], str | None]
_EXPLANATIONS: Final[Mapping[str, Explain]] = {
    "estimand": _other_estimand,
    "weights": _heavy_weights,
    "form": _other_form,
}


def _chance(one: Estimate, other: Estimate) -> bool:
    """Whether the difference is within 95 % of what chance makes of it.

    Both saw the same units, so the error is of the difference of their influences, in the proportion in which users
    widen the errors themselves; where one tells no influences, the smaller of both errors stands for it.
    """
    gap = abs(one.value - other.value)
    if one.influence.any() and other.influence.any() and len(one.influence) == len(other.influence):
        plain = [float(each.influence.std()) / np.sqrt(len(each.influence)) for each in (one, other)]
        wider = max(each.se / error if error > 0 else 1.0 for each, error in zip((one, other), plain, strict=True))
        error = wider * float((one.influence - other.influence).std()) / np.sqrt(len(one.influence))
    else:
        known = [each.se for each in (one, other) if np.isfinite(each.se)]
        error = min(known, default=float("nan"))
    return bool(gap <= NORMAL_975 * error)
