"""Rhythm: at what hours and on what days, by the clock of the chosen time zone.

Hours are on a circle: the mean of 23:00 and 01:00 is midnight, not noon. Each event is a point on it; the direction of
their mean is the usual hour, its length (0 to 1) says how usual it is.
"""

from math import pi
from typing import Final

import ibis.expr.types as ir

from core.events.features.feature import CLOCK, HOUR, Feature
from core.events.features.subject import Subject

NIGHT_ENDS: Final = 6
SATURDAY: Final = 5
DAY_SECONDS: Final = 86_400
NO_HOUR: Final = 1e-9  # a mean shorter than this points nowhere


def rhythm(subject: Subject) -> list[Feature]:
    """Shares at night and on weekends; the usual hour and how usual it is."""
    usual = "Circular mean of the events' time of day; null without events, or where they cancel out"
    steady = "Length of the circular mean of the events' time of day: 1 if all at the same time, 0 if all around"
    return [
        subject.feature(
            "night_share", "Share at night", f"Share of events between 0:00 and {NIGHT_ENDS}:00", "share",
            lambda rows: (rows[CLOCK].hour() < NIGHT_ENDS).mean(),
        ),
        subject.feature(
            "weekend_share", "Share on weekends", "Share of events on a Saturday or Sunday", "share",
            lambda rows: (rows[CLOCK].day_of_week.index() >= SATURDAY).mean(),
        ),
        subject.feature("usual_hour", "Usual hour", usual, HOUR, _usual_hour),
        subject.feature("hour_steadiness", "Steadiness of the hour", steady, "0 to 1", _length),
    ]  # fmt: skip


def _mean_point(rows: ir.Table) -> tuple[ir.FloatingValue, ir.FloatingValue]:
    angle = rows[CLOCK].epoch_seconds() * (2 * pi / DAY_SECONDS)  # whole days are whole turns
    return angle.cos().mean(), angle.sin().mean()


def _length(rows: ir.Table) -> ir.FloatingValue:
    x, y = _mean_point(rows)
    return (x * x + y * y).sqrt()


def _usual_hour(rows: ir.Table) -> ir.Value:
    x, y = _mean_point(rows)
    hour = (y.atan2(x) * (12 / pi) + 24) % 24
    return (_length(rows) > NO_HOUR).ifelse(hour, None)
