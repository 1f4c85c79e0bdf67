"""Many conditional independences at once, from second moments alone.

Wilks' lambda of two blocks given a third is a ratio of four determinants, so a thousand tests are a few stacked
factorisations. For two single columns 1 - lambda is the squared partial correlation.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from core.graphs.sufficient import Moments
from core.graphs.variables import Floats

Test = tuple[int, int, tuple[int, ...]]  # one, other, given: places of variables


@dataclass(frozen=True)
class Tested:
    """Arrays with one entry per test.

    sizes: what is left between the two, 0 to 1: the absolute partial correlation, and for blocks √(1 - λ) less what
    chance alone would leave. p_values: of Wilks' statistic with Bartlett's correction (Anderson 2003, 9.2).
    """

    sizes: Floats
    p_values: Floats


class BatchTester:
    """Tests on one set of moments; determinants are kept, because shuffled graphs ask for the same ones again."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self._widths = np.array([len(block) for block in moments.blocks])
        self._kept: dict[int, float] = {0: 0.0}

    def test(self, tests: Sequence[Test]) -> Tested:
        """All tests; no variable may be named twice in one of them."""
        sets = [_sets(test) for test in tests]
        self._determine({each for four in sets for each in four})
        kept = self._kept
        logs = np.array([kept[a] + kept[b] - kept[both] - kept[given] for a, b, both, given in sets])
        logs = np.minimum(np.maximum(logs, 0.0), -np.log(1e-15))
        left = np.array([self._widths[test[0]] for test in tests], dtype=np.int64)
        right = np.array([self._widths[test[1]] for test in tests], dtype=np.int64)
        fixed = np.array([self._widths[list(test[2])].sum() for test in tests], dtype=np.float64)
        factors = np.maximum(self._moments.units - 1 - fixed - (left + right + 1) / 2, 0.0)
        degrees = left * right
        statistics = factors * logs
        chance = np.where(degrees > 1, degrees, 0)  # of a single pair the plain partial correlation is reported
        unexplained = np.maximum(statistics - chance, 0.0) / np.maximum(factors, 1.0)
        p_values = np.where(factors > 0, stats.chi2.sf(statistics, degrees), 1.0)
        return Tested(np.sqrt(-np.expm1(-unexplained)), np.asarray(p_values))

    def _determine(self, wanted: set[int]) -> None:
        """Log determinants of the correlation matrices of sets of variables, those of one size at once."""
        by_size: dict[int, list[tuple[int, NDArray[np.int64]]]] = defaultdict(list)
        for each in wanted - self._kept.keys():
            columns = self._moments.columns(_members(each))
            by_size[len(columns)].append((each, columns))
        for group in by_size.values():
            index = np.stack([columns for _, columns in group])
            values = np.linalg.slogdet(self._moments.correlation[index[:, :, None], index[:, None, :]])[1]
            self._kept.update(zip((each for each, _ in group), values.tolist(), strict=True))


def _sets(test: Test) -> tuple[int, int, int, int]:
    """The four sets of a test as bits: given and one, given and other, all, given."""
    one, other, given = test
    fixed = sum(1 << each for each in given)
    return fixed | 1 << one, fixed | 1 << other, fixed | 1 << one | 1 << other, fixed


def _members(bits: int) -> list[int]:
    return [place for place in range(bits.bit_length()) if bits >> place & 1]
