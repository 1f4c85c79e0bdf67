"""Tenure: how long the user has been known. The only family that looks beyond the lookback."""

from core.events.features.feature import DAY_US, MOMENT, Feature
from core.events.features.subject import Subject


def tenure(subject: Subject) -> list[Feature]:
    """Days since the user's first event of the log."""
    words = "Days from the user's first event in the log to the moment, whatever the lookback"
    return [
        subject.feature(
            "tenure_days", "Days since the first event", words, "days",
            lambda rows: (rows[MOMENT] - rows.first_us).max() / DAY_US, over="began",
        )
    ]  # fmt: skip
