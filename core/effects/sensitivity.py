"""Sensitivity: how strong would a hidden cause have to be to explain the effect away?

Cinelli and Hazlett, "Making sense of sensitivity" (JRSS B 2020), for the linear effect. The robustness value is the
share of the remaining variance of both treatment and outcome that a hidden cause would have to explain to bring the
effect to 0. It means something beside causes that were measured: each covariate group gets the strength that a hidden
cause as strong as it would have, on the same scale.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from core.effects.linear import covariate_basis, linear_effect, partial_r2
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


@dataclass(frozen=True)
class Sensitivity:
    """benchmarks: strongest group first. passed: the robustness value is above the strongest group's strength."""

    passed: bool | None
    sentence: str
    linear_value: float
    linear_se: float
    robustness_value: float
    benchmarks: tuple[Benchmark, ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready values; `strongest` is the name of the strongest group."""
        return {
            **vars(self),
            "strongest": self.benchmarks[0].group if self.benchmarks else None,
            "benchmarks": [vars(benchmark) for benchmark in self.benchmarks],
        }


def sensitivity(table: AnalysisTable) -> Sensitivity:
    """Robustness value of the linear effect and its benchmark per covariate group."""
    effect = linear_effect(table)
    partial_f = abs(effect.statistic) / np.sqrt(effect.freedom) if effect.freedom > 0 else np.nan
    value = robustness_value(partial_f)
    if not np.isfinite(value):
        said = "The linear effect has no value, so its robustness is unknown."
        return Sensitivity(None, said, effect.value, effect.se, value, ())
    benchmarks = tuple(_benchmarks(table, partial_f))
    if not benchmarks:
        said = f"The robustness value is {value:.1%}, but there is no covariate to compare a hidden cause with."
        return Sensitivity(None, said, effect.value, effect.se, value, ())
    return Sensitivity(
        value > benchmarks[0].strength, _sentence(value, benchmarks[0]), effect.value, effect.se, value, benchmarks
    )


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


def _benchmarks(table: AnalysisTable, partial_f: float) -> list[Benchmark]:
    groups = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    treatment, outcome = table.treatment, table.outcome
    all_covariates, and_treatment = _bases(table)
    found = []
    for group in groups:
        others, others_and_treatment = _bases(table.keep(set(groups) - {group}))
        treatment_r2 = partial_r2(all_covariates, others, treatment)
        outcome_r2 = partial_r2(and_treatment, others_and_treatment, outcome)
        found.append(_benchmark(group, treatment_r2, outcome_r2, partial_f))
    return sorted(found, key=lambda each: -each.strength)


def _bases(table: AnalysisTable) -> tuple[np.ndarray, np.ndarray]:
    matrix = table.matrix()
    return covariate_basis(matrix), covariate_basis(np.column_stack([matrix, table.treatment]))


def _benchmark(group: str, treatment_r2: float, outcome_r2: float, partial_f: float) -> Benchmark:
    def confounding(times: float) -> float:
        """The |partial f| that a hidden cause `times` as strong would explain away."""
        with_treatment, with_outcome = bound(treatment_r2, outcome_r2, times)
        return float(np.sqrt(with_outcome * with_treatment / (1 - with_treatment))) if with_treatment < 1 else np.inf

    def shortfall(times: float) -> float:
        return min(confounding(times), 1e9) - partial_f

    times = float(brentq(shortfall, 0.0, TIMES_AT_MOST)) if shortfall(TIMES_AT_MOST) > 0 else TIMES_AT_MOST
    strength = robustness_value(confounding(1.0)) if np.isfinite(confounding(1.0)) else 1.0
    return Benchmark(group, treatment_r2, outcome_r2, strength, times)


def _sentence(value: float, strongest: Benchmark) -> str:
    if strongest.times >= TIMES_AT_MOST:
        times = f"more than {TIMES_AT_MOST:,.0f} times"
    else:
        times = f"{strongest.times:.2g} times"
    return (
        f"A hidden cause {times} as strong as {strongest.group}, the strongest group that was measured, would be "
        f"needed to explain the effect away (robustness value {value:.1%}, {strongest.group} {strongest.strength:.1%})."
    )
