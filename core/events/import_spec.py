"""What an import asks for: which files, which column plays which role, and how to read time."""

from typing import Any
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from core.events.cleaning.recipe import Recipe
from core.events.columns import (
    ARM,
    EVENT_TYPE,
    INSERT_ID,
    ITEM_ID,
    LATITUDE,
    LONGITUDE,
    ROLES,
    SESSION_GAP_SECONDS,
    SESSION_ID,
    TEXT,
    TIMESTAMP,
    USER_ID,
)  # fmt: skip
from core.events.privacy.spec import PrivacySpec
from core.events.time_settings import TimestampUnit
from core.specs import Spec

# Settings of one import, which do not say how the log is read.
ONCE = ("files", "name", "append_to", "replace", "recipe")

# What people type for a role, besides its name.
SHORT_ROLES = {
    "user": USER_ID, "item": ITEM_ID, "event": EVENT_TYPE, "type": EVENT_TYPE, "time": TIMESTAMP, "session": SESSION_ID,
    "lat": LATITUDE, "lon": LONGITUDE, "lng": LONGITUDE, "title": TEXT, "treatment_arm": ARM,
    "$insert_id": INSERT_ID, "message_id": INSERT_ID,
}  # fmt: skip


class ImportSpec(Spec):
    """Files of one shape, read one after the other into one log.

    files: paths; name: what the log is called (the first file's name if empty); mapping: {role: the file's column},
    empty to take what `recognise` guesses; day_first: whether 03/04/2020 is 3 April, None to decide from the data and
    say so; timestamp_unit: of numeric timestamps, None to decide from their size; time_zone: IANA name, in which times
    without a zone were written; encoding, delimiter, has_header, sheet (of a workbook): None to tell them from the
    content; session_gap_seconds: silence that ends a session. append_to, replace: the log that gets
    a new version, with the files' events beside its own or in their place; recipe: cleans what was imported; privacy:
    what is hidden before anything is stored.
    """

    files: tuple[str, ...] = Field(min_length=1)
    name: str = Field(default="", max_length=200)
    mapping: dict[str, str] = Field(default_factory=dict)
    day_first: bool | None = None
    timestamp_unit: TimestampUnit | None = None
    time_zone: str = "UTC"
    session_gap_seconds: int = Field(default=SESSION_GAP_SECONDS, ge=1, le=30 * 86_400)
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=2)
    has_header: bool | None = None
    sheet: str | None = None
    append_to: str | None = None
    replace: str | None = None
    recipe: Recipe | None = None
    privacy: PrivacySpec | None = None

    @field_validator("mapping", mode="before")
    @classmethod
    def _roles_in_full(cls, mapping: Any) -> Any:
        return cls.in_full(mapping) if isinstance(mapping, dict) else mapping

    @staticmethod
    def in_full(mapping: dict[str, str]) -> dict[str, str]:
        """The mapping with roles by their own names, where short ones were typed."""
        return {SHORT_ROLES.get(role, role): column for role, column in mapping.items()}

    @field_validator("mapping")
    @classmethod
    def _roles_exist(cls, mapping: dict[str, str]) -> dict[str, str]:
        for role, column in mapping.items():
            if role not in ROLES:
                raise ValueError(f"there is no role '{role}'; a column can be one of {', '.join(ROLES)}")
            if not column:
                raise ValueError(f"role '{role}' names no column; name one or leave the role out")
        if mapping and TIMESTAMP not in mapping:
            raise ValueError("no column is mapped to 'timestamp', and a log needs one; map the column that says when")
        return mapping

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"there is no time zone '{zone[:60]}'; name one like Europe/Berlin, or UTC")
        return zone

    @field_validator("files")
    @classmethod
    def _files_differ(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(files)) < len(files):
            raise ValueError("a file is named twice, which would count its events twice; name each file once")
        return files

    @model_validator(mode="after")
    def _one_target(self) -> "ImportSpec":
        if self.append_to and self.replace:
            raise ValueError("an import appends to a log or replaces it; leave append_to or replace out")
        return self
