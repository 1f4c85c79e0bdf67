"""Robustness: how much of what is left of treatment and outcome would a hidden cause have to explain?

Cinelli and Hazlett, "Making sense of sensitivity" (JRSS B 2020). A hidden cause with partial R2 of treatment_r2 with
the treatment and outcome_r2 with the outcome moves the linear effect by scale x sqrt(outcome_r2 x treatment_r2 / (1 -
treatment_r2)). The robustness value is the equal strength of both that brings it to 0. It means something beside causes
that were measured: each covariate group gets the strength that a hidden cause as strong as it would have.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from core.effects.linear import partial_r2
from core.effects.partialled import Partialled, root_weights, weighted_basis
from core.effects.table import AnalysisTable

TIMES_AT_MOST = 1000.0


@dataclass(frozen=True)
class Benchmark:
    """One covariate group as a yardstick.

    treatment_r2: share of the treatment's variance that it alone explains, given the other groups; outcome_r2: of the
    outcome's, given treatment and the other groups; strength: what a hidden cause as strong as the group would have,
    comparable with the robustness value; times: how many times as strong it would have to be to bring the effect to 0.
    """

    group: str
    treatment_r2: float
    outcome_r2: float
    strength: float
    times: float


def robustness_value(partial_f: float) -> float:
    """Equal partial R2 with treatment and outcome that would explain away an effect of this |partial f|.

    (sqrt(f^4 + 4 f^2) - f^2) / 2, where f = |t| / sqrt(degrees of freedom); 0 to 1.
    """
    square = partial_f**2
    return float((np.sqrt(square**2 + 4 * square) - square) / 2)


def bound(treatment_r2: float, outcome_r2: float, times: float) -> tuple[float, float]:
    """Partial R2 with (treatment, outcome) of a hidden cause `times` as strong as a group with these partial R2.

    Cinelli and Hazlett's bounds with k_D = k_Y = times; (1, 1) where no such cause can be.
    """
    with_treatment = times * treatment_r2 / (1 - treatment_r2) if treatment_r2 < 1 else np.inf
    shared_top, shared_bottom = times * treatment_r2**2, (1 - times * treatment_r2) * (1 - treatment_r2)
    if with_treatment >= 1 or shared_bottom <= 0 or shared_top >= shared_bottom or outcome_r2 >= 1:
        return 1.0, 1.0
    shared = shared_top / shared_bottom
    factor = (np.sqrt(times) + np.sqrt(shared)) / np.sqrt(1 - shared)
    return float(with_treatment), float(min(1.0, factor**2 * outcome_r2 / (1 - outcome_r2)))


def confounding(treatment_r2: float, outcome_r2: float) -> float:
    """The |partial f| that a hidden cause of these partial R2 explains away: sqrt(R2y R2t / (1 - R2t))."""
    return float(np.sqrt(outcome_r2 * treatment_r2 / (1 - treatment_r2))) if treatment_r2 < 1 else np.inf


def benchmarks(table: AnalysisTable, parts: Partialled, partial_f: float) -> tuple[Benchmark, ...]:
    """Every covariate group, strongest first; `times` is what an effect of this |partial f| needs."""
    groups = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    treatment, outcome = parts.roots * table.treatment, parts.roots * table.outcome
    wider = _with_treatment(parts.basis, parts.treatment)
    found = []
    for group in groups:
        others = weighted_basis(table.keep(set(groups) - {group}).matrix(), root_weights(table))
        left = treatment - others @ (others.T @ treatment)
        treatment_r2 = partial_r2(parts.basis, others, treatment)
        outcome_r2 = partial_r2(wider, _with_treatment(others, left), outcome)
        found.append(_benchmark(group, treatment_r2, outcome_r2, partial_f))
    return tuple(sorted(found, key=lambda each: -each.strength))


def _with_treatment(basis: np.ndarray, left: np.ndarray) -> np.ndarray:
    """The basis with what it leaves of the treatment as one more orthonormal column."""
    size = float(np.sqrt(left @ left))
    return np.column_stack([basis, left / size]) if size > 0 else basis


def _benchmark(group: str, treatment_r2: float, outcome_r2: float, partial_f: float) -> Benchmark:
    def shortfall(times: float) -> float:
        return min(confounding(*bound(treatment_r2, outcome_r2, times)), 1e9) - partial_f

    times = float(brentq(shortfall, 0.0, TIMES_AT_MOST)) if shortfall(TIMES_AT_MOST) > 0 else TIMES_AT_MOST
    once = confounding(*bound(treatment_r2, outcome_r2, 1.0))
    return Benchmark(group, treatment_r2, outcome_r2, robustness_value(once) if np.isfinite(once) else 1.0, times)
