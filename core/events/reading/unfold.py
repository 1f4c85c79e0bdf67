"""Turn JSON objects into columns: the records of a JSON file, and columns that hold objects (PostHog's `properties`).

`{"properties": {"price": 3}}` becomes the column `properties.price`. Google Analytics' lists of {key, value} become a
column a key. Of a list of items the first one's id, name and price become columns too (`items.item_id`), which is said.
Lists, and what is nested deeper than MAX_DEPTH, stay JSON text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from core.errors import BadFile
from core.events.reading.gather import Gathered, RawColumn
from core.events.reading.moments import SAMPLE_ROWS
from core.events.reading.sources import MAX_COLUMNS, Source
from core.events.stages import Stage
from core.storage.engine import Writer, literal

MAX_DEPTH = 4
MAX_KEYS = 250  # of one object; more are no properties but a list under another name
ITEM_LISTS = ("items", "products")  # an event may be about several; it is taken to be about the first
ITEM_FIELDS = ("item_id", "product_id", "sku", "item_name", "price")
PAIR_VALUES = ("string_value", "int_value", "float_value", "double_value")
NEWLINES = "' ' || chr(10) || chr(13)"
NOT_JSON, NOT_OBJECT = "the record is not valid JSON", "the record is JSON but no object of names and values"


@dataclass(frozen=True)
class Found:
    """A value to be taken out of a JSON column. pointer: where it is (RFC 6901); title: of the new column; pair: the
    key in the list of pairs at `pointer`, or None for the value there."""

    pointer: str
    title: str
    pair: str | None = None


def unfold(
    engine: Writer, gathered: Gathered, sources: Sequence[Source], watch: Stage
) -> tuple[Gathered, tuple[str, ...]]:
    """`raw` with its JSON objects as columns, and notes; broken records of JSON files have been rejected."""
    if sources[0].format == "json":
        return _unfold_records(engine, gathered, sources, watch)
    nested = nested_columns(engine, gathered.columns)
    if not nested:
        return gathered, ()
    found, notes = {}, []
    items = [column for column in nested if _names_items(column) and _holds_list(engine, column)]
    for column in [column for column in nested if column not in items]:
        taken = list(_fields(engine, column, f"{column.name}.", "", 1))
        if taken:
            found[column] = taken
            notes.append(f"'{column.name[:60]}' holds JSON objects; {_said(taken)}.")
            notes += _first_items(taken)
    mixed = _not_only_objects(engine, list(found))
    for column in items:
        found[column] = list(_first_item(engine, _valid(column.sql), f"{column.name}.", ""))
        notes += _first_items(found[column])
        mixed.add(column)
    found = {column: fields for column, fields in found.items() if fields}
    kept = [column for column in gathered.columns if column not in found or column in mixed]
    return _materialised(engine, gathered, kept, found, gathered.rows, watch), tuple(notes)


def nested_columns(engine: Writer, columns: Sequence[RawColumn], table: str = "raw") -> list[RawColumn]:
    """The columns whose first values are all JSON objects, lists of pairs or lists of items."""
    texts = [column for column in columns if column.kind in ("text", "other")]
    if not texts:
        return []
    likely = ", ".join(
        f"bool_and({c.sql} IS NULL OR {c.sql} LIKE '{{%' OR {c.sql} LIKE '[{{%') AND count({c.sql}) > 0" for c in texts
    )
    first = f"(SELECT * FROM {table} LIMIT {SAMPLE_ROWS})"
    row = engine.rows(f"SELECT {likely} FROM {first}")[0]
    suspects = [column for column, suspect in zip(texts, row, strict=True) if suspect]
    if not suspects:
        return []
    listed = {column: f" OR {_is_list(column.sql)}" for column in suspects if _names_items(column)}
    tests = ", ".join(f"bool_and({c.sql} IS NULL OR {_is_nested(c.sql)}{listed.get(c, '')})" for c in suspects)
    row = engine.rows(f"SELECT {tests} FROM {first}")[0]
    return [column for column, nested in zip(suspects, row, strict=True) if nested]


def _names_items(column: RawColumn) -> bool:
    return column.name.strip().rpartition(".")[2].lower() in ITEM_LISTS


def _holds_list(engine: Writer, column: RawColumn) -> bool:
    return bool(engine.rows(f"SELECT bool_or({_is_list(column.sql)}) FROM raw")[0][0])


def _unfold_records(
    engine: Writer, gathered: Gathered, sources: Sequence[Source], watch: Stage
) -> tuple[Gathered, tuple[str, ...]]:
    record = gathered.columns[0]
    engine.watched(
        f"CREATE TABLE judged AS SELECT _row, {_fault(record.sql)} AS reason FROM raw WHERE reason IS NOT NULL",
        watch.part(0.0, 0.2),
    )
    broken = engine.rows("SELECT count(*) FROM judged")[0][0]
    if broken:
        gathered.add_breaks(engine)
        engine.execute(
            "INSERT INTO rejects (_file, line, reason, raw) SELECT _file, b.line + r._row - b.row, reason, "
            f"left(rtrim({record.sql}, {NEWLINES}), 2000) FROM (raw JOIN judged USING (_row)) r ASOF JOIN breaks b "
            "ON r._file = b.file AND r._row >= b.row"
        )
        engine.execute("DROP TABLE breaks")
        engine.execute("ALTER VIEW raw RENAME TO records")
        engine.execute("CREATE VIEW raw AS SELECT * FROM records ANTI JOIN judged USING (_row)")
    rows = gathered.rows - broken
    if not rows:
        return replace(gathered, rows=0), ()
    found = list(_fields(engine, record, "", "", 0))
    if not found:
        raise BadFile(f"The records of '{sources[0].name}' are empty objects; a log needs at least a time.")
    return _materialised(engine, gathered, [], {record: found}, rows, watch.part(0.5, 1.0)), _first_items(found)


def _fault(value: str) -> str:
    return (
        f"CASE WHEN NOT json_valid({value}) THEN {literal(NOT_JSON)} "
        f"WHEN json_type({value}) <> 'OBJECT' THEN {literal(NOT_OBJECT)} END"
    )


def _valid(value: str) -> str:
    return f"CASE WHEN json_valid({value}) THEN {value} END"


def _is_nested(value: str) -> str:
    sound = _valid(value)
    return f"coalesce(json_type({sound}) = 'OBJECT' OR {_is_pairs(sound, '')} OR {value} = '[]', false)"


def _is_list(value: str) -> str:
    return f"coalesce(json_type({_valid(value)}) = 'ARRAY', false)"


def _is_pairs(value: str, pointer: str) -> str:
    return (
        f"(json_type({value}, {literal(pointer + '/0/key')}) = 'VARCHAR' "
        f"AND json_type({value}, {literal(pointer + '/0/value')}) = 'OBJECT')"
    )


def _not_only_objects(engine: Writer, columns: Sequence[RawColumn]) -> set[RawColumn]:
    """Those that hold something else further down, which must not be lost."""
    if not columns:
        return set()
    tests = ", ".join(f"count(*) FILTER ({c.sql} IS NOT NULL AND NOT {_is_nested(c.sql)})" for c in columns)
    row = engine.rows(f"SELECT {tests} FROM raw")[0]
    return {column for column, others in zip(columns, row, strict=True) if others}


def _fields(engine: Writer, column: RawColumn, prefix: str, pointer: str, depth: int) -> Iterator[Found]:
    """What is in the objects at a place, in the order in which it is met."""
    sound = _valid(column.sql)
    if not prefix.endswith("\0") and depth and _has_pairs(engine, sound, pointer):
        yield from _pairs(engine, sound, prefix, pointer)
    rows = engine.rows(
        f"SELECT k, min(_row) FROM (SELECT _row, unnest(json_keys({sound}, {literal(pointer)})) AS k FROM raw) "
        f"GROUP BY k ORDER BY 2, 1 LIMIT {MAX_KEYS + 1}"
    )
    if len(rows) > MAX_KEYS and depth:
        if pointer:
            yield Found(pointer, prefix.removesuffix("."))
        return
    if len(rows) > MAX_COLUMNS:
        raise BadFile(f"The records have more than the {MAX_COLUMNS:,} fields allowed; drop some.")
    keys = [row[0] for row in rows]
    pointers = [f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}" for key in keys]
    for key, place, (objects, pairs, others) in zip(keys, pointers, _kinds(engine, sound, pointers), strict=True):
        if others or (objects and depth >= MAX_DEPTH - 1) or (not objects and not pairs):
            yield Found(place, prefix + key)
        if others and key in ITEM_LISTS:
            yield from _first_item(engine, sound, f"{prefix}{key}.", place)
        if objects and depth < MAX_DEPTH - 1:
            yield from _fields(engine, column, f"{prefix}{key}.", place, depth + 1)
        elif pairs:
            yield from _pairs(engine, sound, f"{prefix}{key}.", place)


def _first_item(engine: Writer, sound: str, prefix: str, pointer: str) -> Iterator[Found]:
    """The usual fields of the first item in a list of them."""
    places = [f"{pointer}/0/{name}" for name in ITEM_FIELDS]
    there = ", ".join(f"count(json_extract_string({sound}, {literal(place)}))" for place in places)
    for name, place, filled in zip(ITEM_FIELDS, places, engine.rows(f"SELECT {there} FROM raw")[0], strict=True):
        if filled:
            yield Found(place, prefix + name)


def _first_items(fields: Sequence[Found]) -> tuple[str, ...]:
    """A note if an event's first item stands for all its items."""
    lists = {field.title.rpartition(".")[0] for field in fields if field.pointer.split("/")[-2:-1] == ["0"]}
    return tuple(f"Of several '{name[:60]}' of one event the first is taken; the whole list is kept as text."
                 for name in sorted(lists))  # fmt: skip


def _has_pairs(engine: Writer, sound: str, pointer: str) -> bool:
    return bool(engine.rows(f"SELECT bool_or({_is_pairs(sound, pointer)}) FROM raw")[0][0])


def _kinds(engine: Writer, sound: str, pointers: Sequence[str]) -> list[tuple[int, int, int]]:
    """For each place, how many values there are objects, lists of pairs, and anything else but null."""
    if not pointers:
        return []
    counts = ", ".join(
        f"count(*) FILTER (t[{n}] = 'OBJECT'), count(*) FILTER (t[{n}] = 'ARRAY' AND p[{n}] = 'VARCHAR'), "
        f"count(*) FILTER (t[{n}] NOT IN ('OBJECT', 'NULL') AND NOT coalesce(t[{n}] = 'ARRAY' AND p[{n}] = 'VARCHAR', "
        "false))"
        for n in range(1, len(pointers) + 1)
    )
    listed = ", ".join(map(literal, pointers))
    keys = ", ".join(literal(f"{pointer}/0/key") for pointer in pointers)
    row = engine.rows(
        f"SELECT {counts} FROM (SELECT json_type(v, [{listed}]) AS t, json_type(v, [{keys}]) AS p "
        f"FROM (SELECT {sound} AS v FROM raw))"
    )[0]
    return [(row[n], row[n + 1], row[n + 2]) for n in range(0, len(row), 3)]


def _pairs(engine: Writer, sound: str, prefix: str, pointer: str) -> Iterator[Found]:
    rows = engine.rows(
        f"SELECT k, min(_row) FROM (SELECT _row, unnest({_pair_keys(sound, pointer)}) AS k FROM raw) "
        f"WHERE k IS NOT NULL GROUP BY k ORDER BY 2, 1 LIMIT {MAX_KEYS + 1}"
    )
    if len(rows) > MAX_KEYS:
        yield Found(pointer, prefix.removesuffix("."))
        return
    for key, _ in rows:
        yield Found(pointer, prefix + key, key)


def _pair_list(sound: str, pointer: str) -> str:
    listed = f"json_extract({sound}, {literal(pointer)})"
    return f"CASE WHEN json_type({listed}) = 'ARRAY' THEN CAST({listed} AS JSON[]) END"


def _pair_keys(sound: str, pointer: str) -> str:
    return f"list_transform({_pair_list(sound, pointer)}, lambda x: x->>'$.key')"


def _pair_values(sound: str, pointer: str) -> str:
    values = ", ".join(f"x->>'$.value.{name}'" for name in PAIR_VALUES)
    return f"list_transform({_pair_list(sound, pointer)}, lambda x: coalesce({values}, x->>'$.value'))"


def _materialised(
    engine: Writer, gathered: Gathered, kept: Sequence[RawColumn], found: dict[RawColumn, list[Found]], rows: int,
    watch: Stage,
) -> Gathered:  # fmt: skip
    """The table `unfolded`, on which `raw` is a view from now on."""
    titles = _unique([column.name for column in kept], [field.title for fields in found.values() for field in fields])
    if len(titles) + len(kept) > MAX_COLUMNS:
        raise BadFile(f"The objects hold {len(titles):,} values, more than the {MAX_COLUMNS:,} columns allowed.")
    place = max((column.place for column in gathered.columns), default=-1) + 1
    fresh = [RawColumn(place + number, title, "text") for number, title in enumerate(titles)]
    lists, values = [], []
    for number, (column, fields) in enumerate(found.items()):
        sound = _valid(column.sql)
        plain = [field.pointer for field in fields if field.pair is None]
        if plain:
            lists.append(f"json_extract_string({sound}, [{', '.join(map(literal, plain))}]) AS _v{number}")
        pointers = list(dict.fromkeys(field.pointer for field in fields if field.pair is not None))
        for index, pointer in enumerate(pointers):
            lists.append(f"{_pair_keys(sound, pointer)} AS _k{number}_{index}")
            lists.append(f"{_pair_values(sound, pointer)} AS _p{number}_{index}")
        for field in fields:
            if field.pair is None:
                values.append(f"_v{number}[{plain.index(field.pointer) + 1}]")
            else:
                name = f"{number}_{pointers.index(field.pointer)}"
                values.append(f"_p{name}[list_position(_k{name}, {literal(field.pair)})]")
    named = ", ".join(f"{value} AS {column.sql}" for value, column in zip(values, fresh, strict=True))
    same = "".join(f"{column.sql}, " for column in kept)
    engine.watched(
        f"CREATE TABLE unfolded AS SELECT _row, _file, {same}{named} FROM (SELECT *, {', '.join(lists)} FROM raw)",
        watch,
    )
    engine.execute("DROP VIEW raw")
    engine.execute("DROP TABLE IF EXISTS texts")
    engine.execute("CREATE VIEW raw AS SELECT * FROM unfolded")
    return replace(gathered, columns=(*kept, *fresh), rows=rows)


def _unique(taken: Iterable[str], titles: Sequence[str]) -> list[str]:
    known, unique = set(taken), []
    for title in titles:
        name, number = title or "(no name)", 2
        while name in known:
            name, number = f"{title} ({number})", number + 1
        known.add(name)
        unique.append(name)
    return unique


def _said(fields: Sequence[Found]) -> str:
    shown = ", ".join(field.title.rsplit(".", 1)[-1][:40] for field in fields[:5])
    return f"{len(fields):,} values were taken out of them ({shown}{', ...' if len(fields) > 5 else ''})"
