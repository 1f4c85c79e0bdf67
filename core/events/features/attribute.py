"""Attributes: the latest known value of each."""

from core.events.features.feature import Feature, latest
from core.events.features.subject import Subject


def attribute(subject: Subject) -> list[Feature]:
    """One feature for each attribute of the log."""
    return [
        subject.feature(
            f"latest_{entry['column']}", f"Latest: {entry['title']}",
            f"Latest known value of '{entry['title']}'", "",
            lambda rows, column=entry["column"]: latest(rows[column], rows), kind=entry["kind"],
        )
        for entry in subject.log.manifest["attributes"]
    ]  # fmt: skip
