"""Plain CSV files in the order of a log, sorted in memory: cheaper than the engine's sorting, for files that fit.

It takes files that hold neither quotes nor broken lines, whose moments are ISO in UTC and whose every row is an event.
Whatever else turns up, it gives up, and the engine reads and sorts the files as it would have without it. The results
are the same: pyarrow refuses every number and moment that it would read otherwise than the engine.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from core.events.columns import USER_ID
from core.events.reading.load import Text
from core.events.reading.rows import Reading
from core.events.stages import Stage, Watch
from core.storage.engine import Writer

TABLE = "in_order"
BLOCK_BYTES = 16 * 1024 * 1024
ROOM_FACTOR = 2  # bytes that a byte of the files takes up at most: both the rows as they came and those in order
FEW_VALUES = 1_000  # in the sample; a column of so few is kept as numbers and a list of its values
WORDS = pa.dictionary(pa.int32(), pa.string())
MOMENT = pa.timestamp("us")
# `2024-01-02 10` has 13 characters: pyarrow takes it for ten o'clock, the engine for nothing.
DATE_LENGTH, MINUTE_LENGTH = 10, 16


class _GivesUp(Exception):
    """These files are not for this way of reading."""


@dataclass(frozen=True)
class _Plan:
    """moment, user: columns of `raw`; types: of its columns as they are read; rows: as the sieve counted them."""

    moment: str
    user: str
    types: dict[str, pa.DataType]
    rows: int


def keep_in_order(engine: Writer, texts: Sequence[Text], reading: Reading, rows: int, watch: Stage) -> bool:
    """Make `kept` as a view on sorted rows in memory, without rows at fault; False, and nothing made, if it cannot.

    reading: as planned from text; rows: in the files. `raw` and `sample` must be there.
    """
    try:
        plan = _planned(engine, texts, reading, rows)
        ordered = _sorted(_read(texts, plan, watch.part(0.0, 0.6)), plan, watch.part(0.6, 0.9))
    except (_GivesUp, pa.ArrowInvalid):
        return False
    engine.lend(TABLE, ordered)
    typed = replace(reading, read={**reading.read, "_moment": plan.moment})
    engine.execute(f"CREATE VIEW kept AS {typed.events(table=TABLE)}")
    with engine.watching(watch.part(0.9, 1.0)):
        at_fault = engine.rows("SELECT count(_fault) FROM kept")[0][0]
    if at_fault:
        engine.execute("DROP VIEW kept")
        engine.take_back(TABLE)
        return False
    return True


def make_table(engine: Writer, watch: Watch) -> None:
    """Make `kept` a table, should it be a view."""
    if not engine.rows("SELECT 1 FROM duckdb_views() WHERE view_name='kept'"):
        return
    engine.watched("CREATE TABLE copied AS SELECT * FROM kept", watch)
    engine.execute("DROP VIEW kept")
    engine.take_back(TABLE)
    engine.execute("ALTER TABLE copied RENAME TO kept")


def _planned(engine: Writer, texts: Sequence[Text], reading: Reading, rows: int) -> _Plan:
    """Raises _GivesUp where a look at the plan says that it would not do."""
    order = texts[0].order
    moment, user = reading.plain_moment, reading.read.get(USER_ID)
    size = sum(text.source.bytes for text in texts)
    if moment not in order or user not in order or ROOM_FACTOR * size > engine.memory_bytes():
        raise _GivesUp
    if any(text.order != order or not text.sieved.plain or text.source.quote != '"' for text in texts):
        raise _GivesUp
    whole = (*reading.texts.values(), *reading.read.values(), *reading.kept.values())
    uses = Counter(re.findall(r"\b_c\d+\b", " ".join(whole)))
    counted = ", ".join(f"approx_count_distinct({name})" for name in order)  # exact, of 300 columns it takes 2 GB
    few = engine.rows(f"SELECT {counted} FROM sample")[0]
    types = {name: WORDS if found <= FEW_VALUES else pa.string() for name, found in zip(order, few, strict=True)}
    types[user] = WORDS
    types |= {name: pa.float64() for name in reading.plain_numbers if uses[name] == 1}
    if uses[moment] != 1:
        raise _GivesUp
    types[moment] = pa.string()  # until its length is known
    return _Plan(moment, user, types, rows)


def _read(texts: Sequence[Text], plan: _Plan, watch: Stage) -> pa.Table:
    batches: list[pa.RecordBatch] = []
    done = 0
    for text in texts:
        for batch in _batches(text, plan):
            batches.append(_with_moments(batch, plan.moment))
            done += batch.num_rows
            watch(done / plan.rows)
    if done != plan.rows:
        raise _GivesUp
    return pa.Table.from_batches(batches)


def _batches(text: Text, plan: _Plan) -> Iterator[pa.RecordBatch]:
    names = list(text.order)
    with csv.open_csv(
        text.sieved.path,
        csv.ReadOptions(column_names=names, skip_rows=int(text.source.has_header), block_size=BLOCK_BYTES),
        csv.ParseOptions(delimiter=text.source.delimiter, quote_char=False, double_quote=False),
        csv.ConvertOptions(column_types=plan.types, null_values=[""], strings_can_be_null=True),
    ) as file:
        yield from file


def _with_moments(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    texts = batch.column(name)
    lengths = np.diff(np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1])
    if texts.null_count or ((lengths < MINUTE_LENGTH) & (lengths != DATE_LENGTH)).any():
        raise _GivesUp
    return batch.set_column(batch.schema.get_field_index(name), name, pc.cast(texts, MOMENT))


def _sorted(table: pa.Table, plan: _Plan, watch: Stage) -> pa.Table:
    """The rows by (user, moment, row), with `_row` from 1; each column is let go once it is in order."""
    place = _places(_whole(table, plan.user), _whole(table, plan.moment), watch.part(0.0, 0.4))
    chosen, ordered = pa.array(place), {"_row": pa.array(place + 1)}
    for number, name in enumerate(table.column_names):
        column, table = _whole(table, name), table.drop_columns([name])
        if pa.types.is_dictionary(column.type):
            ordered[name] = pa.DictionaryArray.from_arrays(column.indices.take(chosen), column.dictionary)
        else:
            ordered[name] = column.take(chosen)
        watch(0.4 + 0.6 * number / len(plan.types))
    return pa.table(ordered)


def _whole(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name).unify_dictionaries()
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _places(users: pa.DictionaryArray, moments: pa.Array, watch: Stage) -> np.ndarray:
    """(n,) the row, from 0, that comes at each place. Number of the user and of the row make up one number to sort."""
    if users.null_count:
        raise _GivesUp
    rank = np.empty(len(users.dictionary), dtype=np.uint64)
    rank[pc.array_sort_indices(users.dictionary).to_numpy()] = np.arange(len(rank), dtype=np.uint64)
    watch(0.2)
    key = rank.take(users.indices.to_numpy())
    times = moments.cast(pa.int64()).to_numpy()
    by_time = None if (times[1:] >= times[:-1]).all() else np.argsort(times, kind="stable")
    watch(0.5)
    key = key if by_time is None else key.take(by_time)
    shift = np.uint64(len(key).bit_length())
    key <<= shift
    key |= np.arange(len(key), dtype=np.uint64)
    watch(0.6)
    key.sort()
    key &= (np.uint64(1) << shift) - np.uint64(1)
    place = key.astype(np.int64)
    found: np.ndarray = place if by_time is None else by_time.take(place)
    return found
