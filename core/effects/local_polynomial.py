"""Local polynomial regression: the height of a curve at a point, from the units near it.

A fit is linear in the outcomes, so it gives back the smoother's weights: value = weights @ outcomes, and the influence
of each unit is its weight times its residual. A fit one degree higher than the bandwidth was chosen for has the leading
bias removed: with equal bandwidths this is the robust bias correction of Calonico, Cattaneo and Titiunik (2014).
"""

from dataclasses import dataclass

import numpy as np

FEWEST = 10  # units with weight, below which nothing is fitted


@dataclass(frozen=True)
class LocalFit:
    """value: height at the point, NaN where too few units are near; smoother: (n,) weights that add to 1; influence:
    (n,) smoother * residual * n, whose mean's error is the value's; effective_units: of the kernel weights (Kish)."""

    value: float
    smoother: np.ndarray
    influence: np.ndarray
    effective_units: float


def triangular(distance: np.ndarray) -> np.ndarray:
    """(n,) weights that fall from 1 at distance 0 to 0 at distance 1 (in bandwidths)."""
    return np.asarray(np.maximum(1 - np.abs(distance), 0.0))


def local_fit(
    running: np.ndarray,
    outcome: np.ndarray,
    at: float,
    bandwidth: float,
    *,
    degree: int = 1,
    weights: np.ndarray | None = None,
) -> LocalFit:
    """Weighted least squares of outcome (n,) on powers of running (n,) - at, triangular kernel; its constant."""
    kernel = triangular((running - at) / bandwidth) * (1.0 if weights is None else weights)
    near = kernel > 0
    count, size = len(running), 0.0
    if near.any():
        size = float(kernel.sum() ** 2 / (kernel**2).sum())
    nothing = LocalFit(float("nan"), np.zeros(count), np.zeros(count), size)
    if near.sum() < FEWEST or len(np.unique(running[near])) < degree + 2:
        return nothing
    powers = np.vander((running[near] - at) / bandwidth, degree + 1, increasing=True)
    weighted = powers * kernel[near][:, None]
    inverse = np.linalg.pinv(powers.T @ weighted, rcond=1e-12, hermitian=True)
    fitted = inverse @ (weighted.T @ outcome[near])
    hat = np.einsum("ij,jk,ik->i", weighted, inverse, powers)
    smoother, influence = np.zeros(count), np.zeros(count)
    smoother[near] = weighted @ inverse[0]
    residual = (outcome[near] - powers @ fitted) / np.maximum(1 - hat, 0.1)  # HC3: small windows fit their own rows
    influence[near] = count * smoother[near] * residual
    return LocalFit(float(fitted[0]), smoother, influence, size)
