"""Bootstrap draws that cost the same for a thousand rows and for a million.

The units are shuffled once into bunches of equal number, at most a few hundred, and whole bunches are drawn with
replacement. Bunches are as exchangeable as the units in them, so the spread of the draws is that of units; with fewer
units than bunches each unit is its own.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.graphs.sufficient import Embedded, Moments
from core.graphs.variables import Floats

MOST: Final = 400
HELD: Final = 2e7  # numbers held for the second moments of all bunches


def bunches(rows: int, clusters: NDArray[np.int64] | None, *, seed: int, most: int = MOST) -> NDArray[np.int64]:
    """(rows,) the number of each row's bunch, from 0; rows of a cluster share theirs."""
    units = rows if clusters is None else int(clusters.max()) + 1
    place = np.random.default_rng(seed).permutation(units) % min(most, units)
    return place if clusters is None else place[clusters]


def drawn_weights(number: int, draws: int, seed: int) -> Floats:
    """(draws, number) how often each bunch is in each draw."""
    times = np.random.default_rng(seed + 1).multinomial(number, np.full(number, 1 / number), size=draws)
    return times.astype(np.float64)


def drawn_moments(embedded: Embedded, *, draws: int, seed: int) -> Iterator[Moments]:
    """Correlations of bootstrap draws of the units of an embedded table."""
    width = embedded.matrix.shape[1]
    most = int(max(50, min(MOST, HELD / width**2)))
    bunch = bunches(len(embedded.matrix), embedded.clusters, seed=seed, most=most)
    order = np.argsort(bunch, kind="stable")
    ends = np.flatnonzero(np.diff(bunch[order], append=-1)) + 1
    parts = np.split(embedded.matrix[order], ends[:-1])
    counts = np.array([len(part) for part in parts], dtype=np.float64)
    sums = np.stack([part.sum(axis=0) for part in parts])
    products = np.stack([part.T @ part for part in parts])
    for times in drawn_weights(len(parts), draws, seed):
        rows = times @ counts
        means = times @ sums / rows
        covariance = np.tensordot(times, products, axes=1) / rows - np.outer(means, means)
        scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
        correlation = covariance / np.outer(scale, scale)
        np.fill_diagonal(correlation, 1.0)
        yield Moments(embedded.names, correlation, embedded.blocks, embedded.units)
