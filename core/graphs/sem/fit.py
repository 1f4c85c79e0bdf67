"""Global fit: are the correlations that the model implies those of the data?

χ² is the likelihood ratio against a model that claims nothing, with one degree of freedom per pair of columns without a
path. RMSEA with its customary 90 % interval (Browne, Cudeck 1993), CFI against independence (Bentler 1990), SRMR (Hu,
Bentler 1999). χ² and RMSEA take the columns for jointly normal; where they are yes or no, SRMR is the one to look at.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from core.graphs.noncentral import noncentrality
from core.graphs.sufficient import Moments
from core.graphs.variables import Floats

CLOSE, POOR = 0.05, 0.08


@dataclass(frozen=True)
class Fit:
    """passed None: nothing to test, or between close and poor. rmsea_low, rmsea_high: 90 % interval."""

    passed: bool | None
    sentence: str
    chi2: float | None = None
    degrees: int = 0
    p_value: float | None = None
    rmsea: float | None = None
    rmsea_low: float | None = None
    rmsea_high: float | None = None
    cfi: float | None = None
    srmr: float | None = None

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return dict(vars(self))


def fit_of(moments: Moments, implied: Floats, degrees: int) -> Fit:
    """How far the implied correlations are from the data's; degrees: of freedom, the correlations not used up."""
    observed = moments.correlation
    lower = np.tril_indices(len(observed))
    srmr = float(np.sqrt(((observed - implied)[lower] ** 2).mean()))
    if degrees <= 0:
        return Fit(None, "The model uses up all correlations, so its fit cannot fail.", degrees=0, srmr=srmr)
    chi2 = moments.units * max(_discrepancy(observed, implied), 0.0)
    independent = np.zeros_like(observed)
    for block in moments.blocks:
        independent[np.ix_(block, block)] = observed[np.ix_(block, block)]
    widths = np.array([len(block) for block in moments.blocks])
    base = moments.units * _discrepancy(observed, independent)
    base_degrees = int((widths.sum() ** 2 - (widths**2).sum()) // 2)
    excess, base_excess = max(chi2 - degrees, 0.0), max(base - base_degrees, chi2 - degrees, 1e-12)
    low, high = (
        float(np.sqrt(noncentrality(chi2, degrees, tail) / (degrees * moments.units))) for tail in (0.95, 0.05)
    )
    rmsea = float(np.sqrt(excess / (degrees * moments.units)))
    passed = True if high <= POOR and srmr <= POOR else False if low > POOR or srmr > 2 * POOR else None
    return Fit(
        passed, _sentence(passed, rmsea, low, high, srmr), float(chi2), degrees, float(stats.chi2.sf(chi2, degrees)),
        rmsea, low, high, float(1 - excess / base_excess), srmr,
    )  # fmt: skip


def _discrepancy(observed: Floats, implied: Floats) -> float:
    """The maximum-likelihood discrepancy of two correlation matrices."""
    sign, logged = np.linalg.slogdet(implied)
    if sign <= 0:
        return float("inf")
    return float(logged - np.linalg.slogdet(observed)[1] + np.trace(np.linalg.solve(implied, observed)) - len(observed))


def _sentence(passed: bool | None, rmsea: float, low: float, high: float, srmr: float) -> str:
    size = f"RMSEA {rmsea:.3f} ({low:.3f} to {high:.3f}), SRMR {srmr:.3f}"
    if passed:
        return f"The model fits {'closely' if high <= CLOSE else 'fairly'}: {size}."
    return f"The model fits badly: {size}." if passed is False else f"Whether the model fits cannot be told: {size}."
