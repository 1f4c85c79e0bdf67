"""Is an instrument strong enough, and what may be said when it is not?

All from the two reduced forms, outcome and treatment on the instruments, with their joint covariance by user. Effective
F: Montiel Olea and Pflueger (2013), with its critical value for a bias of a tenth. Anderson and Rubin (1949): the
effects under which the instruments would explain nothing; right however weak they are, and without end where they say
nothing.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

BIAS = 0.10  # of the worst bias, which an effective F above its critical value keeps the two-stage estimate under
GRID = 2001


@dataclass(frozen=True)
class ReducedForms:
    """Instruments made orthonormal: on_outcome, on_treatment (k,), and the covariance (2k, 2k) of both, stacked."""

    on_outcome: np.ndarray
    on_treatment: np.ndarray
    covariance: np.ndarray

    @property
    def count(self) -> int:
        return len(self.on_treatment)

    def gap(self, effect: float) -> tuple[np.ndarray, np.ndarray]:
        """What is left of the outcome's coefficients under this effect (k,), and its covariance (k, k)."""
        turn = np.hstack([np.eye(self.count), -effect * np.eye(self.count)])
        return self.on_outcome - effect * self.on_treatment, turn @ self.covariance @ turn.T


def reduced_forms(
    instruments: np.ndarray, treatment: np.ndarray, outcome: np.ndarray, weights: np.ndarray, clusters: np.ndarray
) -> ReducedForms:
    """Of columns (n, k) and (n,) from which the covariates are already taken out; the instruments not collinear."""
    share = weights / weights.sum()
    sizes, vectors = np.linalg.eigh(instruments.T @ (share[:, None] * instruments))
    basis = instruments @ (vectors / np.sqrt(sizes))
    weighted = share[:, None] * basis
    both = [weighted.T @ outcome, weighted.T @ treatment]
    left = [outcome - basis @ both[0], treatment - basis @ both[1]]
    pieces = np.hstack([weighted * rest[:, None] for rest in left])
    sums = np.column_stack([np.bincount(clusters, weights=piece) for piece in pieces.T])
    groups = np.count_nonzero(np.bincount(clusters))
    return ReducedForms(both[0], both[1], groups / (groups - 1) * sums.T @ sums)


def effective_f(forms: ReducedForms) -> tuple[float, float]:
    """The effective F and its critical value: above it, bias is at most BIAS of the worst, at the 5 % level."""
    spread = forms.covariance[forms.count :, forms.count :]
    trace = float(np.trace(spread))
    found = float(forms.on_treatment @ forms.on_treatment) / trace
    ratio = 1 / BIAS
    largest = float(np.linalg.eigvalsh(spread)[-1])
    freedom = trace**2 * (1 + 2 * ratio) / (float(np.trace(spread @ spread)) + 2 * ratio * trace * largest)
    return found, float(ncx2.ppf(0.95, freedom, ratio * freedom) / freedom)


def anderson_rubin(forms: ReducedForms, centre: float, scale: float) -> list[tuple[float, float]]:
    """The 95 % set as intervals in order; an end is infinite where the set has no end; [] where every effect is
    rejected, which speaks against the instruments. centre, scale: where to look closest."""
    limit = float(chi2.ppf(0.95, forms.count))

    def excess(angle: float) -> float:
        gap, covariance = forms.gap(centre + scale * float(np.tan(angle)))
        return float(gap @ np.linalg.pinv(covariance, hermitian=True) @ gap) - limit

    angles = np.linspace(-np.pi / 2, np.pi / 2, GRID + 2)[1:-1]
    inside = _statistics(forms, centre + scale * np.tan(angles)) <= limit
    if not inside.any():
        return []
    edges = [-np.inf] if inside[0] else []
    for place in np.flatnonzero(inside[1:] != inside[:-1]):
        edges.append(centre + scale * float(np.tan(brentq(excess, angles[place], angles[place + 1]))))
    if inside[-1]:
        edges.append(np.inf)
    return [(float(low), float(high)) for low, high in zip(edges[::2], edges[1::2], strict=True)]


def _statistics(forms: ReducedForms, effects: np.ndarray) -> np.ndarray:
    """(m,) Anderson-Rubin statistics of m effects at once."""
    count = forms.count
    outcome, both, treatment = (
        forms.covariance[rows, columns]
        for rows, columns in (
            (slice(count), slice(count)),
            (slice(count), slice(count, None)),
            (slice(count, None), slice(count, None)),
        )
    )
    by = effects[:, None, None]
    covariance = outcome - by * (both + both.T) + by**2 * treatment
    gap = forms.on_outcome - effects[:, None] * forms.on_treatment
    solved = np.einsum("mij,mj->mi", np.linalg.pinv(covariance, hermitian=True), gap)
    return np.asarray((gap * solved).sum(axis=1))
