"""Sessions and active days: in how many sittings the events came."""

from core.events.features.feature import CLOCK, Feature
from core.events.features.subject import Subject


def sessions(subject: Subject) -> list[Feature]:
    """Sessions, events a session, active days. A session under way at the moment counts by its events before it."""
    return [
        subject.feature(
            "sessions", "Sessions", "Number of sessions with an event", "sessions",
            lambda rows: rows.session_id.nunique(), empty=0,
        ),
        subject.feature(
            "events_per_session", "Events per session", "Number of events over number of sessions", "events",
            lambda rows: rows.count() / rows.session_id.nunique(),
        ),
        subject.feature(
            "active_days", "Active days", "Number of calendar days with an event", "days",
            lambda rows: rows[CLOCK].date().nunique(), empty=0,
        ),
    ]  # fmt: skip
