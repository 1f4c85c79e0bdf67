"""Attributes: the latest known value of each."""

from collections.abc import Callable

import ibis.expr.types as ir

from core.events.features.feature import Feature, latest
from core.events.features.subject import Subject


def attribute(subject: Subject) -> list[Feature]:
    """One feature for each attribute of the log."""
    made = []
    for entry in subject.log.manifest["attributes"]:
        words = f"Latest known value of '{entry['title']}'"
        name, title = f"latest_{entry['column']}", f"Latest: {entry['title']}"
        made.append(subject.feature(name, title, words, "", _latest(entry["column"]), kind=entry["kind"]))
    return made


def _latest(column: str) -> Callable[[ir.Table], ir.Value]:
    return lambda rows: latest(rows[column], rows)
