"""Annotations: releases, campaigns and other moments that a change in the log may come from."""

from datetime import UTC, datetime
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from core.events.definitions.names import a_name
from core.specs import Spec
from core.storage.shelf import kept
from core.storage.workspace import Workspace

SHELF = "annotations"


class Annotation(Spec):
    """at, end_at: UTC if no zone is given; end_at is null for a moment. event: the event that came with it, if one did
    (before a release, its event cannot have happened)."""

    event_references: ClassVar[tuple[str, ...]] = ("event",)

    label: str = Field(min_length=1, max_length=80)
    at: datetime
    end_at: datetime | None = None
    kind: Literal["release", "campaign", "other"] = "release"
    event: str | None = None

    _label = field_validator("label")(a_name)

    @field_validator("at", "end_at")
    @classmethod
    def _utc(cls, moment: datetime | None) -> datetime | None:
        return moment if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)

    @property
    def name(self) -> str:
        return self.label

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end_at is not None and self.end_at <= self.at:
            raise ValueError("end_at must be after at; leave it out for a moment")
        return self


def annotations(workspace: Workspace, log_id: str) -> list[Annotation]:
    """The annotations of a log, in the order of time."""
    found = [Annotation.read(body) for body in kept(workspace, SHELF, log_id=log_id).values()]
    return sorted(found, key=lambda each: (each.at, each.label))
