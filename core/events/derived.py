"""Build the tables of a log from its kept rows: sequence facts once, and the roll-ups that screens read.

No screen runs a window over raw events; the windows run here, once. `kept` is sorted by (user_id, timestamp_us,
event_id), so the facts about a user's previous event are windows without ORDER BY, which stream in one pass.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from core.events.columns import EVENT_COLUMNS, EVENT_TYPE, TEXT, VALUE
from core.events.kept import SESSION_VALUE, Kept
from core.events.manifest import event_types
from core.events.reading.in_order import Lent, drop_kept, make_table
from core.events.sequence import lend_sequence
from core.events.stages import Stage
from core.storage.engine import Writer, literal, quoted

ENUM_VALUES = 1_000  # text with fewer distinct values is stored as ENUM
PATH_EVENTS = 100
CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + "".join(map(chr, range(0x100, 0x100 + 900)))
OTHER_CODE = "*"

# Each row beside the one before it. _place: from 0; _user_start: the place, if it is its user's first row.
BESIDE = """
SELECT *, CASE WHEN user_id IS DISTINCT FROM lag(user_id) OVER () THEN row_number() OVER () - 1 END AS _user_start,
  row_number() OVER () - 1 AS _place,
  CASE WHEN user_id IS NOT DISTINCT FROM lag(user_id) OVER () THEN timestamp_us - lag(timestamp_us) OVER () END
    AS _silence_us
FROM {kept}"""
POSITION = "_place - max(_user_start) OVER (ROWS UNBOUNDED PRECEDING) + 1 AS history_position"

# The session as one growing number: the place where it starts, then the event_id there. Both fit: a place has at most
# 31 bits (two thousand million events), an event_id 32.
START = "max(CASE WHEN {opens} THEN (_place << 32) | event_id END) OVER (ROWS UNBOUNDED PRECEDING) AS _start"
OF_SESSION = """_start & 4294967295 AS session_id, _place - (_start >> 32) + 1 AS session_position,
  CASE WHEN lead(_start) OVER () = _start THEN lead(event_type) OVER () END AS next_event_type,
  CASE WHEN lead(_start) OVER () = _start THEN (lead(timestamp_us) OVER () - timestamp_us) / 1e6 END
    AS next_gap_seconds"""

SESSIONS_BY_GAP = f"""
SELECT *, {OF_SESSION}
FROM (SELECT *, {POSITION}, {START.format(opens="_silence_us IS NULL OR _silence_us > ?")}
  FROM ({BESIDE.format(kept="kept")}))"""

# With a mapped session column, sessions of one user may interleave. So the facts of sessions are found in the order of
# sessions, then put beside the events by place. Rows without a value follow the gap rule among themselves.
BY_SESSION = f"""
CREATE TABLE by_session AS SELECT _place AS _event_place, _user, {SESSION_VALUE}, event_id, timestamp_us, event_type
FROM (SELECT *, max(_user_start) OVER (ROWS UNBOUNDED PRECEDING) AS _user FROM ({BESIDE.format(kept="kept")}))
ORDER BY _user, {SESSION_VALUE}, _event_place"""
SESSION_FACTS = f"""
CREATE TABLE session_facts AS SELECT _event_place, {OF_SESSION}
FROM (SELECT *, {START.format(opens="_opens")} FROM (
  SELECT *, row_number() OVER () - 1 AS _place, _user IS DISTINCT FROM lag(_user) OVER ()
    OR {SESSION_VALUE} IS DISTINCT FROM lag({SESSION_VALUE}) OVER ()
    OR ({SESSION_VALUE} IS NULL AND timestamp_us - lag(timestamp_us) OVER () > ?) AS _opens
  FROM by_session))
ORDER BY _event_place"""
SESSIONS_BY_VALUE = f"""
SELECT *, {POSITION}
FROM ({BESIDE.format(kept="(SELECT * FROM kept POSITIONAL JOIN session_facts)")})"""


def events_statement(
    stored: Sequence[str], enums: Mapping[str, str], sessions: str, made: Mapping[str, str] | None = None
) -> str:
    """CREATE `log.events` from `kept`.

    stored: the optional columns and attributes that `kept` has; enums: {column: its ENUM type}; sessions: the query
    that finds them; made: {column: its SQL}, of the right type already.
    """
    made = {"gap_seconds": "_silence_us / 1e6", **(made or {})}
    fixed = [f"{made.get(name) or _typed(name, enums)} AS {name}" for name in EVENT_COLUMNS]
    rest = [f"{made.get(name) or _typed(name, enums)} AS {quoted(name)}" for name in stored]
    return f"CREATE TABLE log.events AS SELECT {', '.join(fixed + rest)} FROM ({sessions})"


def _typed(name: str, enums: Mapping[str, str]) -> str:
    kind = enums.get("event_type" if name == "next_event_type" else name)
    return f"CAST({quoted(name)} AS {kind})" if kind else quoted(name)


def path_codes(event_types: Sequence[str]) -> dict[str, str]:
    """{code character: event type}, most frequent type first; what is beyond the codes shares `*`."""
    codes = dict(zip(CODES, event_types, strict=False))
    return codes | ({OTHER_CODE: "(any other)"} if len(event_types) > len(codes) else {})


# The path: its first events as numbers that sort by position, then their codes, whatever order threads bring them in.
SESSIONS = f"""
SELECT session_id, user_id, make_timestamp(min(timestamp_us)) AS started_at, min(timestamp_us) AS started_us,
  make_timestamp(max(timestamp_us)) AS ended_at, max(timestamp_us) AS ended_us, count(*) AS events,
  (max(timestamp_us) - min(timestamp_us)) / 1e6 AS duration_seconds,
  array_to_string(list_transform(
    list_sort(list(CAST((session_position << 12) | {{number}} AS INTEGER)) FILTER (session_position <= {PATH_EVENTS})),
    lambda n: {{codes}}[(n & 4095) + 1]), '') AS path
FROM {{events}} WHERE events.rowid >= ? AND events.rowid < ?
GROUP BY session_id, user_id ORDER BY user_id, started_us, session_id"""
PART_EVENTS = 2_000_000  # the engine cannot spill lists, so paths are made of so many events at a time
USER_STARTS = f"SELECT min(rowid) FROM log.events WHERE history_position = 1 GROUP BY rowid // {PART_EVENTS} ORDER BY 1"


def sessions_query(engine: Writer, codes: Mapping[str, str], *, is_enum: bool) -> str:
    """SELECT the sessions of the events in a range of rows; codes: the path's characters and what they stand for;
    is_enum: whether event types are."""
    if not is_enum:
        numbered = [(number, kind) for number, (code, kind) in enumerate(codes.items()) if code != OTHER_CODE]
        numbers, kinds = zip(*numbered, strict=True)
        engine.add("codes", pa.table({"number": pa.array(numbers, pa.int64()), "event_type": kinds}))
        number = f"coalesce(number, {len(numbered)})"
        characters = [code for code in codes if code != OTHER_CODE]
        joined = "log.events AS events LEFT JOIN codes USING (event_type)"
        return SESSIONS.format(number=number, codes=_listed([*characters, OTHER_CODE]), events=joined)
    in_order = engine.rows("SELECT unnest(enum_range(NULL::log.kind_event_type))")
    code_of = {kind: code for code, kind in codes.items()}
    by_number = [code_of.get(kind, OTHER_CODE) for (kind,) in in_order]
    return SESSIONS.format(number="enum_code(event_type)", codes=_listed(by_number), events="log.events AS events")


def _listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(literal, texts))}]"


def make_sessions(engine: Writer, codes: Mapping[str, str], stage: Stage, *, is_enum: bool) -> None:
    """Make `log.sessions`, part by part; no user's events are in two parts."""
    query = sessions_query(engine, codes, is_enum=is_enum)
    starts = [row[0] for row in engine.rows(USER_STARTS)]
    ends = [*starts[1:], 1 << 62]
    for part, (start, end) in enumerate(zip(starts, ends, strict=True)):
        verb = "INSERT INTO log.sessions" if part else "CREATE TABLE log.sessions AS"
        engine.watched(f"{verb} {query}", stage.part(part / len(starts), (part + 1) / len(starts)), [start, end])


USERS = """
CREATE TABLE log.users AS
SELECT user_id, min(timestamp) AS first_at, min(timestamp_us) AS first_us, max(timestamp) AS last_at,
  max(timestamp_us) AS last_us, count(*) AS events, count(*) FILTER (session_position = 1) AS sessions
FROM log.events GROUP BY user_id ORDER BY user_id"""

ITEMS = """
CREATE TABLE log.items AS
SELECT item_id, NULL::VARCHAR AS title, count(*) AS events, count(DISTINCT user_id) AS users
FROM log.events WHERE item_id IS NOT NULL GROUP BY item_id ORDER BY item_id"""

# Of equally frequent texts the first in the alphabet, so that a title does not change from run to run.
TITLED_ITEMS = """
CREATE TABLE log.items AS
WITH texts AS (SELECT item_id, text, count(*) AS times FROM log.events WHERE item_id IS NOT NULL AND text IS NOT NULL
  GROUP BY item_id, text),
titles AS (SELECT item_id, first(text ORDER BY times DESC, text) AS title FROM texts GROUP BY item_id)
SELECT item_id, titles.title, count(*) AS events, count(DISTINCT user_id) AS users
FROM log.events LEFT JOIN titles USING (item_id) WHERE item_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1"""

USER_DAYS = """
CREATE TABLE log.user_days AS
SELECT user_id, CAST(timestamp AS DATE) AS day, event_type, count(*) AS events
FROM log.events GROUP BY ALL ORDER BY user_id, day, event_type"""


def hours_statement(*, has_value: bool) -> str:
    """CREATE `log.hours`; its value is null where the log has none."""
    value = "sum(value)" if has_value else "CAST(NULL AS DOUBLE)"
    return (
        f"CREATE TABLE log.hours AS SELECT date_trunc('hour', timestamp) AS hour, event_type, count(*) AS events, "
        f"{value} AS value FROM log.events GROUP BY 1, 2 ORDER BY 1, 2"
    )


def derive(engine: Writer, kept: Kept, stage: Stage, lent: Lent | None = None) -> list[dict[str, Any]]:
    """Make the tables of `log` from `kept`, which must be sorted; returns the event types, as the manifest has them.

    lent: of a `kept` that is a view on rows in memory, each an event.
    """
    optional = list(kept.optional)
    with engine.watching(stage):
        enums = make_enums(engine, kept, lent)
    _make_events(engine, kept, enums, stage.part(0.05, 0.6), lent)
    with engine.watching(stage.part(0.6, 1.0)):
        types = event_types(engine)
    codes = path_codes([kind["event_type"] for kind in types])
    make_sessions(engine, codes, stage.part(0.6, 0.7), is_enum=EVENT_TYPE in enums)
    items = TITLED_ITEMS if TEXT in optional else ITEMS
    statements = (USERS, items, hours_statement(has_value=VALUE in optional), USER_DAYS)
    for number, statement in enumerate(statements):
        engine.watched(statement, stage.part(0.7 + 0.07 * number, 0.77 + 0.07 * number))
    with engine.watching(stage.part(0.98, 1.0)):
        _check_order(engine)
    return types


def _make_events(engine: Writer, kept: Kept, enums: Mapping[str, str], stage: Stage, lent: Lent | None) -> None:
    gap = [kept.session_gap_seconds * 1_000_000]
    stored = [*kept.optional, *(attribute.column for attribute in kept.attributes)]
    as_stored = not kept.has_session or (lent is not None and lent.values(engine, SESSION_VALUE) is not None)
    if lent and as_stored and lent.words(engine, EVENT_TYPE) is not None:
        sessions, made = lend_sequence(
            engine, lent, enums, kept.session_gap_seconds, stage.part(0.0, 0.0), by_value=kept.has_session
        )
        engine.watched(events_statement(stored, enums, sessions, made), stage)
        drop_kept(engine)
        return
    make_table(engine, stage.part(0.0, 0.1))  # read several times, or by windows, a view costs half as much again
    if not kept.has_session:
        engine.watched(events_statement(stored, enums, SESSIONS_BY_GAP), stage, gap)
        return
    engine.watched(BY_SESSION, stage.part(0.0, 0.3))
    engine.watched(SESSION_FACTS, stage.part(0.3, 0.5), gap)
    engine.execute("DROP TABLE by_session")
    engine.watched(events_statement(stored, enums, SESSIONS_BY_VALUE), stage.part(0.5, 1.0))
    engine.execute("DROP TABLE session_facts")


def make_enums(engine: Writer, kept: Kept, lent: Lent | None) -> dict[str, str]:
    """Make an ENUM type of each text column with few distinct values, in alphabetical order, so that it sorts as text;
    returns {column: type}."""
    columns = [EVENT_TYPE, *(attribute.column for attribute in kept.attributes if attribute.kind == "text")]
    words = {name: lent.words(engine, name) for name in columns} if lent else {}
    known = {name: sorted(found.dictionary.to_pylist()) for name, found in words.items() if found is not None}
    enums = {}
    for name, values in known.items():
        if 0 < len(values) < ENUM_VALUES:
            enums[name] = enum_of(name)
            engine.execute(f"CREATE TYPE {enums[name]} AS ENUM ({', '.join(map(literal, values))})")
    if asked := [name for name in columns if name not in known]:
        enums |= _enums_by_counting(engine, asked)
    return enums


def enum_of(column: str) -> str:
    """The ENUM type of a stored column."""
    return f"log.{quoted('kind_' + column)}"


def _enums_by_counting(engine: Writer, columns: Sequence[str]) -> dict[str, str]:
    counted = ", ".join(f"approx_count_distinct({quoted(column)})" for column in columns)
    about = engine.rows(f"SELECT {counted} FROM kept")[0]
    few = [column for column, values in zip(columns, about, strict=True) if values < 1.5 * ENUM_VALUES]
    enums = {}
    for column in few:
        name = quoted(column)
        if 0 < engine.rows(f"SELECT count(DISTINCT {name}) FROM kept")[0][0] < ENUM_VALUES:
            values = f"SELECT DISTINCT {name} FROM kept WHERE {name} IS NOT NULL ORDER BY 1"
            enums[column] = enum_of(column)
            engine.rows(f"CREATE TYPE {enums[column]} AS ENUM ({values})")
    return enums


def _check_order(engine: Writer) -> None:
    """The streaming windows rely on the order of `kept`; if it were lost, history positions would not be 1 to n."""
    lost = engine.rows(
        "SELECT count(*) FROM (SELECT count(*) AS n, max(history_position) AS last, min(history_position) AS first "
        "FROM log.events GROUP BY user_id) WHERE n <> last OR first <> 1"
    )[0][0]
    if lost:
        raise RuntimeError(f"the events of {lost} users are out of order")
