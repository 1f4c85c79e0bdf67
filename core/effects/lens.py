"""How the learners see covariates: on one scale, with long tails brought in, and through smooth bumps.

A lens is ground from the covariates of some units (never from treatment or outcome) and shows any units through it, so
that models learnt on one table predict for another.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

LONG_TAIL = 5.0  # a column that reaches so many standard deviations is shown by its ranks instead
EDGE = 4.0  # nothing is shown further out than so many standard deviations
LANDMARKS = 150  # units whose likeness describes a unit; twice as many changed no error in simulations
WIDTH = 2.0  # standard deviations over which units count as alike
ROUNDING = 1e-6
BLOCK = 1_000  # units described at a time, so that what is described stays in the processor


@dataclass(frozen=True)
class Column:
    """One covariate with its mean and standard deviation; grid, height: its ranks as normal scores, where the tails are
    long."""

    place: int
    mean: float
    spread: float
    grid: np.ndarray | None = None
    height: np.ndarray | None = None

    def show(self, values: np.ndarray) -> np.ndarray:
        """(n,) values on a scale of about 1, with their tails brought in."""
        if self.grid is not None and self.height is not None:
            return np.asarray(np.interp(values, self.grid, self.height))
        return np.clip((values - self.mean) / self.spread, -EDGE, EDGE)


@dataclass(frozen=True)
class Seen:
    """Units through a lens. straight (n, p): the covariates that vary, standardised; scaled (n, p): the same with tails
    brought in; bumps (n, q): likeness to landmarks."""

    straight: np.ndarray
    scaled: np.ndarray
    bumps: np.ndarray

    def rows(self, chosen: np.ndarray) -> "Seen":
        """The units at these places, or of this mask."""
        return Seen(self.straight[chosen], self.scaled[chosen], self.bumps[chosen])

    @property
    def units(self) -> int:
        return len(self.scaled)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see: no covariate varies."""
        return bool(self.scaled.shape[1] == 0)


class Lens:
    """Ground from covariates (n, p); p may be 0, and columns without variation are left out."""

    def __init__(self, matrix: np.ndarray) -> None:
        found = (_column(matrix[:, place], place) for place in range(matrix.shape[1]))
        self._columns = [column for column in found if column is not None]
        scaled = self._scaled(matrix)
        rng = np.random.default_rng(0)
        self._landmarks = np.unique(scaled[rng.permutation(len(scaled))[:LANDMARKS]], axis=0)

    def see(self, matrix: np.ndarray) -> Seen:
        """Units (n, p) of the same covariates through this lens."""
        scaled = self._scaled(matrix)
        if not self._columns:
            return Seen(scaled, scaled, np.zeros((len(matrix), 0)))
        straight = np.column_stack([(matrix[:, each.place] - each.mean) / each.spread for each in self._columns])
        parts = [self._likeness(scaled[start : start + BLOCK]) @ self._root for start in range(0, len(matrix), BLOCK)]
        return Seen(straight, scaled, np.vstack(parts) if parts else np.zeros((0, self._root.shape[1])))

    def _scaled(self, matrix: np.ndarray) -> np.ndarray:
        shown = [column.show(matrix[:, column.place]) for column in self._columns]
        return np.column_stack(shown) if shown else np.zeros((len(matrix), 0))

    @cached_property
    def _root(self) -> np.ndarray:
        """Nyström's map: inner products of the bumps of two units are their likeness, as far as landmarks can tell."""
        sizes, vectors = np.linalg.eigh(self._likeness(self._landmarks))
        kept = sizes > ROUNDING * sizes.max()
        return np.asarray(vectors[:, kept] / np.sqrt(sizes[kept]))

    def _likeness(self, scaled: np.ndarray) -> np.ndarray:
        """(n, landmarks): the mean likeness in one covariate plus the mean product of two covariates' likenesses.

        So a function that is smooth in it is a sum of curves of one and of two covariates (Duvenaud, Nickisch and
        Rasmussen, "Additive Gaussian processes", 2011, order 2).
        """
        count = scaled.shape[1]
        here, there = scaled.astype(np.float32), self._landmarks.astype(np.float32)
        ones = np.zeros((len(here), len(there)), dtype=np.float32)
        squares = np.zeros_like(ones)
        for place in range(count):
            apart = here[:, place, None] - there[None, :, place]
            alike = np.exp(apart * apart * np.float32(-0.5 / WIDTH**2))
            ones += alike
            squares += alike * alike
        alone = ones / count
        pairs = (ones * ones - squares) / (count * (count - 1)) if count > 1 else 0.0
        return np.asarray(alone + pairs, dtype=float)


def _column(values: np.ndarray, place: int) -> Column | None:
    spread = float(values.std())
    if not spread > ROUNDING * max(float(np.abs(values).max(initial=0.0)), ROUNDING):
        return None
    mean = float(values.mean())
    if np.abs(values - mean).max() <= LONG_TAIL * spread:
        return Column(place, mean, spread)
    grid, place_of, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(grid) == 2:  # a rare yes or no: ranks would change nothing
        return Column(place, mean, spread)
    height = ndtri((np.cumsum(counts) - counts / 2) / len(values))
    ranked = height[place_of]
    return Column(place, mean, spread, grid, (height - ranked.mean()) / ranked.std())
