"""Granger causality in a vector autoregression: does the past of one series improve the forecast of another?

One least-squares fit of all series on the last `lags` steps of all, a Wald test per ordered pair (Lütkepohl 2005, 3.6),
and Benjamini-Hochberg over the pairs. An edge says "its past helps to forecast", given the other series.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from core.errors import NotEnoughData
from core.graphs.discovery.contract import Edge, Knowledge, edge
from core.graphs.discovery.series import Series
from core.graphs.discovery.time_settings import MOST_LAGS, GrangerSettings
from core.graphs.variables import Floats


@dataclass(frozen=True)
class Fit:
    """A fitted autoregression. coefficients: (lags, series, series), [lag, from, to]; residuals: (steps, series);
    inverse: of the lagged columns' products; variance: (series,) of the residuals."""

    coefficients: Floats
    residuals: Floats
    inverse: Floats
    variance: Floats

    def granger(self, source: int, target: int) -> tuple[float, float]:
        """(largest absolute coefficient of the source's lags, p-value that all are zero)."""
        lags, series = self.coefficients.shape[:2]
        places = 1 + np.arange(lags) * series + source
        weights = self.coefficients[:, source, target]
        spread = self.variance[target] * self.inverse[np.ix_(places, places)]
        statistic = float(weights @ np.linalg.solve(spread, weights)) / lags
        left = len(self.residuals) - 1 - lags * series
        return float(np.abs(weights).max()), float(stats.f.sf(statistic, lags, left))


@dataclass(frozen=True)
class GrangerSearch:
    """outcomes: (steps, series); past: (steps, 1 + lags · series), a one and the lagged series."""

    series: Series
    lags: int
    q: float
    outcomes: Floats
    past: Floats

    @property
    def notes(self) -> tuple[str, ...]:
        lags = f"{self.lags} lag{'s' if self.lags > 1 else ''}"
        return (f"Autoregression with {lags}; edges at a false discovery rate of {self.q:g}.",)

    @cached_property
    def fit(self) -> Fit:
        return fitted(self.outcomes, self.past, self.lags)

    def edges(self, knowledge: Knowledge) -> list[Edge]:
        """Lagged edges; those that the knowledge forbids are left out, those it requires are there."""
        names = self.series.names
        pairs = [
            (one, other)
            for one in range(len(names))
            for other in range(len(names))
            if one != other and knowledge.allows(names[one], names[other])
        ]
        tested = [self.fit.granger(one, other) for one, other in pairs]
        passed = significant(np.array([p_value for _, p_value in tested]), self.q)
        return [
            edge(names[one], names[other], "precedes", strength)
            for (one, other), (strength, _), found in zip(pairs, tested, passed, strict=True)
            if found or (names[one], names[other]) in knowledge.required
        ]

    def drawn(self, seed: int) -> "GrangerSearch":
        """Blocks of consecutive steps, drawn with replacement (Künsch 1989): within one, time runs as it did."""
        steps = len(self.outcomes)
        width = max(4 * self.lags, round(steps ** (1 / 3)))
        starts = np.random.default_rng(seed).integers(0, steps, -(-steps // width))
        rows = ((starts[:, None] + np.arange(width)[None, :]) % steps).ravel()[:steps]
        return GrangerSearch(self.series, self.lags, self.q, self.outcomes[rows], self.past[rows])


def search(series: Series, settings: GrangerSettings) -> GrangerSearch:
    """Ready to search; raises NotEnoughData when the lags leave too few steps."""
    lags = settings.lags or _lags_by_bic(series, settings.most_lags)
    outcomes, past = lagged(series, lags)
    return GrangerSearch(series, lags, settings.q, outcomes, past)


def seconds(rows: int, columns: int) -> float:
    """What one run costs: the products of the lagged columns."""
    return 2e-9 * rows * (MOST_LAGS * columns) ** 2 + 1e-3


def lagged(series: Series, lags: int) -> tuple[Floats, Floats]:
    """(outcomes, past): the steps that have `lags` steps before them in their segment. Raises NotEnoughData."""
    values = series.values
    whole = np.flatnonzero(series.segments[lags:] == series.segments[:-lags]) + lags
    if len(whole) < lags * values.shape[1] + 20:
        raise NotEnoughData(
            f"{len(whole):,} time steps have {lags} steps before them, too few for {values.shape[1]} series; ask for "
            "fewer lags or series."
        )
    past = np.column_stack([np.ones(len(whole)), *(values[whole - back] for back in range(1, lags + 1))])
    return values[whole], past


def fitted(outcomes: Floats, past: Floats, lags: int) -> Fit:
    """Least squares of all series at once."""
    products = past.T @ past
    inverse = np.asarray(np.linalg.pinv(products), dtype=np.float64)
    weights = inverse @ (past.T @ outcomes)
    residuals = outcomes - past @ weights
    variance = (residuals**2).sum(axis=0) / max(len(outcomes) - past.shape[1], 1)
    series = outcomes.shape[1]
    return Fit(weights[1:].reshape(lags, series, series), residuals, inverse, variance)


def significant(p_values: Floats, q: float) -> NDArray[np.bool_]:
    """Which p-values are discoveries at the false discovery rate q (Benjamini, Hochberg 1995)."""
    return np.asarray(stats.false_discovery_control(p_values) <= q)


def _lags_by_bic(series: Series, most: int) -> int:
    """The order with the smallest BIC, all fitted on the steps that the longest allows (Lütkepohl 2005, 4.3)."""
    width = series.values.shape[1]
    most = max(1, min(most, (len(series.values) // 4) // (width + 1)))
    outcomes, past = lagged(series, most)
    best, best_score = 1, np.inf
    for lags in range(1, most + 1):
        used = past[:, : 1 + lags * width]
        residuals = outcomes - used @ np.linalg.lstsq(used, outcomes, rcond=None)[0]
        fit = np.linalg.slogdet(residuals.T @ residuals / len(outcomes))[1]
        score = float(fit) + np.log(len(outcomes)) / len(outcomes) * lags * width**2
        if score < best_score:
            best, best_score = lags, score
    return best
