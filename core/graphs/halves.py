"""Two fixed halves of the users: one to discover a graph with, one to estimate with it.

An edge that the data suggested looks stronger in the data that suggested it; the other half has not seen it. Which half
a user is in follows from their id alone, so every version of a log, every process and every machine agrees.
"""

from collections.abc import Iterable
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Half = Literal["all", "discovery", "estimation"]
KEY: Final = "whypath-halves-1"  # 16 characters, as pandas' hash asks


def in_half(ids: Iterable[Any], half: Half) -> NDArray[np.bool_]:
    """A mask of the ids (of users, or whatever keeps rows together) that belong to the half."""
    texts = np.array([str(each) for each in ids], dtype=object)
    if half == "all":
        return np.ones(len(texts), dtype=bool)
    odd = pd.util.hash_array(texts, hash_key=KEY, categorize=True) % 2 == 1
    return np.asarray(odd if half == "estimation" else ~odd, dtype=bool)
