"""A Hawkes process between event types: does one type make another likelier for a while?

The rate of type j for a user is a base rate of their own times an hour-of-week rhythm, plus, for every earlier event of
type i, a jump that fades exponentially. `influence[i, j]` is how many events of type j one event of type i sets off, so
neither a busy user nor a busy hour is read as an edge. Fitted by expectation maximisation (Veen, Schoenberg 2008), with
users' base rates shrunk towards their mean (gamma prior).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from core.graphs.discovery.contract import Edge, Knowledge, edge
from core.graphs.discovery.granger import significant
from core.graphs.discovery.hawkes_passes import expectation, information
from core.graphs.discovery.streams import HOURS, Streams
from core.graphs.discovery.time_settings import HawkesSettings
from core.graphs.variables import Floats

ROUNDS: Final = 60
SETTLED: Final = 3e-4  # change of the influences at which the fit has settled
EVENTS_TO_START: Final = 40_000  # enough to find where to begin; the fit itself is on all
PRIOR_EVENTS: Final = 1.0  # the prior on a user's base rate weighs as much as this many events
DECAYS: Final = (1e-4, 3600.0)  # per hour
START_HOURS: Final = (0.02, 0.25, 4.0)  # mean delays to start from: a minute, a quarter, an afternoon


@dataclass(frozen=True)
class Fit:
    """influence: (types, types), [from, to], events set off per event. decay: per hour. rates: (users, types) base
    rates per hour; rhythm: (hours of the week, types), mean 1. errors: (types, types) standard errors of influence."""

    influence: Floats
    decay: float
    rates: Floats
    rhythm: Floats
    errors: Floats
    likelihood: float


@dataclass(frozen=True)
class HawkesSearch:
    """Streams and settings; `start` is a fit of other draws to begin from."""

    streams: Streams
    settings: HawkesSettings
    start: Fit | None = None

    @cached_property
    def fit(self) -> Fit:
        return fitted(self.streams, self.settings.mean_delay_hours, self.start)

    @property
    def notes(self) -> tuple[str, ...]:
        own = np.diag(self.fit.influence)
        said = ", ".join(
            f"{name} {value:.2g}" for name, value in zip(self.streams.names, own, strict=True) if value > 0.05
        )
        return (
            f"{self.streams.rows:,} events of {self.streams.users:,} users; a mean delay of {60 / self.fit.decay:.3g} "
            "minutes.",
            *((f"Events that set off their own type (not edges), per event: {said}.",) if said else ()),
            "Precedes: more events of the target follow than the user's base rate and the hour of the week explain. "
            "A hidden cause of both can still be behind it.",
        )

    def edges(self, knowledge: Knowledge) -> list[Edge]:
        """Pairs whose influence differs from none (Wald test, Benjamini-Hochberg) and matters."""
        names, fit = self.streams.names, self.fit
        pairs = [
            (one, other)
            for one in range(len(names))
            for other in range(len(names))
            if one != other and knowledge.allows(names[one], names[other])
        ]
        z = np.array([fit.influence[pair] / max(fit.errors[pair], 1e-12) for pair in pairs])
        passed = significant(stats.norm.sf(z), self.settings.q)
        return [
            edge(names[one], names[other], "precedes", float(fit.influence[one, other]))
            for (one, other), found in zip(pairs, passed, strict=True)
            if (found and fit.influence[one, other] >= self.settings.least)
            or (names[one], names[other]) in knowledge.required
        ]

    def drawn(self, seed: int) -> "HawkesSearch":
        """As many users, drawn with replacement, fitted from this fit on."""
        return HawkesSearch(self.streams.drawn(seed), self.settings, self.fit)


def search(streams: Streams, settings: HawkesSettings) -> HawkesSearch:
    """Ready to search."""
    return HawkesSearch(streams, settings)


def seconds(rows: int, columns: int) -> float:
    """What one fit costs: passes over all events, each looking at every type."""
    return 4e-9 * rows * columns * ROUNDS + 2.0


def fitted(streams: Streams, mean_delay_hours: float | None, start: Fit | None = None) -> Fit:
    """Fit by expectation maximisation.

    Without a start, some of the users show where to begin: several mean delays are tried, the likeliest fit is kept.
    """
    if start is not None:
        return _climbed(streams, mean_delay_hours, start.influence, start.decay)
    some = streams.first_users(EVENTS_TO_START)
    types = len(streams.names)
    tried = (mean_delay_hours,) if mean_delay_hours is not None else START_HOURS
    climbs = (_climbed(some, mean_delay_hours, np.full((types, types), 0.1 / types), 1 / hours) for hours in tried)
    best = max(climbs, key=lambda fit: fit.likelihood)
    return best if some.rows == streams.rows else _climbed(streams, mean_delay_hours, best.influence, best.decay)


def _climbed(streams: Streams, mean_delay_hours: float | None, influence: Floats, decay: float) -> Fit:
    """One climb: by turns say where each event came from, and fit rates, rhythm, influences and decay to that."""
    types = len(streams.names)
    exposure = _Exposure.of(streams)
    owners = np.repeat(np.arange(streams.users), np.diff(streams.starts))
    hour = streams.week[np.minimum(streams.times.astype(np.int64), len(streams.week) - 1)]
    by_user = _Cells(owners * types + streams.kinds, (streams.users, types))
    by_hour = _Cells(hour * types + streams.kinds, (HOURS, types))
    rhythm = np.ones((HOURS, types))
    rates = _shrunk(by_user.summed(np.full(streams.rows, 0.5)), exposure.of_users(rhythm))
    likelihood = -np.inf
    for _ in range(ROUNDS):
        own = rates[owners, streams.kinds] * rhythm[hour, streams.kinds]
        base, caused, delays, followed, logs = expectation(
            streams.times, streams.kinds, streams.starts, own, influence, decay, streams.length
        )
        expected = float((rates * exposure.of_users(rhythm)).sum()) + float((influence * followed[:, None]).sum())
        likelihood = logs - expected
        before, influence = influence, caused / np.maximum(followed, 1e-12)[:, None]
        if mean_delay_hours is None and caused.sum() > 0:
            decay = float(np.clip(caused.sum() / max(delays, 1e-12), *DECAYS))
        rhythm = _rhythm(by_hour.summed(base), exposure.of_hours(rates))
        rates = _shrunk(by_user.summed(base), exposure.of_users(rhythm))
        if float(np.abs(influence - before).max()) < SETTLED:
            break
    own = rates[owners, streams.kinds] * rhythm[hour, streams.kinds]
    matrix = information(streams.times, streams.kinds, streams.starts, own, influence, decay)
    return Fit(influence, decay, rates, rhythm, _errors(matrix), likelihood)


@dataclass(frozen=True)
class _Cells:
    """Sums of a value per event into a table; places: (events,) flat positions in it."""

    places: NDArray[np.int64]
    shape: tuple[int, int]

    def summed(self, values: Floats) -> Floats:
        cells = np.bincount(self.places, values, self.shape[0] * self.shape[1])
        return np.asarray(cells, dtype=np.float64).reshape(self.shape)


@dataclass(frozen=True)
class _Exposure:
    """From which hour each user is observed (their first event), to the end of the log."""

    first: Floats
    week: Any

    @classmethod
    def of(cls, streams: Streams) -> "_Exposure":
        return cls(np.floor(streams.times[streams.starts[:-1]]), streams.week)

    def of_users(self, rhythm: Floats) -> Floats:
        """(users, types): hours observed, each weighed by the rhythm."""
        total = np.vstack([np.zeros(rhythm.shape[1]), np.cumsum(rhythm[self.week], axis=0)])
        return np.asarray(total[-1] - total[self.first.astype(np.int64)], dtype=np.float64)

    def of_hours(self, rates: Floats) -> Floats:
        """(hours of the week, types): events that base rates alone would give there."""
        running = np.zeros((len(self.week), rates.shape[1]))
        np.add.at(running, self.first.astype(np.int64), rates)
        folded = np.zeros((HOURS, rates.shape[1]))
        np.add.at(folded, self.week, np.cumsum(running, axis=0))
        return folded


def _shrunk(base: Floats, hours: Floats) -> Floats:
    """Users' base rates: their own events over their own hours, drawn towards the mean rate of all."""
    mean = base.sum(axis=0) / np.maximum(hours.sum(axis=0), 1e-12)
    return np.asarray((base + PRIOR_EVENTS) / (hours + PRIOR_EVENTS / np.maximum(mean, 1e-15)), dtype=np.float64)


def _rhythm(by_hour: Floats, expected: Floats) -> Floats:
    """The hour-of-week factor of each type: events there over events expected, with one week's worth of prior."""
    prior = np.maximum(by_hour.sum(axis=0) / HOURS, 1e-9)
    scale = by_hour.sum(axis=0) / np.maximum(expected.sum(axis=0), 1e-12)
    raw = (by_hour + prior) / (expected * scale + prior)
    return np.asarray(raw / raw.mean(axis=0), dtype=np.float64)


def _errors(matrix: Floats) -> Floats:
    """(types, types) standard errors from the observed information of each type's row of influences and base level."""
    types = matrix.shape[0]
    found = np.zeros((types, types))
    for target in range(types):
        covariance = np.linalg.pinv(matrix[target])
        found[:, target] = np.sqrt(np.maximum(np.diag(covariance)[:types], 0))
    return found
