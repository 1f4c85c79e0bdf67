"""Measures of how the arms differ in a covariate: standardised differences, variance ratios, distribution functions.

The vocabulary is cobalt's (Greifer). All of them take weights; for an amount there are correlations instead.
"""

import numpy as np


def standardised_differences(
    matrix: np.ndarray, treatment: np.ndarray, weights: np.ndarray, base: np.ndarray | None = None
) -> np.ndarray:
    """(p,) differences of weighted means in units of the standard deviation before weighting; 0 where nothing varies.

    (mean of treated - mean of control) / sqrt((variance of treated + variance of control) / 2), Austin (2009); units
    whose treatment is neither 1 nor 0 are not asked. base: (n,) the weights before; all alike by default.
    """
    base = np.ones(len(treatment)) if base is None else base
    arms = [treatment == 1, treatment == 0]
    spread = np.sqrt(sum(variances(matrix[arm], base[arm]) for arm in arms) / 2)
    treated, control = (np.average(matrix[arm], axis=0, weights=weights[arm]) for arm in arms)
    return _scaled(treated - control, spread)


def correlations(matrix: np.ndarray, amount: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(p,) weighted correlations with an amount (n,); 0 where nothing varies."""
    centred = matrix - np.average(matrix, axis=0, weights=weights)
    gap = amount - np.average(amount, weights=weights)
    together = np.average(centred * gap[:, None], axis=0, weights=weights)
    return _scaled(together, np.sqrt(variances(matrix, weights) * variances(amount[:, None], weights)))


def variance_ratios(matrix: np.ndarray, treatment: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(p,) weighted variance of the treated over that of the controls; NaN where the controls do not vary."""
    treated, control = (variances(matrix[treatment == arm], weights[treatment == arm]) for arm in (1, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(control > 0, treated / control, np.nan)


def kolmogorov_smirnov(values: np.ndarray, treatment: np.ndarray, weights: np.ndarray) -> float:
    """The largest gap between the arms' weighted distribution functions of values (n,); 0 to 1."""
    order = np.argsort(values, kind="stable")
    shares = [weights[treatment == arm].sum() for arm in (0, 1)]
    signed = np.where(treatment == 1, weights / shares[1], -weights / shares[0])
    gaps, ordered = np.cumsum(signed[order]), values[order]
    ends = np.append(ordered[1:] != ordered[:-1], True)  # ties are passed together
    return float(np.abs(gaps[ends]).max())


def variances(matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(p,) weighted variances of columns (n, p)."""
    mean = np.average(matrix, axis=0, weights=weights)
    return np.asarray(np.average((matrix - mean) ** 2, axis=0, weights=weights))


def _scaled(gap: np.ndarray, spread: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((spread == 0) & (np.abs(gap) < 1e-12), 0.0, gap / spread)
