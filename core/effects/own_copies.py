"""Columns of a ready table that say another one exactly: adjusting for the outcome itself leaves nothing to find."""

from typing import Final

import numpy as np
import pandas as pd

from core.effects.covariates import TEXT_LEVELS

SAME: Final = 1e-12  # two columns that lack less than this of a correlation of 1 are one
FEWEST: Final = 10  # rows with both, from which on nobody believes a coincidence


def same_numbers(values: pd.Series, target: np.ndarray) -> bool:
    """Whether a column of numbers is target (n,) in another unit, where it is not empty."""
    if not pd.api.types.is_numeric_dtype(values):
        return False
    read = values.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(read)
    read, other = read[known], target[known]
    if len(read) < min(FEWEST, len(target)) or np.ptp(read) == 0 or np.ptp(other) == 0:
        return False
    # Sizes first: squares of what is very large or very small are not numbers any more.
    read, other = read / np.abs(read).max(), other / np.abs(other).max()
    if min(np.ptp(read), np.ptp(other)) < np.sqrt(np.finfo(float).eps):
        return bool(np.array_equal(read, other))  # too little of them varies for a correlation
    return bool(abs(np.corrcoef(read, other)[0, 1]) > 1 - SAME)


def says(values: pd.Series, target: np.ndarray) -> bool:
    """Whether a column is target (n,) in another unit, or each of its few values comes with one value of it."""
    if same_numbers(values, target):
        return True
    codes, found = pd.factorize(values)
    filled = codes >= 0
    if len(target) < FEWEST or not 2 <= len(found) <= TEXT_LEVELS or filled.sum() < FEWEST:
        return False
    counts = np.bincount(codes[filled], minlength=len(found))
    by_value = pd.Series(target[filled]).groupby(codes[filled])
    return bool(counts.min() >= 2 and np.ptp(target[filled]) > 0 and (by_value.min() == by_value.max()).all())
