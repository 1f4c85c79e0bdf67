"""Time until the outcome as pseudo-values: what each unit adds to the share still without the outcome, at each time.

Where follow-up ends early, a unit's own "still without at time t" is not known. The pseudo-value puts the Kaplan-Meier
curve plus the unit's influence on it in its place (Andersen, Klein and Rosthoj 2003): its mean given covariates is the
share wanted, so that any estimator for plain outcomes applies. Without censoring it is the unit's own 0 or 1.
"""

from dataclasses import dataclass

import numpy as np

from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, AnalysisTable

MOST_TIMES = 100
CELLS = 20_000_000  # units times times that are held at once


@dataclass(frozen=True)
class FollowUp:
    """ended: (n,) days until the outcome, or the end of follow-up or window; had: (n,) whether it was the outcome;
    horizon: days until which both arms are followed; times: (k,) increasing, at which the curves are known; exact:
    whether these are all moments at which the curves step."""

    ended: np.ndarray
    had: np.ndarray
    horizon: float
    times: np.ndarray
    exact: bool

    @property
    def censored(self) -> np.ndarray:
        """(n,) whether follow-up ended before the horizon without the outcome."""
        return ~self.had & (self.ended < self.horizon)

    def mean_days(self) -> tuple[float, np.ndarray]:
        """(constant, (k,) lengths): the mean time within the horizon is constant + shares still without @ lengths."""
        edges = np.append(self.times, self.horizon)
        after = np.diff(edges)
        if self.exact:
            return float(edges[0]), after
        lengths = after / 2
        lengths[1:] += after[:-1] / 2
        lengths[0] += edges[0] / 2
        lengths[-1] += after[-1] / 2
        return float(edges[0]) / 2, lengths


def follow_up(table: AnalysisTable) -> FollowUp:
    """From the table's EVENT_DAYS and FOLLOWED_DAYS; the horizon is the window, less where an arm is followed less."""
    event = table.frame[EVENT_DAYS].to_numpy(dtype=float)
    followed = table.frame[FOLLOWED_DAYS].to_numpy(dtype=float)
    reached = min(followed[table.treatment == arm].max() for arm in (0, 1))
    horizon = min(float(reached), table.window_days or float(reached))
    had = np.isfinite(event) & (event <= np.minimum(followed, horizon))
    ended = np.where(had, event, np.minimum(followed, horizon))
    moments = np.unique(ended[had])
    most = int(min(MOST_TIMES, max(20, CELLS // table.units)))
    exact = len(moments) <= most
    times = moments if exact else np.unique(np.quantile(ended[had], np.linspace(0, 1, most + 1)[1:]))
    return FollowUp(ended, had, horizon, times, exact)


def pseudo_values(
    given: FollowUp, chosen: np.ndarray, weights: np.ndarray, kept: np.ndarray | None = None
) -> np.ndarray:
    """(m, k) pseudo-values of the m units of a mask (n,), an arm.

    weights: (n,) how many units each stands for; kept: (n, k) inverse probability of being followed to each time.
    """
    ended, had, base = given.ended[chosen], given.had[chosen], weights[chosen]
    step = np.searchsorted(given.times, ended)  # the first time at or after the end
    places = np.arange(len(given.times))
    happened = had[:, None] & (step[:, None] == places)
    at_risk = (step[:, None] > places) | happened
    at_risk |= ~had[:, None] & (step[:, None] == places) & (ended[:, None] >= given.times)
    counted = at_risk if kept is None else at_risk * kept[chosen]
    share = base / base.sum()
    present = np.maximum(share @ counted, 1e-300)
    hazard = np.minimum((share @ (happened * counted)) / present, 1.0)
    without = np.cumprod(1 - hazard)
    surprise = counted * (happened - hazard) / (present * np.maximum(1 - hazard, 1e-12))
    return np.asarray(without - without * np.cumsum(surprise, axis=1))
