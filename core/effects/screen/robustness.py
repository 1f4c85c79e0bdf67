"""How robust the effects of one cause are against a hidden one, for all outcomes at once (Cinelli and Hazlett 2020).

The same numbers as `core/effects/sensitivity`, whose closed forms it uses: the robustness value of the linear effect
beside what a hidden cause as strong as each covariate group would have.
"""

from collections.abc import Sequence

import numpy as np

from core.effects.groups import called
from core.effects.linear import covariate_basis, residuals
from core.effects.screen.pair import Quick
from core.effects.sensitivity.robustness import bound, robustness_value
from core.effects.table import Covariate


def robustness_checks(
    matrix: np.ndarray, covariates: Sequence[Covariate], treatment: np.ndarray, outcomes: np.ndarray
) -> list[Quick]:
    """One check per outcome (n, k): is the robustness value above that of the strongest covariate group?"""
    basis = covariate_basis(matrix)
    rest, left = _squares(basis, treatment, outcomes)
    freedom = len(treatment) - basis.shape[1] - 1
    names = np.array([covariate.group for covariate in covariates])
    strengths = np.zeros((outcomes.shape[1], 0))
    groups = list(dict.fromkeys(names.tolist()))
    for group in groups:
        rest_without, left_without = _squares(covariate_basis(matrix[:, names != group]), treatment, outcomes)
        treatment_r2 = _share(rest, rest_without)
        found = [_strength(treatment_r2, _share(now, then)) for now, then in zip(left[1], left_without[1], strict=True)]
        strengths = np.column_stack([strengths, found])
    checks = []
    for at in range(outcomes.shape[1]):
        explained = left[0][at] - left[1][at]
        partial_f = float(np.sqrt(max(explained, 0.0) / left[1][at])) if left[1][at] > 0 and freedom > 0 else np.nan
        checks.append(_check(robustness_value(partial_f), strengths[at], groups))
    return checks


def _squares(basis: np.ndarray, treatment: np.ndarray, outcomes: np.ndarray) -> tuple[float, np.ndarray]:
    """(sum of squares of what the basis leaves of the treatment, (2, k) those of the outcomes without and with it)."""
    rest, left = residuals(basis, treatment), residuals(basis, outcomes)
    spread, squares = float(rest @ rest), (left**2).sum(axis=0)
    explained = (rest @ left) ** 2 / spread if spread > 0 else np.zeros_like(squares)
    return spread, np.vstack([squares, squares - explained])


def _share(now: float, without: float) -> float:
    return max(0.0, 1 - float(now) / float(without)) if without > 0 else 0.0


def _strength(treatment_r2: float, outcome_r2: float) -> float:
    with_treatment, with_outcome = bound(treatment_r2, outcome_r2, 1.0)
    if with_treatment >= 1:
        return 1.0
    return robustness_value(float(np.sqrt(with_outcome * with_treatment / (1 - with_treatment))))


def _check(value: float, strengths: np.ndarray, groups: Sequence[str]) -> Quick:
    if not np.isfinite(value) or not len(groups):
        return Quick(None, "Robustness: there is nothing to compare a hidden cause with.")
    strongest = int(np.argmax(strengths))
    group = called(groups[strongest])
    beside = f"robustness value {100 * value:.1f} %, {group} {100 * strengths[strongest]:.1f} %"
    if value > strengths[strongest]:
        return Quick(
            True, f"Robustness: only a hidden cause stronger than any group measured would explain it away ({beside})."
        )
    return Quick(False, f"Robustness: a hidden cause weaker than {group} would explain it away ({beside}).")
