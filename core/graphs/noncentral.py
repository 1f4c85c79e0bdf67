"""How far from nothing a χ² statistic says it is: its non-centrality, by inverting the non-central distribution."""

from typing import Final

import numpy as np
from scipy import optimize, stats

FAR: Final = 1e4  # a statistic beyond which the distribution is as good as normal


def noncentrality(statistic: float, degrees: int, tail: float) -> float:
    """The non-centrality under which a smaller statistic has the probability `tail`; 0 where there is none.

    The ends of a 95 % interval are those of the tails 0.975 and 0.025.
    """
    if stats.chi2.cdf(statistic, degrees) <= tail:
        return 0.0
    if statistic > FAR:
        centre = statistic - degrees
        return float(max(centre - stats.norm.ppf(tail) * np.sqrt(2 * degrees + 4 * centre), 0.0))
    most = statistic + 10 * np.sqrt(statistic) + 50
    return float(optimize.brentq(lambda value: stats.ncx2.cdf(statistic, degrees, value) - tail, 1e-9, most))
