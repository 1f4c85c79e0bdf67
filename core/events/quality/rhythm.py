"""What the log's own rhythm leads one to expect of each hour: its level times its week."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVEL_HOURS = 28 * 24
WEEKLY_FROM_HOURS = 21 * 24  # with less, only the day has a profile
TRIMMED = 0.99  # of the squared deviations; the largest are what is looked for


@dataclass(frozen=True)
class Rhythm:
    """counts: events per hour; profile: relative rate of each hour, 1 on average; dispersion: variance over mean of
    hours, and of whole days (1 for independent events, more because events come in sessions and days differ)."""

    counts: Floats
    profile: Floats
    hour_dispersion: float
    day_dispersion: float

    def expected(self, start: int, end: int) -> float:
        """Events expected in the hours from `start` to before `end`, from the quieter of the four weeks on either
        side, so that growth and decline are no gaps."""
        before, after = self.counts[max(0, start - LEVEL_HOURS) : start], self.counts[end : end + LEVEL_HOURS]
        level = min(float(before.mean()), float(after.mean()))
        return level * float(self.profile[start:end].sum())

    def dispersion(self, hours: float) -> float:
        """The dispersion for a stretch of so many hours."""
        return self.hour_dispersion if hours < 12 else max(self.hour_dispersion, self.day_dispersion)


def rhythm_of(hourly: "pd.Series[float]") -> Rhythm:
    """The rhythm of events per hour, over a series without holes."""
    counts: Floats = np.asarray(hourly, dtype=np.float64)
    level: Floats = np.asarray(hourly.rolling(LEVEL_HOURS, center=True, min_periods=1).mean(), dtype=np.float64)
    index = pd.DatetimeIndex(hourly.index)
    weekly = len(counts) >= WEEKLY_FROM_HOURS
    slot = np.asarray(index.weekday * 24 + index.hour if weekly else index.hour, dtype=np.int64)
    size = 168 if weekly else 24
    profile = (_sums(slot, counts, size) / np.maximum(_sums(slot, level, size), 1e-9))[slot]
    expected = level * profile
    days = np.arange(len(counts)) // 24
    by_day = _dispersion(_sums(days, counts), _sums(days, expected))
    return Rhythm(counts, profile, _dispersion(counts, expected), by_day)


def _sums(groups: NDArray[np.int64], values: Floats, size: int = 0) -> Floats:
    return np.bincount(groups, values, size).astype(np.float64)


def _dispersion(counts: Floats, expected: Floats) -> float:
    sure = expected > 0.1
    if not sure.any():
        return 1.0
    squared = (counts[sure] - expected[sure]) ** 2 / expected[sure]
    return max(1.0, float(squared[squared <= np.quantile(squared, TRIMMED)].mean()))
