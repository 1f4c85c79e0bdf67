"""Split a JSON file into its records, each kept as text: one object a line, a list of objects, or a list in an object.

Nothing is parsed here but brackets and quotes, and those a buffer at a time; whether a record is sound JSON is asked of
the engine, so that a broken one costs itself only.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import BadFile
from core.events.reading.formats.breaks import Breaks
from core.events.stages import Watch

MAX_DEPTH = 4  # objects around the list of records
RECORD = "record"  # the one column of the Parquet file that the records end in
CHUNK_BYTES = 8 * 1024 * 1024
MAX_RECORD_BYTES = 64 * 1024 * 1024
OPENS = re.compile(r"\s*[{\[]\s*(?:[\"{\[\]}\d-]|\Z)")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
LIST_NAMES = ("events", "data", "rows", "records", "results", "logs", "log", "entries", "history", "hits")
QUOTE, BACKSLASH, NEWLINE, SPACE = 34, 92, 10, 32
DEPTHS = np.zeros(256, dtype=np.int8)
DEPTHS[[ord("{"), ord("[")]], DEPTHS[[ord("}"), ord("]")]] = 1, -1
BETWEEN = np.isin(np.arange(256), list(b" \t\r\n,"))


@dataclass(frozen=True)
class JsonShape:
    """lines: one record a line; else records stand one after the other from byte `start` on, until a bracket closes
    that was open there; key: the name of their list in the object around it."""

    lines: bool
    start: int = 0
    key: str | None = None


def shape_of(text: str, *, whole: bool) -> JsonShape | None:
    """How the records lie in a JSON text, from its beginning; None if it is no JSON."""
    if not OPENS.match(text):
        return None
    lines = [line for line in text.split("\n") if line.strip()]
    first = lines[0].strip()
    alone = len(lines) == 1 and whole
    if first[0] == "[":
        if len(lines) > 1 and _parsed(first) is not None and lines[1].lstrip().startswith("["):
            return JsonShape(lines=True)
        return JsonShape(lines=False, start=_bytes_before(text, text.index("[") + 1))
    if not alone and (isinstance(_parsed(first), dict) or (len(lines) > 1 and first[-1] == "}")):
        return JsonShape(lines=True)
    listed = _list_inside(text, alone=alone)
    return listed or JsonShape(lines=False)


def split_records(path: Path, shape: JsonShape, target: Path, name: str, watch: Watch) -> np.ndarray:
    """Write the records of a UTF-8 file to a Parquet file of one column, RECORD; returns their breaks (row, line)."""
    size, done = max(path.stat().st_size, 1), 0
    breaks = Breaks()
    pieces = _lines(path, name) if shape.lines else _bracketed(path, shape.start, name)
    schema = pa.schema([(RECORD, pa.string())])
    with pq.ParquetWriter(target, schema, compression="snappy", use_dictionary=False) as writer:
        for records, lines, used in pieces:
            if len(records):
                writer.write_table(pa.table([records], schema=schema), row_group_size=100_000)
                breaks.add(lines)
            done += used
            watch(done / size)
    return breaks.array()


def _lines(path: Path, name: str) -> Iterator[tuple[pa.Array, np.ndarray, int]]:
    """(records, their lines, bytes used) of each buffer of a file with one record a line."""
    line, rest = 1, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            end = chunk.rfind(b"\n") + 1
            if not end:
                rest += chunk
                if len(rest) > MAX_RECORD_BYTES:
                    raise BadFile(f"'{name}' has a line longer than {MAX_RECORD_BYTES // 1024**2} MB; it is no log.")
                continue
            buffer, rest = rest + chunk[:end], chunk[end:]
            yield *_of_lines(buffer, line), len(buffer)
            line += buffer.count(b"\n")
    if rest.strip():
        yield *_of_lines(rest + b"\n", line), len(rest)


def _of_lines(buffer: bytes, first_line: int) -> tuple[pa.Array, np.ndarray]:
    data = np.frombuffer(buffer, dtype=np.uint8)
    ends = np.flatnonzero(data == NEWLINE) + 1
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    texts = pa.Array.from_buffers(pa.string(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(buffer)])
    lines = first_line + np.arange(len(ends), dtype=np.int64)
    blank = np.add.reduceat(~BETWEEN[data], offsets[:-1], dtype=np.int64) == 0
    if blank.any():
        return texts.filter(pa.array(~blank)), lines[~blank]
    return texts, lines


def _bracketed(path: Path, start: int, name: str) -> Iterator[tuple[pa.Array, np.ndarray, int]]:
    """The same for records that brackets part."""
    with path.open("rb") as file:
        line, rest = 1 + file.read(start).count(b"\n"), b""
        while chunk := file.read(CHUNK_BYTES):
            buffer = rest + chunk
            starts, ends, closed = _spans(buffer)
            used = len(buffer) if closed else int(ends[-1]) if len(ends) else 0
            yield *_between(buffer, starts, ends, line), used
            if closed:
                return
            line += buffer.count(b"\n", 0, used)
            rest = buffer[used:]
            if len(rest) > MAX_RECORD_BYTES:
                raise BadFile(
                    f"'{name}' has a JSON value without an end from line {line:,} on; save it again, one object a line."
                )
    last = rest.lstrip(b" \t\r\n,")
    if last:
        line += rest[: len(rest) - len(last)].count(b"\n")
        yield pa.array([last.decode("utf-8", "replace")]), np.array([line], dtype=np.int64), len(rest)


def _spans(buffer: bytes) -> tuple[np.ndarray, np.ndarray, bool]:
    """Where records start and end (after their last byte), things that are no records included, and whether the
    bracket around them closed."""
    data = np.frombuffer(buffer, dtype=np.uint8)
    depths = DEPTHS[data]
    brackets = np.flatnonzero(depths)
    quotes = _quotes(buffer, data)
    brackets = brackets[np.searchsorted(quotes, brackets) % 2 == 0]
    steps = depths[brackets].astype(np.int64)
    depth = np.cumsum(steps)
    beyond = np.flatnonzero(depth < 0)
    closed = len(beyond) > 0
    within = slice(None, int(beyond[0])) if closed else slice(None)
    starts = brackets[within][(steps[within] > 0) & (depth[within] == 1)]
    ends = brackets[within][(steps[within] < 0) & (depth[within] == 0)] + 1
    limit = int(brackets[beyond[0]]) if closed else int(ends[-1]) if len(ends) else 0
    return *_with_others(data, starts[: len(ends)], ends, limit), closed


def _with_others(data: np.ndarray, starts: np.ndarray, ends: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """The spans, with those of anything but commas and space that stands between them before the limit."""
    significant = np.flatnonzero(~BETWEEN[data[:limit]])
    place = np.searchsorted(starts, significant, side="right") - 1
    inside = (place >= 0) & (significant < np.append(ends, 0)[place])
    outside = significant[~inside]
    if not len(outside):
        return starts, ends
    first = outside[np.diff(outside, prepend=-2) > 1]
    last = outside[np.diff(outside, append=outside[-1] + 2) > 1] + 1
    starts, ends = np.concatenate([starts, first]), np.concatenate([ends, last])
    order = np.argsort(starts, kind="stable")
    return starts[order], ends[order]


def _quotes(buffer: bytes, data: np.ndarray) -> np.ndarray:
    """The quotes that open or close a string; one after an odd number of backslashes does neither."""
    quotes = np.flatnonzero(data == QUOTE)
    if b'\\"' not in buffer:
        return quotes
    others = np.flatnonzero(data != BACKSLASH)
    before = np.searchsorted(others, quotes) - 1
    last = np.where(before >= 0, others[np.maximum(before, 0)], -1)
    found: np.ndarray = quotes[(quotes - 1 - last) % 2 == 0]
    return found


def _between(buffer: bytes, starts: np.ndarray, ends: np.ndarray, first_line: int) -> tuple[pa.Array, np.ndarray]:
    """The spans as texts (what lies between them turned into space, which JSON ignores) and their lines."""
    if not len(ends):
        return pa.array([], pa.string()), np.empty(0, dtype=np.int64)
    data = np.frombuffer(buffer, dtype=np.uint8)
    marks = np.zeros(len(data) + 1, dtype=np.int8)
    marks[starts] += 1
    marks[ends] -= 1
    kept = np.where(np.cumsum(marks[:-1], dtype=np.int8) > 0, data, SPACE).astype(np.uint8)
    offsets = np.append(starts, ends[-1]).astype(np.int32)
    newlines = np.flatnonzero(data == NEWLINE)
    texts = pa.Array.from_buffers(pa.string(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(kept)])
    return texts, first_line + np.searchsorted(newlines, starts)


def _list_inside(text: str, *, alone: bool) -> JsonShape | None:
    """The list of objects inside the first object: one with a usual name, or else the first directly in it."""
    keys: list[str] = []  # of the objects around a place; "[" for a list
    key = ""
    found: list[JsonShape] = []
    deeper: list[JsonShape] = []
    for match in TOKEN.finditer(text):
        token = match.group()
        if token in "{[":
            if token == "[" and 0 < len(keys) <= MAX_DEPTH and "[" not in keys and _opens_record(text, match.end()):
                path = ".".join([*keys[1:], key])
                shape = JsonShape(lines=False, start=_bytes_before(text, match.end()), key=path)
                (found if len(keys) == 1 else deeper).append(shape)
            keys.append(token if token == "[" else key)
        elif token in "}]":
            keys.pop()
            if not keys:
                break
        else:
            key = token[1:-1]
    named = [shape for shape in (*found, *deeper) if (shape.key or "").rsplit(".", 1)[-1].lower() in LIST_NAMES]
    known = _parsed(text) if alone else None
    if not named and isinstance(known, dict):  # one event may hold a list of things: several of them make a log
        found = [shape for shape in found if len(known.get(str(shape.key)) or ()) > 1 and len(known) <= 2]
    return next(iter(named or found), None)


def _opens_record(text: str, place: int) -> bool:
    return text[place:].lstrip()[:1] in ("{", "")


def _bytes_before(text: str, place: int) -> int:
    return len(text[:place].encode())


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
