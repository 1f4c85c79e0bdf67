"""Sampling of controls: in each week so many for each treated unit, by chance that is the same every time.

What a sampled control stands for is 1 / the share of the week's controls that were taken.
"""

from typing import Final

import ibis
import ibis.expr.types as ir

from core.effects.designs.units import ASSIGNED, SHARE

WEEK_US: Final = 7 * 86_400_000_000
PRIME: Final = 2**31 - 1
WEEK: Final = "week of time zero"


def weeks(candidates: ir.Table) -> ir.Table:
    """The candidates with the number of their week."""
    return candidates.mutate(**{WEEK: candidates.time_zero_us // WEEK_US})


def sampled(eligible: ir.Table, controls_per_treated: int, seed: int) -> ir.Table:
    """Every treated candidate, and of each week's controls a share, with SHARE; weeks without treated have none.

    eligible: with `unit_id, WEEK, ASSIGNED`.
    """
    week = ibis.window(group_by=WEEK)
    treated = eligible[ASSIGNED] == 1
    counted = eligible.mutate(
        **{
            "treated of week": treated.sum().over(week),
            "controls of week": (~treated).sum().over(week),
        }
    )
    wanted = counted["treated of week"] * controls_per_treated / counted["controls of week"].nullif(0)
    share = ibis.ifelse(counted[ASSIGNED] == 1, 1.0, ibis.least(wanted, 1.0))
    counted = counted.mutate(**{SHARE: share})
    kept = counted.filter((counted[ASSIGNED] == 1) | (uniform(counted.unit_id, seed) < counted[SHARE]))
    return kept.drop("treated of week", "controls of week")


def uniform(number: ir.IntegerValue, seed: int) -> ir.FloatingValue:
    """A number in [0, 1) that looks random, from a whole number and a seed: the same in every engine.

    Three polynomials over a prime field; every product stays below 2^63.
    """
    first = (number % PRIME * 48_271 + seed % PRIME + 12_345) % PRIME
    second = (first * first + first * 16_807 + number % PRIME) % PRIME
    third = (second * second + second * 69_621 + seed % 65_536) % PRIME
    return third / float(PRIME)
