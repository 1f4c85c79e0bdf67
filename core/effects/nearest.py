"""Nearest neighbours, exactly, with all that tie: by a tree in few dimensions, by every distance in many.

A tree looks into nearly every corner once there are many dimensions; then all distances at once, by matrix products in
single precision, are faster. They only say where to look: what is near enough to be nearest is measured again exactly.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from core.storage.machine import free_threads

FEW_DIMENSIONS: Final = 7  # up to here a tree is faster
ROWS, TILE = 1024, 512  # of a block of distances; both together stay in the processor's cache
ROUNDING: Final = 2e-6  # of the squared lengths: more than single precision can be wrong by
TIED: Final = 1e-9  # relative difference of two distances that is rounding


def nearest_pairs(asking: np.ndarray, offered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(m,), (m,) rows of asking (a, d) and of offered (b, d): of each asking row every nearest one, at least one."""
    if asking.shape[1] <= FEW_DIMENSIONS or len(offered) <= TILE:
        return _by_tree(asking, offered)
    return _by_every_distance(asking, offered)


def _by_tree(asking: np.ndarray, offered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    tree = cKDTree(offered)
    distances, found = tree.query(asking, k=[1, 2], workers=free_threads())
    reach = distances[:, 0] * (1 + TIED) + TIED
    tied, alone = np.flatnonzero(distances[:, 1] <= reach), np.flatnonzero(distances[:, 1] > reach)
    shared = tree.query_ball_point(asking[tied], reach[tied], return_sorted=True)
    many = np.fromiter((len(each) for each in shared), dtype=int, count=len(tied))
    flat = np.fromiter((each for several in shared for each in several), dtype=int, count=int(many.sum()))
    return np.concatenate([alone, np.repeat(tied, many)]), np.concatenate([found[alone, 0], flat])


def _by_every_distance(asking: np.ndarray, offered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    center = offered.mean(axis=0)
    asking, offered = asking - center, offered - center
    lengths = (offered**2).sum(axis=1)
    # One product gives |o|^2 - 2 a'o, which orders as the distance does.
    left = np.column_stack([-2 * asking, np.ones(len(asking))]).astype(np.float32)
    right = np.ascontiguousarray(np.column_stack([offered, lengths]).astype(np.float32).T)
    margin = ROUNDING * ((asking**2).sum(axis=1) + lengths.max())

    def block(start: int) -> tuple[np.ndarray, np.ndarray]:
        rows = slice(start, min(start + ROWS, len(asking)))
        lowest = np.column_stack(
            [(left[rows] @ right[:, tile : tile + TILE]).min(axis=1) for tile in range(0, len(offered), TILE)]
        )
        near = lowest <= (lowest.min(axis=1) + margin[rows])[:, None]
        return _measured(asking[rows], offered, near, start)

    with threadpool_limits(1), ThreadPoolExecutor(free_threads()) as pool:
        parts = list(pool.map(block, range(0, len(asking), ROWS)))
    one, other = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return one, other


def _measured(asking: np.ndarray, offered: np.ndarray, near: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
    """The nearest pairs of a block, measured in the tiles (rows, tiles) in which they may lie."""
    found = []
    for tile in np.flatnonzero(near.any(axis=0)):
        rows = np.flatnonzero(near[:, tile])
        distances = cdist(asking[rows], offered[tile * TILE : (tile + 1) * TILE])
        best = distances <= distances.min(axis=1, keepdims=True) * (1 + TIED) + TIED
        place, column = np.nonzero(best)
        found.append((rows[place], tile * TILE + column, distances[place, column]))
    one, other, distances = (np.concatenate(columns) for columns in zip(*found, strict=True))
    least = np.full(len(asking), np.inf)
    np.minimum.at(least, one, distances)
    kept = distances <= least[one] * (1 + TIED) + TIED
    return start + one[kept], other[kept]
