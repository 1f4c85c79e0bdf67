"""Gaps: how long a user is away between one event and the next."""

from core.events.features.feature import Feature
from core.events.features.subject import Subject


def gaps(subject: Subject) -> list[Feature]:
    """Median and longest time between events that follow each other."""
    each = "time between an event and the user's event before it, wherever that lies, for the events"
    return [
        subject.feature(
            "gap_median_seconds", "Median gap", f"Median {each}", "seconds", lambda rows: rows.gap_seconds.median()
        ),
        subject.feature(
            "gap_longest_seconds", "Longest gap", f"Longest {each}", "seconds", lambda rows: rows.gap_seconds.max()
        ),
    ]  # fmt: skip
