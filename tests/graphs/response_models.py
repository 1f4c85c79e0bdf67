"""Binary structural models whose counterfactuals can be counted: each node answers its causes by one of four functions.

Which functions are drawn is all the chance there is, so that the value of every node in every world is known for every
draw. A function and its opposite are both possible, so that every combination of values is.
"""

from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tests.graphs.brute_force import Small

Values = list[NDArray[np.int64]]


class ResponseModel:
    """A random model on a small graph."""

    def __init__(self, small: Small, rng: np.random.Generator) -> None:
        self.small = small
        self.causes = [[a for a, b in small.edges if b == node] for node in range(small.nodes)]
        self.answers = []
        for causes in self.causes:
            one = np.array([row.bit_count() & 1 for row in range(2 ** len(causes))])  # depends on every cause
            other = rng.integers(0, 2, 2 ** len(causes))
            self.answers.append(np.stack([one, 1 - one, other, 1 - other]))
        self.draws = np.array(list(product(range(4), repeat=small.nodes)))
        chances = rng.dirichlet(np.full(4, 3.0), small.nodes)
        self.weights = np.prod(chances[np.arange(small.nodes), self.draws], axis=1)

    def world(self, setting: Mapping[int, NDArray[np.int64] | int]) -> Values:
        """The value of every node in every draw, where some nodes are set."""
        values: Values = []
        for node, causes in enumerate(self.causes):  # lower numbers come first
            if node in setting:
                values.append(np.broadcast_to(np.asarray(setting[node]), len(self.draws)))
            else:
                row = sum(
                    (values[cause] << place for place, cause in enumerate(causes)), np.zeros(len(self.draws), int)
                )
                values.append(self.answers[node][self.draws[:, node], row])
        return values

    def mean(self, values: NDArray[np.int64], among: NDArray[np.bool_] | None = None) -> float:
        """The mean of something over the draws, or over some of them."""
        weights = self.weights if among is None else self.weights * among
        return float(weights @ values / weights.sum())
