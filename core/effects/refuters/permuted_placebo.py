"""Permuted treatment: deal the treatment out at random many times; the method should then find nothing.

Done on the linear effect, where all draws are one product of matrices (Frisch, Waugh and Lovell). Two things are looked
at: the middle 95 % of the values must include 0, and the 95 % intervals (errors robust to unequal variances) may
exclude 0 only about as often as they should. It fails where a few units decide the outcome's mean. It cannot see
confounding, so it can only lower a verdict.
"""

import numpy as np

from core.effects.interval import NORMAL_975
from core.effects.linear import NOTHING_LEFT, residuals
from core.effects.partialled import contrast, partialled
from core.effects.refutation import Attempt, Refutation, not_told, refutation, sized
from core.effects.refuters.linear_checks import DRAWS, quantiles
from core.effects.table import AnalysisTable

NAME = "permuted_placebo"
BLOCK = 50
ALARMS_ALLOWED = 0.10  # 5 % are due; at 200 draws 10 % is beyond three of its standard errors


def refute(attempt: Attempt) -> Refutation:
    """200 permutations of the treatment among the units, on the linear effect."""
    table, called = contrast(attempt.table)
    values, alarms = permuted_effects(table, draws=DRAWS, rng=np.random.default_rng(attempt.seed))
    if not np.isfinite(values).all() or not np.isfinite(alarms):
        return not_told(NAME, "Not told: with the treatment permuted the linear effect has no value.")
    low, high = quantiles(values)
    passed = bool(low <= 0 <= high and alarms <= ALARMS_ALLOWED)
    how_often = f"in {DRAWS} permutations its 95 % interval excludes 0 in {100 * alarms:.1f} %"
    vanishes, judged = ("vanishes", "as it should") if passed else ("does not vanish", "where 5 % are due")
    said = (
        f"With the treatment dealt out at random {called} {vanishes}: expected 0, got "
        f"{sized(table.outcome_unit, float(values.mean()), low, high)}; "
        f"{how_often}, {judged}."
    )
    details = {"draws": values.tolist(), "alarms_share": alarms}
    return refutation(NAME, passed, said, value=float(values.mean()), low=low, high=high, details=details)


def permuted_effects(table: AnalysisTable, *, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """(draws,) linear effects of permuted treatments, and the share of them whose 95 % interval excludes 0.

    NaN where the covariates leave nothing of treatment or outcome to compare.
    """
    parts = partialled(table)
    outcome, roots = parts.outcome, parts.roots
    total = roots * table.outcome
    if outcome @ outcome <= NOTHING_LEFT * (total @ total):
        return np.full(draws, np.nan), float("nan")
    values, alarms = [], []
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        permuted = np.column_stack([rng.permutation(table.treatment) for _ in range(size)])
        dealt = residuals(parts.basis, roots[:, None] * permuted)
        spread = (dealt**2).sum(axis=0)
        spread[spread <= NOTHING_LEFT * table.units] = np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            effect = (outcome @ dealt) / spread
            error = np.sqrt(((dealt * (outcome[:, None] - dealt * effect)) ** 2).sum(axis=0)) / spread
            alarms.append(np.abs(effect) > NORMAL_975 * error)
        values.append(effect)
    return np.concatenate(values), float(np.concatenate(alarms).mean())
