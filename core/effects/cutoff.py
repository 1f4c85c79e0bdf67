"""The jump of a curve at a cutoff: local lines from either side, their bandwidth, and the correction of their bias.

Bandwidth: the plug-in rule of Imbens and Kalyanaraman (2012), which minimises the mean squared error of local lines,
made narrower by n^(-1/20). A line over that bandwidth is off where the curve bends; a local square takes the leading
bias out and its error counts for having done so (Calonico, Cattaneo and Titiunik 2014, with equal bandwidths). What is
left of the bias is still too much for an interval at the first rule's bandwidth; the narrower one gives the interval
whose coverage is nearest to nominal (Calonico, Cattaneo and Farrell 2020, for lines).
"""

from dataclasses import dataclass

import numpy as np

from core.effects.local_polynomial import LocalFit, local_fit

TRIANGULAR_AT_EDGE = 3.4375
FEWEST_IN_REACH = 20  # units of a side within the bandwidth; it is widened to hold them
FEWEST_VALUES = 5  # different values of the running column, likewise
FOR_COVERAGE = -1 / 20  # power of the number of units: from the least squared error to the most honest interval


@dataclass(frozen=True)
class Jump:
    """value: height just above less just below; influence (n,) with mean 0; smoother (n,): + above, - below."""

    value: float
    influence: np.ndarray
    smoother: np.ndarray


def jump(
    running: np.ndarray, outcome: np.ndarray, cutoff: float, bandwidth: float, weights: np.ndarray, *, degree: int = 2
) -> Jump:
    """The jump of outcome (n,) where running (n,) passes the cutoff; degree 1: the local line, 2: corrected."""
    above, below = (
        _side(running, outcome, cutoff, bandwidth, weights * side, degree)
        for side in (running >= cutoff, running < cutoff)
    )
    influence = above.influence - below.influence
    return Jump(above.value - below.value, influence - influence.mean(), above.smoother - below.smoother)


def _side(
    running: np.ndarray, outcome: np.ndarray, cutoff: float, bandwidth: float, weights: np.ndarray, degree: int
) -> LocalFit:
    return local_fit(running, outcome, cutoff, bandwidth, degree=degree, weights=weights)


def best_bandwidth(running: np.ndarray, outcome: np.ndarray, cutoff: float) -> float:
    """For a corrected jump and its interval, in units of the running column; widened where a side would hold too few
    units or values."""
    spread, level = running.std(), outcome.std() or 1.0
    x, y = (running - cutoff) / spread, outcome / level
    right = x >= 0
    widest = float(np.abs(x).max())
    count = len(x)
    pilot = 1.84 * count**-0.2
    near = [(x >= 0) & (x <= pilot), (x < 0) & (x >= -pilot)]
    density = max(sum(int(side.sum()) for side in near) / (2 * count * pilot), 1e-6)
    noise = [float(y[side].var()) if side.sum() > 2 else float(y.var()) for side in near]
    middle = _between_medians(x, right)
    cubic = np.column_stack([np.ones(count), right, x, x**2, x**3])[middle]
    third = 6 * float(np.linalg.lstsq(cubic, y[middle], rcond=1e-10)[0][-1])
    bends, doubts = [], []
    for side, mask, own in zip((1, -1), (right, ~right), noise, strict=True):
        reach = 3.56 * (own / (density * max(third**2, 0.01))) ** (1 / 7) * mask.sum() ** (-1 / 7)
        used = mask & (side * x <= reach)
        if used.sum() < FEWEST_IN_REACH or len(np.unique(x[used])) < FEWEST_VALUES:
            used = mask
        bends.append(2 * float(np.polynomial.polynomial.polyfit(x[used], y[used], 2)[2]))
        doubts.append(2160 * own / (used.sum() * min(reach, widest) ** 4))
    ratio = sum(noise) / (density * ((bends[0] - bends[1]) ** 2 + sum(doubts)))
    found = min(TRIANGULAR_AT_EDGE * (ratio / count) ** 0.2 * count**FOR_COVERAGE, widest)
    needed = max(
        max(np.sort(own)[min(FEWEST_IN_REACH, len(own)) - 1], np.unique(own)[:FEWEST_VALUES][-1])
        for own in (np.abs(x[right]), np.abs(x[~right]))
    )
    return float(max(found, needed * 1.0001) * spread)


def _between_medians(x: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(n,) the units nearer to the cutoff than the median of their side."""
    return np.asarray(np.where(right, x <= np.median(x[right]), x >= np.median(x[~right])))
