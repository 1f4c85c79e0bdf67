"""The two passes over all events that a Hawkes fit repeats, compiled on first use.

Events at the same moment do not set each other off. A user is observed from their first event on, so that one counts as
a cause and not as something to explain. Imported only where a fit runs.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from core.graphs.variables import Floats

Codes = NDArray[np.int64]


@numba.njit(cache=True)
def expectation(
    times: Floats, kinds: Codes, starts: Codes, own: Floats, influence: Floats, decay: float, length: float
) -> tuple[Floats, Floats, float, Floats, float]:
    """Where each event came from: its user's base rate (`own`, at its moment), or which type of earlier event.

    Returns (events,) the chance that it came from the base rate, 0 for a user's first; events of type [from, to] set
    off; the sum of their delays in hours; events by type, weighed by the share of their effect that the log still sees;
    the sum of log rates.
    """
    types = len(influence)
    base = np.zeros(len(times))
    jumps = np.ascontiguousarray(influence.T) * decay  # [to, from], in the order that the inner loop reads
    caused = np.zeros((types, types))  # [to, from]
    followed = np.zeros(types)
    delays, logs = 0.0, 0.0
    here, age = np.zeros(types), np.zeros(types)
    for user in range(len(starts) - 1):
        here[:] = 0.0
        age[:] = 0.0
        first, end = starts[user], starts[user + 1]
        before = times[first]
        while first < end:
            now = times[first]
            gap = now - before
            fade = np.exp(-decay * gap)
            for kind in range(types):
                age[kind] = (age[kind] + here[kind] * gap) * fade
                here[kind] = here[kind] * fade
            before = now
            last = first
            while last < end and times[last] == now:
                if first > starts[user]:
                    kind = kinds[last]
                    rate = own[last]
                    for source in range(types):
                        rate += jumps[kind, source] * here[source]
                    logs += np.log(rate)
                    base[last] = own[last] / rate
                    for source in range(types):
                        weight = jumps[kind, source] / rate
                        caused[kind, source] += weight * here[source]
                        delays += weight * age[source]
                last += 1
            for place in range(first, last):
                here[kinds[place]] += 1.0
                followed[kinds[place]] += 1.0 - np.exp(-decay * (length - now))
            first = last
    return base, np.ascontiguousarray(caused.T), delays, followed, logs


@numba.njit(cache=True)
def information(times: Floats, kinds: Codes, starts: Codes, own: Floats, influence: Floats, decay: float) -> Floats:
    """(types, types + 1, types + 1): per target type, observed information of its influences and of its base level."""
    types = len(influence)
    found = np.zeros((types, types + 1, types + 1))
    here, slope = np.zeros(types), np.zeros(types + 1)
    for user in range(len(starts) - 1):
        here[:] = 0.0
        first, end = starts[user], starts[user + 1]
        before = times[first]
        while first < end:
            now = times[first]
            fade = np.exp(-decay * (now - before))
            for kind in range(types):
                here[kind] = here[kind] * fade
            before = now
            last = first
            while last < end and times[last] == now:
                if first > starts[user]:
                    kind = kinds[last]
                    rate = slope[types] = own[last]
                    for source in range(types):
                        slope[source] = decay * here[source]
                        rate += influence[source, kind] * slope[source]
                    for one in range(types + 1):
                        for other in range(types + 1):
                            found[kind, one, other] += slope[one] * slope[other] / (rate * rate)
                last += 1
            for place in range(first, last):
                here[kinds[place]] += 1.0
            first = last
    return found
