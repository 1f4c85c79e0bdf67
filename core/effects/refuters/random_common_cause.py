"""Random common cause: one more covariate, of pure noise, must not move the estimate.

200 draws at once: the linear effect with one more covariate z follows from what is left of treatment and outcome, and
of z (Frisch, Waugh and Lovell). It moves by about a standard error over the root of the degrees of freedom, so it fails
where the covariates have used the data up: then anything would move the estimate.
"""

import numpy as np

from core.effects.partialled import Partialled, contrast, partialled
from core.effects.refutation import Attempt, Refutation, not_told, refutation, sized
from core.effects.refuters.linear_checks import BLOCK_CELLS, DRAWS, quantiles

NAME = "random_common_cause"
MOVED_ALLOWED = 0.5  # of a standard error


def refute(attempt: Attempt) -> Refutation:
    """200 covariates of noise, one at a time, on the linear effect."""
    table, called = contrast(attempt.table)
    parts = partialled(table)
    values = effects_with_noise(parts, draws=DRAWS, rng=np.random.default_rng(attempt.seed))
    error = parts.scale / np.sqrt(parts.freedom) if parts.freedom > 0 else np.nan
    if not np.isfinite(values).all() or not np.isfinite(error):
        return not_told(NAME, "Not told: the linear effect has no value to be moved.")
    low, high = quantiles(values)
    moved = max(parts.value - low, high - parts.value) / error
    turned = float((values * parts.value < 0).mean()) if abs(parts.value) > 2 * error else 0.0
    passed = bool(moved <= MOVED_ALLOWED and turned == 0)
    unit = table.outcome_unit
    stays = "stays" if passed else "does not stay"
    said = (
        f"With a covariate of noise {called} {stays} where it was: expected {sized(unit, parts.value)}, got "
        f"{sized(unit, values.mean(), low, high)} over {DRAWS} draws, moved by up to {moved:.2g} of its standard error."
    )
    if not passed:
        said += f" Only {parts.freedom:,} degrees of freedom are left beside the covariates."
    details = {"draws": values.tolist(), "moved_errors": float(moved), "degrees_of_freedom": parts.freedom}
    return refutation(
        NAME, passed, said, value=float(values.mean()), low=low, high=high, expected=parts.value, details=details
    )


def effects_with_noise(parts: Partialled, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(draws,) linear effects, each with one more covariate of standard normal noise."""
    units = len(parts.roots)
    tt, ty = parts.treatment @ parts.treatment, parts.treatment @ parts.outcome
    found = []
    step = max(1, BLOCK_CELLS // units)
    for start in range(0, draws, step):
        noise = rng.standard_normal((min(step, draws - start), units)) * parts.roots
        with_basis = noise @ parts.basis
        zz = np.einsum("ij,ij->i", noise, noise) - np.einsum("ij,ij->i", with_basis, with_basis)
        zt, zy = noise @ parts.treatment, noise @ parts.outcome
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((ty - zt * zy / zz) / (tt - zt**2 / zz))
    return np.concatenate(found)
