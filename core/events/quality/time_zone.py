"""Whether the hours of the log can be those of a clock on the wall.

People sleep: activity is lowest around four in the morning. Where the quietest six hours of the log lie elsewhere, the
timestamps are not in the users' local time. That is right for a log in UTC, and a fault where local time was meant.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.events.quality.finding import Finding, passed, percent, step, unjudged
from core.events.quality.subject import Subject

Floats = NDArray[np.float64]
QUIET_HOURS = 6
NIGHT_HOUR = 4.0  # where the quietest hours are centred on a local clock
DEEP_ENOUGH = 0.5  # of the mean hour: above it the log has no night
FEW_DAYS, FEW_EVENTS = 6, 500
AGREEMENT_HOURS = 2.0
NEAR = 0.05  # windows this near to the quietest (of the mean) count as equally quiet


def time_zone(subject: Subject) -> Finding:
    """Fails if the quietest six hours are not at night; share: of the events that fall between 1 and 7 o'clock."""
    index = pd.DatetimeIndex(subject.hourly.index)
    day = np.asarray((index.normalize() - index[0].normalize()).days)
    if day[-1] < FEW_DAYS or subject.events < FEW_EVENTS:
        return unjudged(
            f"{subject.events:,} events on {day[-1] + 1} days are too few for a daily rhythm; {FEW_EVENTS} on "
            f"{FEW_DAYS + 1} days are needed."
        )
    counts, hour = np.asarray(subject.hourly, dtype=np.float64), np.asarray(index.hour)
    profile = _by_hour(hour, counts)
    if (profile > 0).sum() == 1:
        return unjudged("Every event lies in the same hour of the day: the log holds dates, not times.")
    centre, depth = _quiet(profile)
    halves = [_quiet(_by_hour(hour[day % 2 == odd], counts[day % 2 == odd]))[0] for odd in (0, 1)]
    if depth > DEEP_ENOUGH or abs(_apart(halves[0], halves[1])) > AGREEMENT_HOURS:
        return unjudged(
            f"The log has no clear night (its quietest six hours hold {percent(depth)} of what average hours do): "
            "users of many zones, machines, or too few events to tell."
        )
    share = float(profile[1:7].sum() / profile.sum())
    around = f"the quietest six hours are centred on {_clock(centre)} UTC as stored"
    start, end = subject.spec.night_from_hour, subject.spec.night_to_hour
    if (centre - start) % 24 <= (end - start) % 24:
        return passed(f"Night is at night: {around}.", share=share)
    hours = round(_apart(NIGHT_HOUR, centre))
    zoneless = any("carries no time zone and was taken as UTC" in note for note in subject.manifest["notes"])
    if zoneless:
        advice = (
            "The file names no zone and was taken as UTC. If it does hold UTC, choose the users' zone above and leave "
            "this; if its clock was wrong, the fix shifts it"
        )
    else:
        advice = "The file says its zone, so nothing need be mended: choose the users' zone above"
    return Finding(
        False,
        f"Doubt, by rhythm alone: {around}, as if users lived near UTC{hours:+d} (give or take two hours). {advice}.",
        "info",
        int(profile[1:7].sum()),
        share,
        examples=tuple(
            {"hour_stored": f"{int(place):02d}:00", "events": int(profile[int(place)])}
            for place in (np.argmax(profile), np.argmin(profile), NIGHT_HOUR)
        ),
        fix=step("shift_time", hours=hours) if zoneless else None,
    )


def _by_hour(hour: NDArray[np.int32], counts: Floats) -> Floats:
    return np.bincount(hour, counts, 24).astype(np.float64)


def _quiet(profile: Floats) -> tuple[float, float]:
    """Centre of the quietest six hours on the clock, and their mean as a share of the mean hour. Of windows that are
    nearly as quiet, the middle."""
    around = np.concatenate([profile, profile[:QUIET_HOURS]])
    means = np.array([around[start : start + QUIET_HOURS].mean() for start in range(24)])
    mean = float(profile.mean())
    near = np.flatnonzero(means <= means.min() + NEAR * mean)
    angles = (near + QUIET_HOURS / 2) / 24 * 2 * np.pi
    centre = float(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean()) / (2 * np.pi) * 24 % 24)
    return centre, float(means.min()) / mean


def _apart(hour: float, other: float) -> float:
    """How far one hour is after another on the clock, from -12 to 12."""
    return (hour - other + 12) % 24 - 12


def _clock(hour: float) -> str:
    minutes = round(hour * 60) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
