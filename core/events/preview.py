"""What an import would make of a file's first rows under a mapping, and what each choice costs; nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from core.errors import WhypathError
from core.events.columns import (
    EVENT_ID,
    EVENT_TYPE,
    INSERT_ID,
    ITEM_ID,
    LATITUDE,
    LONGITUDE,
    TIMESTAMP,
    TIMESTAMP_US,
    USER_ID,
)  # fmt: skip
from core.events.import_spec import ImportSpec
from core.events.kept import SESSION_VALUE
from core.events.manifest import session_attribute
from core.events.privacy.hidden_rows import hidden_events, hidden_in_file
from core.events.privacy.spec import grid
from core.events.read_files import inspected
from core.events.reading.day_orders import DayOrders, day_orders
from core.events.reading.gather import RawColumn
from core.events.reading.head import Head, load_head
from core.events.reading.moments import read_moments
from core.events.reading.profiles import Profile, profile
from core.events.reading.rows import Reading, plan_reading
from core.events.reading.two_columns import holds_days, mapped_profile
from core.events.recognise import OTHER_FILES, first_rows
from core.storage.engine import Writer, quoted, writer
from core.storage.workspace import Workspace

SHOWN_ROWS = 20
COUNTED_ROWS = 2_000_000  # of a Parquet file that are counted; of a text file, those in its first megabytes
SHOWN_TYPES = 3
NO_TIME = "No column is chosen for the time; choose the one that says when each event happened."


@dataclass(frozen=True)
class Preview:
    """rows: the first events under their stored names; file_rows: the first rows under the file's own names, without
    what the spec's privacy hides (None if it hides nothing, empty if a problem leaves nothing to show); counted,
    counted_in_words: rows looked at, all of the files if `whole`; set_aside: of these, how many would be no event,
    broken lines included; facts, costs: {role: sentences}; day_orders: an example if the data fit both orders of day
    and month; naive: whether times carry no zone; days: whether the time of day may
    stand in another column; numeric: whether they are numbers; problem: why nothing could be
    imported, in one sentence."""

    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    file_rows: pd.DataFrame | None = None
    counted: int = 0
    counted_in_words: str = ""
    whole: bool = False
    set_aside: int = 0
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    costs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    day_orders: DayOrders | None = None
    naive: bool = False
    days: bool = False
    numeric: bool = False
    problem: str | None = None


def preview(workspace: Workspace, asked: Mapping[str, Any]) -> Preview:
    """Look at the first files of an import spec (as JSON) through its mapping; a bad choice is said, never raised."""
    try:
        if TIMESTAMP not in ImportSpec.in_full(asked.get("mapping") or {}):
            return Preview(problem=NO_TIME, file_rows=pd.DataFrame() if asked.get("privacy") else None)
        spec = ImportSpec.read(dict(asked))
        source, *others = inspected(spec)
        with writer(workspace) as engine:
            head = load_head(engine, workspace, source, rows=COUNTED_ROWS, others=others[:OTHER_FILES])
            return _previewed(engine, replace(head, notes=(*source.notes, *head.notes)), spec, 1 + len(others))
    except WhypathError as error:
        return Preview(problem=str(error), file_rows=pd.DataFrame() if asked.get("privacy") else None)


def _previewed(engine: Writer, head: Head, spec: ImportSpec, files: int) -> Preview:
    profiles = profile(engine, head.columns)
    asked: dict[str, Any] = {
        "counted": head.rows, "counted_in_words": _counted(head, files),
        "whole": head.whole and files <= OTHER_FILES + 1,
    }  # fmt: skip
    try:
        chosen = mapped_profile(engine, profiles, spec.mapping[TIMESTAMP])
        asked |= _questions(engine, chosen, spec) if chosen else {}
        reading = plan_reading(engine, profiles, spec.mapping, spec)
        refused, facts, costs = _counts(engine, reading, spec.mapping)
        rows, file_rows, notes = _shown_rows(engine, head, reading, spec)
    except WhypathError as error:
        withheld = pd.DataFrame() if spec.privacy and spec.privacy.hides else None
        return Preview(problem=str(error), file_rows=withheld, **asked)
    problem = None
    if refused == head.rows:
        problem = f"None of {asked['counted_in_words']} would be an event; check which column is mapped to which role."
    if spec.privacy and spec.privacy.place_decimals is not None:
        rounded = (f"rounded to {grid(spec.privacy.place_decimals)}",)
        facts |= {role: rounded + facts[role][1:] for role in (LATITUDE, LONGITUDE) if role in facts}
    return Preview(
        rows, file_rows, set_aside=refused + head.broken, facts=facts, costs=costs,
        notes=tuple(dict.fromkeys((*head.notes, *reading.notes, *notes))), problem=problem, **asked,
    )  # fmt: skip


def _counted(head: Head, files: int) -> str:
    """What the counts are of, in words: which rows of which files."""
    rows = f"{head.rows:,} {'row' if head.rows == 1 else 'rows'}"
    if files == 1:
        return f"all {rows}" if head.whole else f"the first {rows}"
    read = min(files, OTHER_FILES + 1)
    which = f"the first {read} of {files:,} files" if read < files else f"the {files} files"
    if head.beginnings:
        return f"{rows} from the beginnings of {which}"
    return f"all {rows} of {which}" if head.whole else f"the first {rows} of {which}"


def _questions(engine: Writer, chosen: Profile, spec: ImportSpec) -> dict[str, Any]:
    """What cannot be told from the times themselves, and so must be asked."""
    numeric = chosen.column.kind in ("text", "integer", "decimal") and chosen.numbers >= 0.5 * max(chosen.filled, 1)
    days = bool(chosen.column.joined) or holds_days(chosen)
    try:
        moments = read_moments(engine, chosen.column, spec)
    except WhypathError:
        return {"numeric": numeric, "days": days}
    orders = day_orders(engine, chosen.column) if moments.way == "slashed" else None
    return {"day_orders": orders, "naive": bool(moments.naive), "days": days, "numeric": numeric}


def _shown_rows(
    engine: Writer, head: Head, reading: Reading, spec: ImportSpec
) -> tuple[pd.DataFrame, pd.DataFrame | None, tuple[str, ...]]:
    """The first events in the order of the file, the first rows of the file if something is hidden, and notes."""
    if spec.privacy is None or not spec.privacy.hides:
        return _in_order(engine.frame(f"{_sound_events(reading)} LIMIT {SHOWN_ROWS}")), None, ()
    session = session_attribute(spec.mapping, reading)
    ids = tuple(name for name in (session, INSERT_ID if INSERT_ID in spec.mapping else None) if name)
    hidden = hidden_events(engine, _sound_events(reading), reading.stored(spec.session_gap_seconds), spec.privacy, ids)
    file_rows = hidden_in_file(first_rows(engine, head.columns), spec.mapping, reading, hidden.kept, spec.privacy)
    return _in_order(hidden.rows[:SHOWN_ROWS]), file_rows, hidden.notes


def _sound_events(reading: Reading) -> str:
    return f"SELECT * EXCLUDE (_fault) FROM ({reading.events(EVENT_ID)}) WHERE _fault IS NULL"


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    first = [name for name in (USER_ID, ITEM_ID, EVENT_TYPE, TIMESTAMP) if name in rows]
    rest = [name for name in rows if name not in (*first, SESSION_VALUE, EVENT_ID, TIMESTAMP_US)]
    return rows[[*first, *rest]]


def _counts(
    engine: Writer, reading: Reading, mapping: Mapping[str, str]
) -> tuple[int, dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """How many rows are refused; {role: facts about what is read}; {role: what it costs}."""
    roles = {role: SESSION_VALUE if role == "session_id" else role for role in mapping if role != TIMESTAMP}
    read = [role for role, name in roles.items() if name in reading.read]
    numeric = [role for role in read if f"_{role}_text" in reading.texts]
    asked = [
        "count(*)",
        "count(_fault)",
        "min(_moment) FILTER (_fault IS NULL)",
        "max(_moment) FILTER (_fault IS NULL)",
    ]
    asked += [f"count(*) FILTER (coalesce({fault.test}, false))" for fault in reading.faults]
    asked += [f"count({quoted(roles[role])})" for role in read]
    asked += [
        f"min({quoted(role)}), max({quoted(role)})"
        if role in numeric
        else f"count(DISTINCT {quoted(roles[role])}), NULL"
        for role in read
    ]
    found = list(engine.rows(f"SELECT {', '.join(asked)} FROM ({reading.judged()})")[0])
    rows, refused, first, last = found[:4]
    faults, filled = found[4 : 4 + len(reading.faults)], found[4 + len(reading.faults) :]
    facts: dict[str, tuple[str, ...]] = {}
    if first is not None:
        facts[TIMESTAMP] = (f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC",)
    for place, role in enumerate(read):
        low, high = filled[len(read) + 2 * place : len(read) + 2 * place + 2]
        spread = (
            (f"{low:,.6g} to {high:,.6g}" if low is not None else "no numbers")
            if role in numeric
            else f"{low:,} different"
        )
        empty = rows - filled[place]
        facts[role] = (spread, *([f"{empty:,} without one"] if empty else []))
    if EVENT_TYPE in read:
        facts[EVENT_TYPE] = (_types(engine, reading), *facts[EVENT_TYPE][1:])
    return refused, facts, _costs(reading, mapping, faults)


def _types(engine: Writer, reading: Reading) -> str:
    """The most frequent event types with their shares."""
    found = engine.rows(
        f"SELECT {EVENT_TYPE}, count(*) / sum(count(*)) OVER (), count(*) OVER () FROM ({reading.judged()}) "
        f"WHERE {EVENT_TYPE} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {SHOWN_TYPES}"
    )
    shown = ", ".join(f"{kind[:40]} {100 * share:.0f} %" for kind, share, _ in found)
    more = found[0][2] - len(found) if found else 0
    return f"{shown}, {more:,} more" if more else shown


def _costs(reading: Reading, mapping: Mapping[str, str], faults: Sequence[int]) -> dict[str, tuple[str, ...]]:
    """{role: what it costs}: a fault belongs to the first role whose column is blamed for it."""
    costs: dict[str, tuple[str, ...]] = {}
    for fault, rows in zip(reading.faults, faults, strict=True):
        if rows:
            role = next(role for role, column in mapping.items() if column == fault.column.name)
            reason = fault.reason.removeprefix(fault.column.name).strip()
            sentence = (
                f"{rows:,} {'row' if rows == 1 else 'rows'} would be set aside: '{_short(fault.column)}' {reason}."
            )
            costs[role] = (*costs.get(role, ()), sentence)
    return costs


def _short(column: RawColumn) -> str:
    return column.name if len(column.name) <= 40 else column.name[:39] + "…"
