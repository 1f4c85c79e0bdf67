"""What an event is to the ones beside it, for rows in memory in the order of a log; the engine's windows cost more."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.events.columns import EVENT_TYPE
from core.events.kept import SESSION_VALUE
from core.events.reading.in_order import TABLE, Lent
from core.events.stages import Watch, meanwhile
from core.storage.engine import Writer, literal, quoted

CODE: Final = "_code_"  # with a stored column's name: the numbers of its values
FACTS: Final = {
    "history_position": "CAST(_history AS BIGINT)", "session_id": "_of_session", "session_position":
    "CAST(_in_session AS BIGINT)", "_silence_us": "_silence", "next_gap_seconds": "_next_silence / 1e6",
}  # fmt: skip


def lend_sequence(
    engine: Writer, rows: Lent, enums: Mapping[str, str], gap_seconds: int, watch: Watch, changes: np.ndarray | None
) -> tuple[str, dict[str, str]]:
    """Lend the facts beside the rows; returns a query of all events with them, and {column of `log.events`: its SQL
    over that query} where it is no column of it by name.

    enums: {stored column: its ENUM type}; changes: (n,) whether a row opens a session, as `session_changes` says it;
    None where sessions are told by gaps.
    """
    table = engine.lent(TABLE)
    users = table.column(rows.user).chunk(0).indices.to_numpy()
    moments = table.column(rows.moment).chunk(0).cast(pa.int64()).to_numpy()
    ids = table.column("_row").chunk(0).to_numpy()
    words = {name: rows.words(engine, name) for name in enums}
    types = rows.words(engine, EVENT_TYPE)
    assert types is not None
    facts = meanwhile(lambda report: _facts(users, moments, ids, gap_seconds * 1_000_000, types, changes), watch)
    made, codes = {}, {}
    for name, values in words.items():
        if values is not None:
            codes[CODE + name] = values.indices
            made[name] = _from_code(values, enums[name], CODE + name)
    if EVENT_TYPE in enums:
        made["next_event_type"] = _from_code(types, enums[EVENT_TYPE], "_next_code")
    else:
        facts["_next_type"] = pa.DictionaryArray.from_arrays(facts["_next_code"], types.dictionary)
        made["next_event_type"] = "_next_type"
    columns = dict(zip(table.column_names, table.columns, strict=True))
    engine.lend(TABLE, pa.table({**columns, **codes, **facts}))
    carried = {name: name for name in (*codes, "_next_code", "_next_type") if name in {**codes, **facts}}
    return rows.events({**FACTS, **{name: quoted(name) for name in carried}}), made


def session_changes(engine: Writer, rows: Lent, gap_seconds: int) -> np.ndarray | None:
    """(n,) whether each row opens a session of the mapped column; None where sessions of a user interleave.

    Rows of a user without a value are sessions by the gap rule, as long as they stand together.
    """
    values = rows.values(engine, SESSION_VALUE)
    if values is None:
        return None
    table = engine.lent(TABLE)
    users = table.column(rows.user).chunk(0).indices.to_numpy()
    moments = table.column(rows.moment).chunk(0).cast(pa.int64()).to_numpy()
    changes = np.ones(len(values), dtype=bool)
    known = pc.is_valid(values).to_numpy(zero_copy_only=False)
    same = pc.fill_null(pc.equal(values[1:], values[:-1]), False).to_numpy(zero_copy_only=False)
    neither = ~known[1:] & ~known[:-1]
    changes[1:] = (users[1:] != users[:-1]) | ~(same | neither)
    starts = np.flatnonzero(changes)
    opened = pc.fill_null(pc.take(values, pa.array(starts)).cast(pa.string()).dictionary_encode().indices, -1)
    if len(np.unique(users[starts].astype(np.int64) << 32 | (opened.to_numpy().astype(np.int64) + 1))) < len(starts):
        return None
    changes[1:] |= neither & (np.diff(moments) > gap_seconds * 1_000_000)
    return changes


def _facts(
    users: np.ndarray, moments: np.ndarray, ids: np.ndarray, gap_us: int, types: pa.DictionaryArray,
    changes: np.ndarray | None,
) -> dict[str, pa.Array]:  # fmt: skip
    rows = len(users)
    first = np.ones(rows + 1, dtype=bool)  # of its user; the end too
    np.not_equal(users[1:], users[:-1], out=first[1:rows])
    silence = np.zeros(rows + 1, dtype=np.int64)
    np.subtract(moments[1:], moments[:-1], out=silence[1:rows])
    opens = first | (silence > gap_us) if changes is None else np.append(changes, True)
    session_starts = np.flatnonzero(opens)
    lengths = np.diff(session_starts)
    following = np.empty(rows, dtype=np.int32)
    codes = types.indices.to_numpy()
    following[:-1], following[-1] = codes[1:], codes[-1]
    follows = pa.py_buffer(np.packbits(~opens[1:], bitorder="little"))
    data = pa.py_buffer(silence)
    return {
        "_history": pa.array(_positions(np.flatnonzero(first))),
        "_of_session": pa.array(np.repeat(ids[session_starts[:-1]], lengths)),
        "_in_session": pa.array(_positions(session_starts)),
        "_silence": pa.Array.from_buffers(
            pa.int64(), rows, [pa.py_buffer(np.packbits(~first[:-1], bitorder="little")), data]
        ),
        "_next_silence": pa.Array.from_buffers(pa.int64(), rows, [follows, data.slice(8)]),
        "_next_code": pa.Array.from_buffers(pa.int32(), rows, [follows, pa.py_buffer(following)]),
    }


def _positions(starts: np.ndarray) -> np.ndarray:
    """(n,) int32 from 1 within each stretch. starts: (stretches + 1,) where each begins, and the end."""
    place = np.arange(1, starts[-1] + 1, dtype=np.int32)
    place -= np.repeat(starts[:-1].astype(np.int32), np.diff(starts))
    return place


def _from_code(values: pa.DictionaryArray, kind: str, code: str) -> str:
    """SQL: an ENUM value from its number, which is cheaper than to look its text up."""
    texts = ", ".join(literal(text) for text in values.dictionary.to_pylist())
    return f"(CAST([{texts}] AS {kind}[]))[{quoted(code)} + 1]"
