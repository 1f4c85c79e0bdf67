"""When the treatment came into being: before its release annotation nobody can have been treated."""

from dataclasses import dataclass

from core.errors import NotFound
from core.events.definitions.annotations import annotations
from core.events.definitions.references import resolved, same_events
from core.storage.engine import Log


@dataclass(frozen=True)
class Release:
    """at_us: microseconds since 1970; label: what the annotation is called."""

    at_us: int
    label: str


def release_of(log: Log, treatment: str) -> Release | None:
    """The earliest release annotation of the log whose event is the treatment; None if there is none."""
    for annotation in annotations(log.workspace, log.log_id):
        if annotation.kind == "release" and annotation.event and _means(log, annotation.event, treatment):
            return Release(round(annotation.at.timestamp() * 1_000_000), annotation.label)
    return None


def _means(log: Log, event: str, treatment: str) -> bool:
    try:
        return same_events(resolved(log.workspace, log.log_id, event), treatment)
    except NotFound:  # an event type that a later version of the log no longer has
        return same_events(event, treatment)
