"""Places at (0, 0): a device that did not know where it was."""

from core.events.columns import LATITUDE, LONGITUDE
from core.events.quality.finding import Finding, passed, percent, step, unjudged
from core.events.quality.subject import Subject

AT_ZERO = "latitude = 0 AND longitude = 0"


def zero_places(subject: Subject) -> Finding:
    """Fails if an event stands exactly at latitude 0, longitude 0; share: of the events with a place."""
    if not {LATITUDE, LONGITUDE} <= set(subject.optional):
        return unjudged("The log has no latitude and longitude.")
    placed = subject.number("SELECT count(*) FROM events WHERE latitude IS NOT NULL AND longitude IS NOT NULL")
    if not placed:
        return unjudged("No event has a place.")
    count = subject.number(f"SELECT count(*) FROM events WHERE {AT_ZERO}")
    if not count:
        return passed(f"None of {int(placed):,} events with a place stands at (0, 0).")
    share = count / placed
    return Finding(
        False,
        f"{int(count):,} of {int(placed):,} events with a place ({percent(share)}) stand exactly at (0, 0).",
        subject.severity(share),
        int(count),
        share,
        examples=subject.examples(AT_ZERO, also=[LATITUDE, LONGITUDE]),
        fix=step("clear_places"),
    )
