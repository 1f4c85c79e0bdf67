"""Value: what the events were worth; events without a value count for nothing."""

from core.events.features.feature import Feature, latest
from core.events.features.subject import Subject


def value(subject: Subject) -> list[Feature]:
    """Sum, mean, greatest and last value; the sum of none is 0, the others are null without one."""
    if not subject.has_value:
        return []
    return [
        subject.feature(
            "value_sum", "Sum of values", "Sum of the events' values; 0 without any", "",
            lambda rows: rows["value"].sum().fill_null(0.0), empty=0.0,
        ),
        subject.feature(
            "value_mean", "Mean value", "Mean of the values of events that have one", "",
            lambda rows: rows["value"].mean(),
        ),
        subject.feature(
            "value_max", "Greatest value", "Greatest value of an event", "", lambda rows: rows["value"].max()
        ),
        subject.feature(
            "value_last", "Last value", "Value of the last event that has one", "",
            lambda rows: latest(rows["value"], rows),
        ),
    ]  # fmt: skip
