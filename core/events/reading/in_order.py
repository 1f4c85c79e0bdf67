"""Plain CSV files in the order of a log, sorted in memory: cheaper than the engine's sorting, for files that fit.

It takes files that hold neither quotes nor broken lines, whose moments are ISO in UTC and whose every row is an event.
Whatever else turns up, it gives up, and the engine reads and sorts the files as it would have without it. The results
are the same: pyarrow refuses every number and moment that it would read otherwise than the engine.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from core.events.columns import USER_ID
from core.events.reading.load import Text
from core.events.reading.moments import MISSING, unless
from core.events.reading.records import MAX_RECORD_BYTES, SPACE, doubtful_bytes
from core.events.reading.rows import Reading
from core.events.reading.sorting import in_log_order, pool
from core.events.stages import Watch, meanwhile
from core.storage.engine import Writer, quoted

TABLE = "in_order"
BLOCK_BYTES = 4 * 1024 * 1024
ROOM_FACTOR = 2  # bytes that a byte of the files takes up at most: both the rows as they came and those in order
FEW_VALUES = 1_000  # in the sample; a column of so few is kept as numbers and a list of its values
WORDS = pa.dictionary(pa.int32(), pa.string())
MOMENT = pa.timestamp("us")
# `2024-01-02 10` has 13 characters: pyarrow takes it for ten o'clock, the engine for nothing.
DATE_LENGTH, MINUTE_LENGTH = 10, 16


class _GivesUp(Exception):
    """These files are not for this way of reading."""


@dataclass(frozen=True)
class Plan:
    """moment, user: columns of `raw`; types: of its columns as they are read."""

    moment: str
    user: str
    types: dict[str, pa.DataType]


@dataclass(frozen=True)
class Held:
    """Rows in memory as the files have them. columns: by their names in `raw`; sorting takes them out one by one."""

    plan: Plan
    columns: dict[str, pa.ChunkedArray]


@dataclass(frozen=True)
class Lent:
    """`kept` as it is while it is a view on TABLE and every row an event. user, moment: columns of TABLE."""

    reading: Reading
    user: str
    moment: str

    def words(self, engine: Writer, name: str) -> pa.DictionaryArray | None:
        """The values of a stored column as numbers and a list of values, where TABLE has them so."""
        values = self.values(engine, name)
        return values if values is not None and pa.types.is_dictionary(values.type) else None

    def values(self, engine: Writer, name: str) -> pa.Array | None:
        """The values of a stored column, where TABLE has them as they are stored."""
        table = engine.lent(TABLE)
        column = self.reading.read.get(name)
        if self.reading.kept.get(name) not in (name, quoted(name)) or column not in table.column_names:
            return None
        return table.column(column).chunk(0)

    def events(self, more: dict[str, str]) -> str:
        """A query: `kept` with more columns, {name: SQL over TABLE and the values read}."""
        return replace(self.reading, kept={**self.reading.kept, **more}).events(table=TABLE)


def plan_for(engine: Writer, texts: Sequence[Text], reading: Reading) -> Plan | None:
    """How files would be read, from `sample` and a reading planned from text; None where it would not do."""
    order = texts[0].order
    moment, user = reading.plain_moment, reading.read.get(USER_ID)
    size = sum(text.source.bytes for text in texts)
    if moment not in order or user not in order or ROOM_FACTOR * size > engine.memory_bytes():
        return None
    if any(text.order != order or not text.sieved.plain or text.source.quote != '"' for text in texts):
        return None
    whole = (*reading.texts.values(), *reading.read.values(), *reading.kept.values())
    uses = Counter(re.findall(r"\b_c\d+\b", " ".join(whole)))
    counted = ", ".join(f"approx_count_distinct({name})" for name in order)  # exact, of 300 columns it takes 2 GB
    few = engine.rows(f"SELECT {counted} FROM sample")[0]
    types = {name: WORDS if found <= FEW_VALUES else pa.string() for name, found in zip(order, few, strict=True)}
    types |= {name: pa.float64() for name in reading.plain_numbers if uses[name] == 1}
    types |= {user: WORDS, moment: pa.string()}  # a moment until its length is known
    return Plan(moment, user, types) if uses[moment] == 1 else None


def hold(texts: Sequence[Text], plan: Plan, watch: Watch) -> Held | None:
    """Read files; None if they are not as planned, or a line is no record."""
    rows = sum(text.sieved.rows for text in texts)
    batches: list[pa.RecordBatch] = []
    done = 0
    try:
        for text in texts:
            for batch in _batches(text, plan):
                batches.append(_with_moments(batch, plan))
                done += batch.num_rows
                watch(done / max(rows, 1))
    except (_GivesUp, pa.ArrowInvalid):
        return None
    if done != rows:
        return None
    table = pa.Table.from_batches(batches)
    return Held(plan, dict(zip(table.column_names, table.columns, strict=True)))


def untidy_columns(engine: Writer, held: Held) -> set[str]:
    """The columns of which some value may need trimming or may stand for a missing one, as a sieve tells them."""
    found = {
        name
        for name, column in held.columns.items()
        if held.plan.types[name] in (WORDS, pa.string()) and name != held.plan.moment and _is_doubtful(column)
    }
    return {name for name in found if held.plan.types[name] != WORDS or _has_untidy(engine, held.columns[name])}


def keep_in_order(engine: Writer, held: Held, reading: Reading, watch: Watch) -> Lent | None:
    """Make `kept` as a view on sorted rows in memory, with `_fault`; returns them if every row is an event."""
    engine.lend(TABLE, meanwhile(partial(in_log_order, held.columns, held.plan.user, held.plan.moment), watch))
    typed = replace(reading, read={**reading.read, "_moment": held.plan.moment})
    engine.execute(f"CREATE VIEW kept AS {typed.events(table=TABLE)}")
    with engine.watching(watch):
        found = engine.rows("SELECT count(_fault) FROM kept")[0][0]
    if found:
        return None
    sound = replace(typed, faults=())  # nobody need look again
    engine.execute(f"CREATE OR REPLACE VIEW kept AS {sound.events(table=TABLE)}")
    return Lent(sound, held.plan.user, held.plan.moment)


def is_view(engine: Writer) -> bool:
    """Whether `kept` is a view."""
    return bool(engine.rows("SELECT 1 FROM duckdb_views() WHERE view_name='kept'"))


def leave_out_faults(engine: Writer) -> None:
    """Let `kept` hold events only."""
    if not is_view(engine):
        engine.execute("DELETE FROM kept WHERE _fault IS NOT NULL")
        return
    engine.execute("ALTER VIEW kept RENAME TO judged")
    engine.execute("CREATE VIEW kept AS SELECT * FROM judged WHERE _fault IS NULL")


def drop_kept(engine: Writer) -> None:
    """Drop `kept` and what it stands on, if it is there."""
    if not is_view(engine):
        engine.execute("DROP TABLE IF EXISTS kept")
        return
    engine.execute("DROP VIEW kept")
    engine.execute("DROP VIEW IF EXISTS judged")
    engine.take_back(TABLE)


def make_table(engine: Writer, watch: Watch) -> None:
    """Make `kept` a table, should it be a view."""
    if is_view(engine):
        engine.watched("CREATE TABLE copied AS SELECT * FROM kept", watch)
        drop_kept(engine)
        engine.execute("ALTER TABLE copied RENAME TO kept")


def _batches(text: Text, plan: Plan) -> Iterator[pa.RecordBatch]:
    names = list(text.order)
    with csv.open_csv(
        text.sieved.path,
        csv.ReadOptions(column_names=names, skip_rows=int(text.source.has_header), block_size=BLOCK_BYTES),
        csv.ParseOptions(delimiter=text.source.delimiter, quote_char=False, double_quote=False),
        csv.ConvertOptions(column_types=plan.types, null_values=[""], strings_can_be_null=True, check_utf8=False),
        memory_pool=pool(),
    ) as file:
        yield from file


def _with_moments(batch: pa.RecordBatch, plan: Plan) -> pa.RecordBatch:
    texts = batch.column(plan.moment)
    lengths = np.diff(_text_of(texts)[0])
    if texts.null_count or ((lengths < MINUTE_LENGTH) & (lengths != DATE_LENGTH)).any():
        raise _GivesUp
    for column in batch.columns:
        values = column.dictionary if pa.types.is_dictionary(column.type) else column
        if pa.types.is_string(values.type) and len(values):
            longest = int(np.diff(_text_of(values)[0]).max())
            if longest * batch.num_columns > MAX_RECORD_BYTES:
                raise _GivesUp
    return batch.set_column(
        batch.schema.get_field_index(plan.moment), plan.moment, pc.cast(texts, MOMENT, memory_pool=pool())
    )


def _text_of(values: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """(n + 1,) where each text begins and ends, and all bytes."""
    _, ends, data = values.buffers()
    edges = np.frombuffer(ends, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    return edges, np.frombuffer(data if data is not None else b"", dtype=np.uint8)


def _is_doubtful(column: pa.ChunkedArray) -> bool:
    """Whether the first or last byte of some value gives reason to look closer."""
    table = doubtful_bytes("\n")
    for chunk in column.chunks:
        edges, data = _text_of(chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk)
        filled = np.diff(edges) > 0
        if table[data[edges[:-1][filled]]].any() or (data[edges[1:][filled] - 1] == SPACE).any():
            return True
    return False


def _has_untidy(engine: Writer, column: pa.ChunkedArray) -> bool:
    values = pc.unique(pa.chunked_array([chunk.dictionary for chunk in column.chunks]))
    engine.add("words", pa.table({"v": values}))
    found = engine.rows(f"SELECT count(*) FROM words WHERE {unless('v', MISSING)} IS DISTINCT FROM v")[0][0]
    engine.execute("DROP TABLE words")
    return bool(found)
