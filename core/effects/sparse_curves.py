"""Curves of each covariate, and of the few pairs that matter, of which only those that help are kept.

A learner for what bends or depends on two covariates at once, and is nothing else: hinges along each covariate; for the
pairs whose cells still differ after that, slopes of one that change along the other; all under the lasso (least angle
regression: Efron, Hastie, Johnstone and Tibshirani 2004), stopped where Akaike's criterion is least.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import f as f_distribution

from core.effects.learners import ridge

KNOTS = np.linspace(-2.6, 2.6, 12)  # of the curve of one covariate, in standard deviations
ALONG = 25  # places, one as full as the other, where the slope of a pair's other covariate may change
CELLS = 4  # parts of a covariate when pairs are looked for
MOST_PAIRS = 4
SURE = 0.01  # a pair is taken when chance alone gives such cells so rarely, of all pairs looked at
PENALTIES = np.logspace(-3, 4, 15)
MOST_STEPS = 150  # of the path: at most so many columns are kept
VARIES = 1e-6
APART = 1e-5  # a trace of ridge: neighbouring hinges are nearly the same column

Basis = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Sparse:
    """columns: what makes (m, q) of units (m, p); kept: which of the q; the rest is the line through them."""

    columns: Basis
    center: np.ndarray
    spread: np.ndarray
    kept: np.ndarray
    slopes: np.ndarray
    level: float

    def chosen(self, scaled: np.ndarray, beside: np.ndarray | None = None) -> np.ndarray:
        """(m, kept) the columns kept, standardised, of units (m, p)."""
        columns = _beside(self.columns(scaled), beside)[:, self.kept]
        return np.asarray((columns - self.center[self.kept]) / self.spread[self.kept])

    def predict(self, scaled: np.ndarray, beside: np.ndarray | None = None) -> np.ndarray:
        """(m,) the expected target."""
        return np.asarray(self.level + self.chosen(scaled, beside) @ self.slopes)


def sparse_curves(scaled: np.ndarray, target: np.ndarray, beside: np.ndarray | None = None) -> Sparse:
    """Learn the target (n,) from units (n, p) on a scale of about 1; beside (n, k): columns that have no curve."""
    alone = _curves(scaled)
    standard = _standard(_beside(alone(scaled), beside))[0]
    residual = target - ridge(standard, target, penalties=PENALTIES)(standard)
    columns = _with_pairs(alone, scaled, pairs_that_matter(scaled, residual))
    standard, center, spread = _standard(_beside(columns(scaled), beside))
    level = float(target.mean())
    slopes = _lasso(standard, target - level)
    kept = np.flatnonzero(slopes)
    return Sparse(columns, center, spread, kept, slopes[kept], level)


def pairs_that_matter(scaled: np.ndarray, residual: np.ndarray) -> list[tuple[int, int]]:
    """The pairs of covariates in whose cells the mean residual differs by more than chance, the surest first."""
    parts = [_parts(column) for column in scaled.T]
    found = []
    for one, other in combinations(range(len(parts)), 2):
        cell = parts[one] * CELLS + parts[other]
        count = np.bincount(cell, minlength=CELLS * CELLS)
        total = np.bincount(cell, weights=residual, minlength=CELLS * CELLS)
        explained = float((total**2 / np.maximum(count, 1)).sum())
        filled = int((count > 0).sum())
        left = max(float(residual @ residual) - explained, 1e-12)
        ratio = explained / filled / (left / max(len(residual) - filled, 1))
        found.append((float(f_distribution.sf(ratio, filled, len(residual) - filled)), -ratio, (one, other)))
    found.sort()
    return [pair for chance, _, pair in found[:MOST_PAIRS] if chance * len(found) < SURE]


def _lasso(standard: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(q,) slopes at the point of the lasso's path where Akaike's criterion is least."""
    from sklearn.linear_model import lars_path_gram

    moment, count = standard.T @ target, len(target)
    gram = standard.T @ standard + APART * count * np.eye(standard.shape[1])
    _, _, path = lars_path_gram(moment, gram, n_samples=count, max_iter=MOST_STEPS, method="lasso")
    squares = target @ target - 2 * moment @ path + (path * (gram @ path)).sum(axis=0)
    freedom = (path != 0).sum(axis=0) + 1
    criterion = count * np.log(np.maximum(squares, 1e-12) / count) + 2 * freedom
    return np.asarray(path[:, int(np.argmin(criterion))])


def _curves(scaled: np.ndarray) -> Basis:
    """The covariates and their hinges, where they have more than two values."""
    bends = [place for place, column in enumerate(scaled.T) if len(np.unique(column[:1000])) > 2]

    def columns(units: np.ndarray) -> np.ndarray:
        hinges = np.maximum(units[:, bends, None] - KNOTS, 0.0)
        return np.hstack([units, hinges.reshape(len(units), len(bends) * len(KNOTS))])

    return columns


def _with_pairs(alone: Basis, scaled: np.ndarray, pairs: list[tuple[int, int]]) -> Basis:
    shares = np.linspace(0, 1, ALONG + 2)[1:-1]
    knots = {place: np.unique(np.quantile(scaled[:, place], shares)) for pair in pairs for place in pair}

    def columns(units: np.ndarray) -> np.ndarray:
        made = [alone(units)]
        for pair in pairs:
            made.append(np.prod(units[:, pair], axis=1)[:, None])
            for along, other in (pair, pair[::-1]):
                made.append(np.maximum(units[:, [along]] - knots[along], 0.0) * units[:, [other]])
        return np.hstack(made)

    return columns


def _parts(column: np.ndarray) -> np.ndarray:
    edges = np.unique(np.quantile(column, np.linspace(0, 1, CELLS + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, column))


def _beside(columns: np.ndarray, beside: np.ndarray | None) -> np.ndarray:
    return columns if beside is None else np.hstack([columns, beside])


def _standard(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standardised columns, their means and spreads; what does not vary stays 0."""
    center, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > VARIES, spread, np.inf)
    return (columns - center) / spread, center, spread
