"""Moments that cannot be, that stand alone, or that are dates in disguise."""

from datetime import datetime

import numpy as np
import pandas as pd

from core.events.quality.finding import Finding, counted, passed, percent, step, unjudged
from core.events.quality.subject import Subject

WHOLE = {"day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000}
NEARLY_ALL = 0.95
FEW_EVENTS = 50
YEAR = 365
EARLIEST, LATEST = pd.Timestamp("1800-01-01"), pd.Timestamp("2250-01-01")


def future(subject: Subject) -> Finding:
    """Fails if events are later than the import of this version; share: of all events."""
    made_at = datetime.fromisoformat(str(subject.manifest["created_at"]).replace("Z", "+00:00")).replace(tzinfo=None)
    limit = pd.Timestamp(made_at) + pd.Timedelta(seconds=subject.spec.future_seconds)
    count = subject.number("SELECT count(*) FROM events WHERE timestamp > ?", [limit.to_pydatetime()])
    when = made_at.strftime("%Y-%m-%d %H:%M")
    if not count:
        return passed(f"No event is later than the import of {when} UTC.")
    share = count / subject.events
    latest = subject.number("SELECT max(timestamp_us) FROM events") / 1e6 - pd.Timestamp(made_at).timestamp()
    zone = " Hours rather than days: the file may hold local times east of UTC." if latest < 15 * 3600 else ""
    return Finding(
        False,
        f"{subject.of_events(count)} are later than the import of {when} UTC.{zone}",
        "warning" if zone else "error",
        int(count),
        share,
        examples=subject.examples("timestamp > ?", [limit.to_pydatetime()]),
        fix=step("time_range", start_at=None, end_at=limit.isoformat()),
    )


def far_moments(subject: Subject) -> Finding:
    """Fails if a few events stand before or after a long silence; share: of all events."""
    if subject.events < FEW_EVENTS:
        return unjudged(f"{subject.events} events are too few to say which moments are far from the rest.")
    start, end, silence, longer = _bulk(subject)
    if not silence:
        return passed("No event stands far before or after the rest.")
    where = "timestamp < ? OR timestamp >= ?"
    values = [(start or EARLIEST).to_pydatetime(), (end or LATEST).to_pydatetime()]
    count = subject.number(f"SELECT count(*) FROM events WHERE {where}", values)
    bounds = [*([f"before {start:%Y-%m-%d}"] if start else []), *([f"from {end:%Y-%m-%d} on"] if end else [])]
    return Finding(
        False,
        f"{subject.of_events(count)} stand {' and '.join(bounds)}, beyond a silence of {silence:,} days: epoch zero, a "
        "default date, a wrong year, or a trial before the start.",
        "warning" if longer else "info",
        int(count),
        count / subject.events,
        examples=subject.examples(where, values),
        fix=step("time_range", start_at=start and start.isoformat(), end_at=end and end.isoformat()),
    )


def _bulk(subject: Subject) -> tuple[pd.Timestamp | None, pd.Timestamp | None, int, bool]:
    """Where the bulk of the log starts and ends (None where nothing stands apart), the longest silence around it in
    days, and whether a silence is longer than the bulk."""
    days = subject.daily[subject.daily > 0]
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    longest, longer = 0, False
    allowed = subject.spec.far_share * subject.events
    while len(days) > 1:
        moments = pd.DatetimeIndex(days.index)
        silences = np.diff(moments.to_numpy()).astype("timedelta64[D]").astype(int)
        place = int(silences.argmax()) + 1
        silence = int(silences.max())
        before, after = days.iloc[:place], days.iloc[place:]
        smaller, larger = (before, after) if before.sum() <= after.sum() else (after, before)
        inside = pd.DatetimeIndex(larger.index)
        span = (inside[-1] - inside[0]).days
        if smaller.sum() > allowed or silence < max(subject.spec.far_days, min(span, YEAR)):
            break
        allowed -= float(smaller.sum())
        longest, longer = max(longest, silence), longer or silence > span
        if larger is after:
            start = inside[0]
        else:
            end = inside[-1] + pd.Timedelta(days=1)
        days = larger
    return start, end, longest, longer


def resolution(subject: Subject) -> Finding:
    """Fails if nearly all events stand at whole days or hours; share: of all events."""
    if subject.events < FEW_EVENTS:
        return unjudged(f"{subject.events} events are too few to tell the resolution of time.")
    counts = ", ".join(f"count(*) FILTER (timestamp_us % {size} = 0) AS {name}" for name, size in WHOLE.items())
    found = subject.row(f"SELECT {counts} FROM events")
    coarse = next((name for name in WHOLE if found[name] >= NEARLY_ALL * subject.events), None)
    if coarse in ("day", "hour"):
        count, share = int(found[coarse]), int(found[coarse]) / subject.events
        what = "dates without a time" if coarse == "day" else "hours without minutes"
        return Finding(
            False,
            f"{subject.of_events(count)} stand at a whole {coarse}: the log holds {what}, so the order within "
            f"{'a day' if coarse == 'day' else 'an hour'} is that of the file. Count by day or longer; no step can "
            "bring back what was not recorded.",
            "warning" if coarse == "day" else "info",
            count,
            share,
            examples=subject.examples(f"timestamp_us % {WHOLE[coarse]} = 0"),
        )
    midnight = int(found["day"])
    if midnight > max(20, 0.02 * subject.events):
        return Finding(
            False,
            f"{subject.of_events(midnight)} stand exactly at midnight: for these only the date is known.",
            "warning" if midnight > 0.1 * subject.events else "info",
            midnight,
            midnight / subject.events,
            examples=subject.examples(f"timestamp_us % {WHOLE['day']} = 0"),
        )
    fine = f"whole {coarse}s" if coarse else "fractions of a second"
    return passed(
        f"Moments are known in {fine}; {counted(midnight, 'event')} ({percent(midnight / subject.events)}) at midnight."
    )
