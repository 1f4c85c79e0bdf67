"""What an event is to the ones beside it, for rows in memory in the order of a log; the engine's windows cost more."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Runs:
    """Rows of one session that stand together; a session whose rows others interrupt has several runs.

    starts (r + 1,): the first row of each, and the end; opener (r,): the first row of its session; before (r,): how
    many rows of its session stand earlier; following (r,): the first row of its session's next run, or -1.
    """

    starts: np.ndarray
    opener: np.ndarray
    before: np.ndarray
    following: np.ndarray

    @classmethod
    def alone(cls, opens: np.ndarray) -> "Runs":
        """Every run a session; opens (n + 1,): whether a row begins one, and the end."""
        starts = np.flatnonzero(opens)
        nothing = np.zeros(len(starts) - 1, dtype=np.int64)
        return cls(starts, starts[:-1], nothing, nothing - 1)

    @classmethod
    def of(cls, starts: np.ndarray, session: np.ndarray) -> "Runs":
        """Runs of numbered sessions (r,)."""
        lengths = np.diff(starts)
        order = np.argsort(session, kind="stable")
        opens = np.append(True, np.diff(session[order]) > 0)
        opener, before, following = (np.empty(len(order), dtype=np.int64) for _ in range(3))
        group = np.cumsum(opens) - 1
        earlier = np.cumsum(lengths[order]) - lengths[order]
        opener[order] = starts[order[opens]][group]
        before[order] = earlier - earlier[opens][group]
        following[order[:-1]] = np.where(opens[1:], -1, starts[order[1:]])
        following[order[-1]] = -1
        return cls(starts, opener, before, following)


def lend_sequence(
    engine: Writer, rows: Lent, enums: Mapping[str, str], gap_seconds: int, watch: Watch, *, by_value: bool
) -> tuple[str, dict[str, str]]:
    """Lend the facts beside the rows; returns a query of all events with them, and {column of `log.events`: its SQL
    over that query} where it is no column of it by name.

    enums: {stored column: its ENUM type}; by_value: whether a column tells the sessions (rows without a value follow
    the gap rule among themselves), rather than gaps alone.
    """
    table = engine.lent(TABLE)
    users = table.column(rows.user).chunk(0).indices.to_numpy()
    moments = table.column(rows.moment).chunk(0).cast(pa.int64()).to_numpy()
    ids = table.column("_row").chunk(0).to_numpy()
    words = {name: rows.words(engine, name) for name in enums}
    types = rows.words(engine, EVENT_TYPE)
    assert types is not None
    values = rows.values(engine, SESSION_VALUE) if by_value else None
    facts = meanwhile(lambda report: _facts(users, moments, ids, gap_seconds * 1_000_000, types, values), watch)
    made, codes = {}, {}
    for name, found in words.items():
        if found is not None:
            codes[CODE + name] = found.indices
            made[name] = _from_code(found, enums[name], CODE + name)
    if EVENT_TYPE in enums:
        made["next_event_type"] = _from_code(types, enums[EVENT_TYPE], "_next_code")
    else:
        facts["_next_type"] = pa.DictionaryArray.from_arrays(facts["_next_code"], types.dictionary)
        made["next_event_type"] = "_next_type"
    columns = dict(zip(table.column_names, table.columns, strict=True))
    engine.lend(TABLE, pa.table({**columns, **codes, **facts}))
    carried = {name: name for name in (*codes, "_next_code", "_next_type") if name in {**codes, **facts}}
    return rows.events({**FACTS, **{name: quoted(name) for name in carried}}), made


def _facts(
    users: np.ndarray, moments: np.ndarray, ids: np.ndarray, gap_us: int, types: pa.DictionaryArray,
    values: pa.Array | None,
) -> dict[str, pa.Array]:  # fmt: skip
    rows = len(users)
    first = np.ones(rows + 1, dtype=bool)  # of its user; the end too
    np.not_equal(users[1:], users[:-1], out=first[1:rows])
    silence = np.zeros(rows + 1, dtype=np.int64)
    np.subtract(moments[1:], moments[:-1], out=silence[1:rows])
    if values is None:
        runs = Runs.alone(first | (silence > gap_us))
    else:
        runs = _runs_by_value(values, users, moments, first, gap_us)
    ends, lengths = runs.starts[1:] - 1, np.diff(runs.starts)
    goes_on = np.ones(rows, dtype=bool)
    goes_on[ends[runs.following < 0]] = False
    codes = types.indices.to_numpy()
    next_code, next_silence = np.append(codes[1:], codes[:1]), silence[1:].copy()
    leaps, lands = ends[runs.following >= 0], runs.following[runs.following >= 0]
    next_code[leaps], next_silence[leaps] = codes[lands], moments[lands] - moments[leaps]
    follows = pa.py_buffer(np.packbits(goes_on, bitorder="little"))
    begins = pa.py_buffer(np.packbits(~first[:-1], bitorder="little"))
    return {
        "_history": pa.array(_positions(np.flatnonzero(first))),
        "_of_session": pa.array(np.repeat(ids[runs.opener], lengths)),
        "_in_session": pa.array(_positions(runs.starts) + np.repeat(runs.before.astype(np.int32), lengths)),
        "_silence": pa.Array.from_buffers(pa.int64(), rows, [begins, pa.py_buffer(silence)]),
        "_next_silence": pa.Array.from_buffers(pa.int64(), rows, [follows, pa.py_buffer(next_silence)]),
        "_next_code": pa.Array.from_buffers(pa.int32(), rows, [follows, pa.py_buffer(next_code)]),
    }


def _runs_by_value(values: pa.Array, users: np.ndarray, moments: np.ndarray, first: np.ndarray, gap_us: int) -> Runs:
    """The runs of sessions that a column tells; what has no value there follows the gap rule."""
    known = pc.is_valid(values).to_numpy(zero_copy_only=False)
    same = pc.fill_null(pc.equal(values[1:], values[:-1]), False).to_numpy(zero_copy_only=False)
    silent = ~known[1:] & ~known[:-1] & (np.diff(moments) <= gap_us)
    opens = first.copy()
    opens[1:-1] |= ~(same | silent)
    starts = np.flatnonzero(opens)
    began, ended = starts[:-1], starts[1:] - 1
    texts = pc.take(values, pa.array(began)).cast(pa.string()).dictionary_encode()
    code = pc.fill_null(texts.indices, -1).to_numpy().astype(np.int64)
    _, session = np.unique((users[began].astype(np.int64) << 32) | (code + 1), return_inverse=True)
    lost = np.flatnonzero(code < 0)
    if len(lost):
        user, quiet = users[began[lost]], moments[began[lost[1:]]] - moments[ended[lost[:-1]]]
        session[lost] = session.max() + 1 + np.cumsum(np.append(True, (user[1:] != user[:-1]) | (quiet > gap_us)))
    return Runs.of(starts, session)


def _positions(starts: np.ndarray) -> np.ndarray:
    """(n,) int32 from 1 within each stretch. starts: (stretches + 1,) where each begins, and the end."""
    place = np.arange(1, starts[-1] + 1, dtype=np.int32)
    place -= np.repeat(starts[:-1].astype(np.int32), np.diff(starts))
    return place


def _from_code(values: pa.DictionaryArray, kind: str, code: str) -> str:
    """SQL: an ENUM value from its number, which is cheaper than to look its text up."""
    texts = ", ".join(literal(text) for text in values.dictionary.to_pylist())
    return f"(CAST([{texts}] AS {kind}[]))[{quoted(code)} + 1]"
