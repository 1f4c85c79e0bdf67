"""Curves of each covariate, and of the few pairs that matter, of which only those that help are kept.

A learner for what bends or depends on two covariates at once, and is nothing else: hinges along each covariate; for the
pairs whose cells still differ after that, slopes of one that change along the other; all under the lasso (least angle
regression: Efron, Hastie, Johnstone and Tibshirani 2004), stopped where Akaike's criterion is least.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import f as f_distribution
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import lars_path_gram

# A path that ends early because columns are nearly the same is chosen from as far as it goes.
warnings.filterwarnings("ignore", "Early stopping the lars path|Regressors in active set", ConvergenceWarning)

KNOTS = np.linspace(-2.6, 2.6, 12)  # of the curve of one covariate, in standard deviations
ALONG = 25  # places, one as full as the other, where the slope of a pair's other covariate may change
MOST_KNOTS = 20  # of a curve that misses are looked for along, where there is room for as many
FEWEST_ALONG = 4  # with room for fewer, the least sure pair is left out
CELLS = 4  # parts of a covariate when pairs are looked for
MOST_PAIRS = 4
SURE = 0.01  # a pair is taken when chance alone gives such cells so rarely, of all pairs looked at
PENALTY = 10.0  # of the curves that pairs are looked for beside
MOST_STEPS = 400  # of the path: at most so many columns are kept
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
        return np.asarray((columns - self.center) / self.spread)

    def predict(self, scaled: np.ndarray, beside: np.ndarray | None = None) -> np.ndarray:
        """(m,) the expected target."""
        return np.asarray(self.level + self.chosen(scaled, beside) @ self.slopes)


@dataclass(frozen=True)
class Moments:
    """What a regression needs of columns (n, q) and a target (n,): the products of standardised columns, gram (q, q)
    and moment (q,), squares of the centred target; columns that do not vary count as 0."""

    gram: np.ndarray
    moment: np.ndarray
    squares: float
    level: float
    center: np.ndarray
    spread: np.ndarray
    units: int

    @classmethod
    def of(cls, columns: np.ndarray, target: np.ndarray) -> "Moments":
        """Gathered in one pass over the columns."""
        units, center, level = len(target), columns.mean(axis=0), float(target.mean())
        gram = columns.T @ columns - units * np.outer(center, center)
        spread = np.sqrt(np.maximum(np.diag(gram), 0.0) / units)
        spread = np.where(spread > VARIES * (1 + np.abs(center)), spread, np.inf)
        away = target - level
        moment = columns.T @ away / spread
        return cls(gram / np.outer(spread, spread), moment, float(away @ away), level, center, spread, units)

    def ridge(self) -> np.ndarray:
        """(q,) slopes of the standardised columns under a mild penalty."""
        return np.asarray(np.linalg.solve(self.gram + PENALTY * np.eye(len(self.gram)), self.moment))

    def lasso(self) -> np.ndarray:
        """(q,) slopes at the point of the lasso's path where Akaike's criterion is least."""
        gram = self.gram + APART * self.units * np.eye(len(self.gram))
        _, _, path = lars_path_gram(self.moment, gram, n_samples=self.units, max_iter=MOST_STEPS, method="lasso")
        squares = self.squares - 2 * self.moment @ path + (path * (gram @ path)).sum(axis=0)
        freedom = (path != 0).sum(axis=0) + 1
        criterion = self.units * np.log(np.maximum(squares, 1e-12) / self.units) + 2 * freedom
        return np.asarray(path[:, int(np.argmin(criterion))])


def sparse_curves(scaled: np.ndarray, target: np.ndarray, beside: np.ndarray | None = None) -> Sparse:
    """Learn the target (n,) from units (n, p) on a scale of about 1; beside (n, k): columns that have no curve."""
    alone = _curves(scaled, KNOTS)
    of_curves, pairs = _pairs_beside(_beside(alone(scaled), beside), scaled, target)
    columns = _with_pairs(alone, scaled, pairs, ALONG)
    found = Moments.of(_beside(columns(scaled), beside), target) if pairs else of_curves
    slopes = found.lasso()
    kept = np.flatnonzero(slopes)
    return Sparse(columns, found.center[kept], found.spread[kept], kept, slopes[kept], found.level)


def pairs_of(scaled: np.ndarray, target: np.ndarray, beside: np.ndarray | None = None) -> list[tuple[int, int]]:
    """The pairs of covariates, of units (n, p), that say more of the target (n,) than the curves of each."""
    return _pairs_beside(_beside(_curves(scaled, KNOTS)(scaled), beside), scaled, target)[1]


def curves_and_pairs(scaled: np.ndarray, pairs: list[tuple[int, int]], most: int) -> np.ndarray | None:
    """(n, at most `most`) a constant, the covariates (n, p), hinges of each and of the pairs, as many as there is room
    for; None where there is room for no hinge."""
    units, wide = scaled.shape
    bends, room = len(_that_bend(scaled)), most - 1 - wide
    if room < bends:
        return None
    share = room // 2 if pairs else room
    finer = min(MOST_KNOTS, room // (3 * max(bends, 1)))  # only where enough is left for the pairs
    knots = max(min(len(KNOTS), share // max(bends, 1)), finer)
    along = (room - bends * knots - len(pairs)) // (2 * len(pairs)) if pairs else 0
    if pairs and (along < FEWEST_ALONG or (bends and not knots)):
        return curves_and_pairs(scaled, pairs[:-1], most)
    alone = _curves(scaled, np.linspace(KNOTS[0], KNOTS[-1], knots + 2)[1:-1])
    return np.hstack([np.ones((units, 1)), _with_pairs(alone, scaled, pairs, along)(scaled)])


def _pairs_beside(curves: np.ndarray, scaled: np.ndarray, target: np.ndarray) -> tuple[Moments, list[tuple[int, int]]]:
    """What a regression on the curves (n, q) needs, and the pairs that matter beside it."""
    found = Moments.of(curves, target)
    slopes = found.ridge() / found.spread
    return found, pairs_that_matter(scaled, target - found.level - (curves @ slopes - found.center @ slopes))


def pairs_that_matter(scaled: np.ndarray, residual: np.ndarray) -> list[tuple[int, int]]:
    """The pairs of covariates in whose cells the mean residual differs by more than chance, the surest first."""
    wide, units = scaled.shape[1], len(residual)
    if wide < 2:
        return []
    inside = np.column_stack([_parts(column)[:, None] == np.arange(CELLS) for column in scaled.T]).astype(float)
    count, total = inside.T @ inside, inside.T @ (inside * residual[:, None])

    def of_pairs(cells: np.ndarray) -> np.ndarray:
        """What the cells of each pair add up to, for the pairs above the diagonal."""
        return np.asarray(cells.reshape(wide, CELLS, wide, CELLS).sum(axis=(1, 3))[one, other])

    one, other = np.triu_indices(wide, 1)
    explained, filled = of_pairs(total**2 / np.maximum(count, 1)), of_pairs(count > 0)
    left = np.maximum(float(residual @ residual) - explained, 1e-12)
    ratio = explained / filled / (left / np.maximum(units - filled, 1))
    chance = f_distribution.sf(ratio, filled, np.maximum(units - filled, 1))
    surest = np.lexsort((-ratio, chance))[:MOST_PAIRS]
    return [(int(one[at]), int(other[at])) for at in surest if chance[at] * len(one) < SURE]


def _that_bend(scaled: np.ndarray) -> list[int]:
    return [place for place, column in enumerate(scaled.T) if len(np.unique(column[:1000])) > 2]


def _curves(scaled: np.ndarray, at: np.ndarray) -> Basis:
    """The covariates and their hinges at the places `at`, where they have more than two values."""
    bends = _that_bend(scaled)

    def columns(units: np.ndarray) -> np.ndarray:
        hinges = np.maximum(units[:, bends, None] - at, 0.0)
        return np.hstack([units, hinges.reshape(len(units), len(bends) * len(at))])

    return columns


def _with_pairs(alone: Basis, scaled: np.ndarray, pairs: list[tuple[int, int]], along: int) -> Basis:
    shares = np.linspace(0, 1, along + 2)[1:-1]
    knots = {place: np.unique(np.quantile(scaled[:, place], shares)) for pair in pairs for place in pair}

    def columns(units: np.ndarray) -> np.ndarray:
        made = [alone(units)]
        for pair in pairs:
            made.append(np.prod(units[:, pair], axis=1)[:, None])
            for one, other in (pair, pair[::-1]):
                made.append(np.maximum(units[:, [one]] - knots[one], 0.0) * units[:, [other]])
        return np.hstack(made)

    return columns


def _parts(column: np.ndarray) -> np.ndarray:
    edges = np.unique(np.quantile(column, np.linspace(0, 1, CELLS + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, column))


def _beside(columns: np.ndarray, beside: np.ndarray | None) -> np.ndarray:
    return columns if beside is None else np.hstack([columns, beside])
