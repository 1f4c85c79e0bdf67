"""Decide each row: read its roles, name its attributes, and say what makes it no event.

A row is rejected, never repaired in silence, when its timestamp or (if mapped) its user or event type is missing, or
when a value in a numeric role cannot be read as one. A missing item, value, place or text is allowed and stays null. An
attribute never costs a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import BadSpec
from core.events.columns import (
    ARM,
    EVENT_TYPE,
    INSERT_ID,
    ITEM_ID,
    LATITUDE,
    LONGITUDE,
    ONLY_EVENT_TYPE,
    OPTIONAL_COLUMNS,
    POSITION,
    PROPENSITY,
    SESSION_ID,
    TEXT,
    TIMESTAMP,
    USER_ID,
    VALUE,
)  # fmt: skip
from core.events.import_spec import ImportSpec
from core.events.kept import SESSION_VALUE, Kept, StoredAttribute
from core.events.reading.amounts import amount_as_number
from core.events.reading.attributes import Attribute, attributes_of, label
from core.events.reading.gather import RawColumn
from core.events.reading.moments import TEXT as MOMENT_TEXT
from core.events.reading.moments import present, read_moments
from core.events.reading.names import parts_of
from core.events.reading.profiles import Profile
from core.events.reading.two_columns import mapped_profile
from core.events.reading.zones import UTC
from core.storage.engine import Writer, literal, quoted

RANGES = {
    VALUE: ("isfinite({v})", "is not a number"),
    LATITUDE: ("{v} BETWEEN -90 AND 90", "is not a latitude between -90 and 90"),
    LONGITUDE: ("{v} BETWEEN -180 AND 180", "is not a longitude between -180 and 180"),
    POSITION: ("{v} BETWEEN -1e15 AND 1e15 AND {v} = floor({v})", "is not a whole number"),
    PROPENSITY: ("{v} > 0 AND {v} <= 1", "is not a probability above 0 and up to 1"),
}


@dataclass(frozen=True)
class Fault:
    """Why a row is no event. test: SQL over the read row, true at fault; column: the analyst's column to blame."""

    column: RawColumn
    reason: str
    test: str


@dataclass(frozen=True)
class Reading:
    """How `raw` becomes events, in steps that each name what the next one uses, so that nothing is computed twice.

    texts: {name: SQL over `raw`}, values trimmed; read: {name: SQL over `raw` and texts}, values read; kept: {stored
    column: SQL over the values read}; faults: in the order in which they are blamed; attributes: as stored; mapping:
    {stored column: the analyst's}; notes: what was assumed; joined: the two columns that make the timestamp, if two do;
    plain_moment: the column of the timestamp, if it is ISO in UTC and needs no trimming; plain_numbers: columns of
    numeric roles that need none either.
    """

    texts: dict[str, str]
    read: dict[str, str]
    kept: dict[str, str]
    faults: tuple[Fault, ...]
    attributes: tuple[Attribute, ...]
    mapping: dict[str, str]
    notes: tuple[str, ...]
    joined: tuple[str, ...] = ()
    plain_moment: str | None = None
    plain_numbers: tuple[str, ...] = ()

    def judged(self, table: str = "raw") -> str:
        """A query: every row of `raw` (or a table like it) read, with `_fault` (from 0) or null."""
        cases = " ".join(f"WHEN {fault.test} THEN {number}" for number, fault in enumerate(self.faults))
        trimmed = f"SELECT *, {_named(self.texts)} FROM {table}"
        fault = f"CASE {cases} END" if cases else "NULL"
        return f"SELECT *, {fault} AS _fault FROM (SELECT *, {_named(self.read)} FROM ({trimmed}))"

    def stored(self, session_gap_seconds: int) -> Kept:
        """What `kept` holds once `events` has run."""
        return Kept(
            tuple(name for name in OPTIONAL_COLUMNS if name in self.kept),
            tuple(StoredAttribute(a.stored, a.column.name, a.kind) for a in self.attributes),
            SESSION_VALUE in self.kept, session_gap_seconds,
        )  # fmt: skip

    def events(self, order: str | None = None, table: str = "raw") -> str:
        """A query: all rows of a table, in this order or as they stand, under their stored names, with `_fault`.

        Without a filter, which would be pushed down and take a copy of every expression it needs with it. What other
        columns tell is not carried through the sorting.
        """
        late = self._late()
        carried = {name: sql for name, sql in self.kept.items() if name not in late}
        rows = f"SELECT {_named(carried)}, CAST(_fault AS UTINYINT) AS _fault FROM ({self.judged(table)})"
        rows += f" ORDER BY {order}" if order else ""
        return f"SELECT {_named({name: late.get(name, quoted(name)) for name in self.kept})}, _fault FROM ({rows})"

    def _late(self) -> dict[str, str]:
        """{stored column: SQL over other stored ones}, of those that need not be carried through the sorting."""
        late = {"timestamp": "CASE WHEN _fault IS NULL THEN make_timestamp(timestamp_us) END"}
        first: dict[str, str] = {}
        for name, sql in self.kept.items():
            if sql in (name, quoted(name)) and first.setdefault(self.read.get(name, sql), name) != name:
                late[name] = quoted(first[self.read[name]])
        return late


def _named(columns: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())


def plan_reading(engine: Writer, profiles: Sequence[Profile], mapping: dict[str, str], spec: ImportSpec) -> Reading:
    """Decide how to read `raw`; raises BadSpec or BadFile before anything slow starts."""
    by_name = {profile.column.name: profile for profile in profiles}
    moment = mapped_profile(engine, profiles, mapping.get(TIMESTAMP, ""))
    _check_mapping(mapping, list(by_name), joined=moment)
    roles = {role: moment if moment and role == TIMESTAMP else by_name[column] for role, column in mapping.items()}
    draft = _Draft()
    draft.moments(engine, roles[TIMESTAMP].column, spec)
    draft.user(roles.get(USER_ID))
    draft.event_type(roles.get(EVENT_TYPE))
    for role in (ITEM_ID, ARM, SESSION_ID, TEXT):
        draft.label(role, roles.get(role))
    for role in RANGES:
        draft.number(role, roles.get(role))
    used = {part for role, column in mapping.items() if role != SESSION_ID for part in parts_of(column, by_name)}
    left = [profile for profile in profiles if profile.column.name not in used]
    attributes = attributes_of(engine, left, spec.time_zone)
    if INSERT_ID in roles:
        own_id = roles[INSERT_ID]
        attributes += (Attribute(own_id.column, INSERT_ID, "text", identity(own_id)),)
    draft.zone_of_attributes(attributes, spec.time_zone)
    for attribute in attributes:
        draft.read[attribute.stored] = attribute.sql
        draft.kept[attribute.stored] = quoted(attribute.stored)
    stored = {role: column for role, column in mapping.items() if role not in (SESSION_ID, INSERT_ID)}
    return Reading(
        draft.texts, draft.read, draft.kept, tuple(draft.faults), attributes,
        stored | {attribute.stored: attribute.column.name for attribute in attributes}, tuple(draft.notes),
        parts_of(mapping[TIMESTAMP], by_name) if moment and moment.column.joined else (),
        draft.plain_moment, tuple(draft.plain_numbers),
    )  # fmt: skip


def _check_mapping(mapping: dict[str, str], columns: list[str], joined: Profile | None) -> None:
    shown = ", ".join(columns[:20]) + (", ..." if len(columns) > 20 else "")
    for role, column in mapping.items():
        if column not in columns and not (joined and role == TIMESTAMP):
            raise BadSpec(f"The file has no column '{column[:80]}' to be the {role}; its columns are {shown}.")
    if TIMESTAMP not in mapping:
        raise BadSpec(f"No column looks like a timestamp; map one of {shown} to 'timestamp'.")


def identity(profile: Profile) -> str:
    """SQL: an id as text; 17850.0, which tables with gaps make of whole numbers, is 17850 again."""
    if profile.column.kind == "decimal" or profile.all(profile.whole_decimals):
        return f"regexp_replace({present(profile.column)}, '^(-?\\d+)\\.0$', '\\1')"
    return present(profile.column)


class _Draft:
    """Collects the reading, one role after another."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.read: dict[str, str] = {}
        self.kept: dict[str, str] = {"event_id": "_row"}
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.plain_moment: str | None = None
        self.plain_numbers: list[str] = []

    def moments(self, engine: Writer, column: RawColumn, spec: ImportSpec) -> None:
        """The timestamp; null outside 1900 to 2200, which also takes out infinity."""
        moments = read_moments(engine, column, spec)
        if column.joined:
            self.notes.append(f"A date and a time of day were joined into the timestamp: '{column.name}'.")
        self.texts[MOMENT_TEXT] = present(column)
        if column.tidy and moments.way == "iso" and spec.time_zone == "UTC":
            self.plain_moment = column.sql
        self.read["_moment"] = moments.sql
        self.kept["timestamp"] = "CAST(_moment AS TIMESTAMP)"
        self.kept["timestamp_us"] = "epoch_us(CAST(_moment AS TIMESTAMP))"
        sound = "_moment BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2200-01-01'"
        lacks = "lacks the date or the time of day" if column.joined else "is empty"
        self._fault(column, f"{lacks}, so there is no timestamp", f"{MOMENT_TEXT} IS NULL")
        self._fault(column, "cannot be read as a moment between 1900 and 2200", f"NOT coalesce({sound}, false)")
        self.notes += [moments.doubt or moments.says]

    def user(self, profile: Profile | None) -> None:
        if profile is None:
            self.kept[USER_ID] = "CAST(_row AS VARCHAR)"
            self.notes.append("No column is mapped to the user, so every row counts as a user of its own.")
            return
        self.read[USER_ID] = identity(profile)
        self.kept[USER_ID] = USER_ID
        self._fault(profile.column, "is empty, so the user is unknown", f"{USER_ID} IS NULL")

    def event_type(self, profile: Profile | None) -> None:
        if profile is None:
            self.kept[EVENT_TYPE] = literal(ONLY_EVENT_TYPE)
            self.notes.append(f"No column is mapped to the event type, so every event is of type '{ONLY_EVENT_TYPE}'.")
            return
        self.read[EVENT_TYPE] = label(profile.column)
        self.kept[EVENT_TYPE] = EVENT_TYPE
        self._fault(profile.column, "is empty, so the event has no type", f"{EVENT_TYPE} IS NULL")

    def label(self, role: str, profile: Profile | None) -> None:
        stored = SESSION_VALUE if role == SESSION_ID else role
        if profile is not None:
            self.read[stored] = label(profile.column) if role == TEXT else identity(profile)
            self.kept[stored] = stored
        elif role == ITEM_ID:
            self.kept[ITEM_ID] = "CAST(NULL AS VARCHAR)"
            self.notes.append("No column is mapped to the item, so events are about nothing in particular.")

    def number(self, role: str, profile: Profile | None) -> None:
        """A numeric role; text that is no number, or out of the role's range, costs the row."""
        if profile is None:
            return
        given = f"_{role}_text"
        self.texts[given] = present(profile.column)
        text = given
        if profile.amounts or profile.comma_amounts:
            comma = (profile.comma_amounts, profile.comma_numbers) > (profile.amounts, profile.numbers)
            text = amount_as_number(given, comma=comma)
            sign = "comma" if comma else "point"
            self.notes.append(f"'{profile.column.name}' holds amounts; they were read with a decimal {sign}.")
        elif profile.comma_numbers > profile.numbers:
            text = f"replace({text}, ',', '.')"
            self.notes.append(f"'{profile.column.name}' was read with decimal commas.")
        elif profile.column.tidy:
            self.plain_numbers.append(profile.column.sql)
        test, complaint = RANGES[role]
        self.read[role] = f"TRY_CAST({text if profile.column.kind == 'text' else profile.column.sql} AS DOUBLE)"
        self.kept[role] = f"CAST({role} AS BIGINT)" if role == POSITION else role
        self._fault(profile.column, complaint, f"{given} IS NOT NULL AND NOT coalesce({test.format(v=role)}, false)")

    def zone_of_attributes(self, attributes: Sequence[Attribute], zone: str) -> None:
        named = ", ".join(f"'{a.column.name[:60]}'" for a in attributes if a.kind == "time")
        if named and zone != UTC:
            self.notes.append(f"Times without a zone in {named} were taken as {zone} too; days stay the days they are.")

    def _fault(self, column: RawColumn, complaint: str, test: str) -> None:
        self.faults.append(Fault(column, f"{column.name} {complaint}", test))
