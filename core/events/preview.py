"""What an import would make of a file's first rows under a mapping, and what each choice costs; nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from core.errors import WhypathError
from core.events.columns import EVENT_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP, TIMESTAMP_US, USER_ID
from core.events.import_spec import ImportSpec
from core.events.kept import SESSION_VALUE
from core.events.read_files import inspected
from core.events.reading.day_orders import DayOrders, day_orders
from core.events.reading.gather import RawColumn
from core.events.reading.head import Head, load_head
from core.events.reading.moments import read_moments
from core.events.reading.profiles import Profile, profile
from core.events.reading.rows import Reading, plan_reading
from core.events.reading.two_columns import mapped_profile
from core.events.recognise import OTHER_FILES
from core.storage.engine import Writer, quoted, writer
from core.storage.workspace import Workspace

SHOWN_ROWS = 20
COUNTED_ROWS = 2_000_000  # of a Parquet file that are counted; of a text file, those in its first megabytes
SHOWN_TYPES = 3
NO_TIME = "No column is chosen for the time; choose the one that says when each event happened."


@dataclass(frozen=True)
class Preview:
    """rows: the first events under their stored names; counted: rows looked at, all of the file if `whole`; set_aside:
    of these, how many would be no event, broken lines included; facts, costs: {role: sentences}; day_orders: an example
    if the data fit both orders of day and month; naive: whether times carry no zone; numeric: whether they are numbers;
    problem: why nothing could be imported, in one sentence."""

    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    counted: int = 0
    whole: bool = False
    set_aside: int = 0
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    costs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    day_orders: DayOrders | None = None
    naive: bool = False
    numeric: bool = False
    problem: str | None = None

    @property
    def counted_in_words(self) -> str:
        """What the counts are of."""
        return f"all {self.counted:,} rows" if self.whole else f"the first {self.counted:,} rows"


def preview(workspace: Workspace, asked: Mapping[str, Any]) -> Preview:
    """Look at the first files of an import spec (as JSON) through its mapping; a bad choice is said, never raised."""
    try:
        if TIMESTAMP not in ImportSpec.in_full(asked.get("mapping") or {}):
            return Preview(problem=NO_TIME)
        spec = ImportSpec.read(dict(asked))
        source, *others = inspected(spec)
        with writer(workspace) as engine:
            head = load_head(engine, workspace, source, rows=COUNTED_ROWS, others=others[:OTHER_FILES])
            return _previewed(engine, replace(head, notes=(*source.notes, *head.notes)), spec)
    except WhypathError as error:
        return Preview(problem=str(error))


def _previewed(engine: Writer, head: Head, spec: ImportSpec) -> Preview:
    profiles = profile(engine, head.columns)
    asked: dict[str, Any] = {}
    try:
        chosen = mapped_profile(engine, profiles, spec.mapping[TIMESTAMP])
        asked = _questions(engine, chosen, spec) if chosen else {}
        reading = plan_reading(engine, profiles, spec.mapping, spec)
    except WhypathError as error:
        return Preview(problem=str(error), counted=head.rows, whole=head.whole, **asked)
    refused, facts, costs = _counts(engine, reading, spec.mapping)
    rows = _stored_rows(engine, reading)
    problem = None
    if refused == head.rows:
        problem = f"None of {_first(head)} would be an event; check which column is mapped to which role."
    return Preview(
        rows, head.rows, head.whole, refused + head.broken, facts, costs,
        tuple(dict.fromkeys((*head.notes, *reading.notes))), problem=problem, **asked,
    )  # fmt: skip


def _first(head: Head) -> str:
    return f"the {head.rows:,} rows" if head.whole else f"the first {head.rows:,} rows"


def _questions(engine: Writer, chosen: Profile, spec: ImportSpec) -> dict[str, Any]:
    """What cannot be told from the times themselves, and so must be asked."""
    numeric = chosen.column.kind in ("text", "integer", "decimal") and chosen.numbers >= 0.5 * max(chosen.filled, 1)
    try:
        moments = read_moments(engine, chosen.column, spec)
    except WhypathError:
        return {"numeric": numeric}
    orders = day_orders(engine, chosen.column) if moments.way == "slashed" else None
    return {"day_orders": orders, "naive": bool(moments.naive), "numeric": numeric}


def _stored_rows(engine: Writer, reading: Reading) -> pd.DataFrame:
    """The first events, in the order of the file."""
    rows = engine.frame(
        f"SELECT * EXCLUDE (_fault, {EVENT_ID}, {TIMESTAMP_US}) FROM ({reading.events(EVENT_ID)}) WHERE _fault IS NULL "
        f"LIMIT {SHOWN_ROWS}"
    )
    first = [name for name in (USER_ID, ITEM_ID, EVENT_TYPE, TIMESTAMP) if name in rows]
    rest = [name for name in rows if name not in (*first, SESSION_VALUE)]
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
    shown = ", ".join(f"{kind[:40]} {share:.0%}" for kind, share, _ in found)
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
