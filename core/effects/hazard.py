"""How fast something happens, by covariates: a hazard that is constant within each of a few stretches of time and
proportional in the covariates (a Poisson regression with the days at risk as exposure; Holford 1980).
"""

from dataclasses import dataclass

import numpy as np

STEPS = 50
FEWEST_EACH = 20  # events that a stretch needs to have a rate of its own


@dataclass(frozen=True)
class Hazard:
    """Unit i's rate on a day of stretch k is rates[k] * ratio[i].

    edges (s + 1,); rates (s,) per day; own (n, p) centred columns, slopes (p,): ratio = exp(own @ slopes);
    influence (n, s + p): of each unit on the logarithms of the rates and on the slopes; gain: twice the log-likelihood
    that the columns add.
    """

    edges: np.ndarray
    rates: np.ndarray
    own: np.ndarray
    slopes: np.ndarray
    influence: np.ndarray
    gain: float

    @property
    def ratio(self) -> np.ndarray:
        return np.asarray(np.exp(self.own @ self.slopes))

    def base(self, until: np.ndarray) -> np.ndarray:
        """(n,) cumulative hazard from the first edge to each of (n,) moments, of a unit with ratio 1."""
        return np.asarray(days_in(until, self.edges) @ self.rates)

    def gradient(self, until: np.ndarray) -> np.ndarray:
        """(n, s + p): how each unit's own cumulative hazard to its moment moves with log rates and slopes."""
        own = days_in(until, self.edges) * self.rates * self.ratio[:, None]
        return np.hstack([own, self.own * own.sum(axis=1)[:, None]])

    def gradient_at(self, moment: np.ndarray) -> np.ndarray:
        """(n, s + p): how the logarithm of each unit's hazard at its moment moves."""
        place = stretch_of(moment, self.edges)
        return np.hstack([(place[:, None] == np.arange(len(self.rates))).astype(float), self.own])


def stretches(start: float, end: float, moments: np.ndarray, most: int) -> np.ndarray:
    """Edges of at most so many stretches from start to end, with about equally many of the moments in each."""
    count = max(1, min(most, len(moments) // FEWEST_EACH))
    inner = np.quantile(moments, np.linspace(0, 1, count + 1)[1:-1]) if count > 1 else np.zeros(0)
    return np.unique([start, *inner[(inner > start) & (inner < end)], end])


def days_in(until: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(n, s) days that each of (n,) moments leaves in each stretch."""
    return np.asarray(np.clip(until[:, None], edges[:-1], edges[1:]) - edges[:-1])


def stretch_of(moment: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(n,) the stretch that each moment is in; one on an edge belongs to the earlier."""
    return np.asarray(np.clip(np.searchsorted(edges, moment, side="left") - 1, 0, len(edges) - 2))


def fit_hazard(
    own: np.ndarray, until: np.ndarray, happened: np.ndarray, edges: np.ndarray, weights: np.ndarray
) -> Hazard:
    """own (n, p) columns; until (n,): the end of each unit's time at risk, which starts at the first edge (a unit never
    at risk ends there); happened (n,): whether it happened then; weights (n,).

    Given the ratios the rates have a closed form; Newton's method finds the slopes.
    """
    base = weights / weights.mean()
    own = own - np.average(own, axis=0, weights=base)
    days = days_in(until, edges)
    events = happened[:, None] * (stretch_of(until, edges)[:, None] == np.arange(len(edges) - 1))
    count, moved = base @ events, own.T @ (base * happened)
    slopes = np.zeros(own.shape[1])
    start = best = _profile(own, days, base, count, moved, slopes)[0]
    for _ in range(STEPS if own.shape[1] else 0):
        _, scale, exposure = _profile(own, days, base, count, moved, slopes)
        means = (scale[:, None] * days).T @ own / exposure[:, None]
        pull = moved - count @ means
        at_risk = scale * (days @ (count / exposure))
        curvature = (own * at_risk[:, None]).T @ own - (means * count[:, None]).T @ means
        step = np.linalg.pinv(curvature, rcond=1e-10, hermitian=True) @ pull
        size = 1.0
        while _profile(own, days, base, count, moved, slopes + size * step)[0] < best and size > 1e-6:
            size /= 2
        slopes = slopes + size * step
        best = _profile(own, days, base, count, moved, slopes)[0]
        if float(pull @ step) < 1e-10 * count.sum():
            break
    _, scale, exposure = _profile(own, days, base, count, moved, slopes)
    rates = count / exposure
    expected = days * rates * np.exp(own @ slopes)[:, None]
    return Hazard(edges, rates, own, slopes, _influence(own, events, expected, base), max(2 * (best - start), 0.0))


def _profile(
    own: np.ndarray, days: np.ndarray, base: np.ndarray, count: np.ndarray, moved: np.ndarray, slopes: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood at the best rates for these slopes; (n,) weighted ratios; (s,) weighted days by ratio."""
    scale = base * np.exp(own @ slopes)
    exposure = np.maximum(scale @ days, 1e-300)
    return float(moved @ slopes - (count * np.log(exposure)).sum()), scale, exposure


def _influence(own: np.ndarray, events: np.ndarray, expected: np.ndarray, base: np.ndarray) -> np.ndarray:
    score = np.hstack([events - expected, own * (events - expected).sum(axis=1)[:, None]]) * base[:, None]
    weighted = expected * base[:, None]
    total = weighted.sum(axis=1)
    cross = weighted.T @ own
    information = np.block([[np.diag(weighted.sum(axis=0)), cross], [cross.T, (own * total[:, None]).T @ own]])
    return np.asarray(score @ np.linalg.pinv(information / len(own), rcond=1e-12, hermitian=True))
