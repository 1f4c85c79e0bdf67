"""Split a buffer of CSV into records and judge each: whole, blank, or broken in a way that can be named.

numpy finds the records of a buffer at once, by the parity of the quotes before each newline. From the first record
whose quotes are in doubt to the end of that buffer, an expression reads field by field. A broken quote costs its own
line only.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

MAX_RECORD_BYTES = 8 * 1024 * 1024
SLICE_BYTES = 256 * 1024  # looked at together, so that what is found stays in the processor's cache
NEWLINE, RETURN, QUOTE, SPACE = 10, 13, 34, 32
MISSING_FIRST = b"Nn\\<"  # with one of these begins every word for a missing value

GOOD, BLANK, RAGGED, NUL, LONE_RETURN, BROKEN_QUOTE, TOO_LONG = range(7)
REASONS = {
    NUL: "the line holds a NUL byte",
    LONE_RETURN: "the line holds a carriage return outside quotes",
    BROKEN_QUOTE: "a quote opens and is not closed before the next delimiter",
    TOO_LONG: f"the line is longer than {MAX_RECORD_BYTES // 1024**2} MB",
}


@dataclass(frozen=True)
class Records:
    """spans: (n, 2) int64, start and place of the newline; verdicts: (n,) codes as above; widths: (n,) fields."""

    spans: np.ndarray
    verdicts: np.ndarray
    widths: np.ndarray

    @property
    def used(self) -> int:
        """Bytes of the buffer that these records take up, from its start."""
        return int(self.spans[-1, 1]) + 1 if len(self.spans) else 0


def reason_of(verdict: int, width: int, columns: int) -> str:
    """What is wrong with a record, for the rejects table."""
    if verdict == RAGGED:
        return f"{width} fields where the header has {columns}"
    return REASONS[verdict]


@dataclass(frozen=True)
class Plain:
    """rows: records at the start of a buffer that are all GOOD and take one line each; used: their bytes; untidy:
    places of the columns of which some value may need trimming or may stand for a missing one."""

    rows: int
    used: int
    untidy: frozenset[int] = frozenset()


def all_plain(buffer: bytes, delimiter: str, columns: int, headers: int) -> Plain | None:
    """The records of a buffer if every one is whole at first sight: no quote, NUL or lone carriage return in all of it,
    and each line has its delimiters. None if `split` must look. headers: lines at its start that hold no values."""
    if columns < 2 or b'"' in buffer or b"\0" in buffer:
        return None
    returns = b"\r" in buffer
    if returns and buffer.count(b"\r") != buffer.count(b"\r\n"):
        return None
    data, rows, used = np.frombuffer(buffer, dtype=np.uint8), 0, 0
    separator, doubtful, untidy = ord(delimiter), doubtful_bytes(delimiter), set[int]()
    while used < len(data):
        piece = data[used : used + SLICE_BYTES]
        newlines = piece == NEWLINE
        separators = newlines | (piece == separator)
        places = np.flatnonzero(separators)
        found = len(places) // columns
        places = places[: found * columns]
        ends = places[columns - 1 :: columns]
        if not newlines[ends].all() or (found and np.count_nonzero(newlines[: places[-1]]) != found - 1):
            return None
        if not found:
            break
        spaced = returns or (separators[1:] & (piece[:-1] == SPACE)).any()
        untidy |= _untidy(piece, places, columns, doubtful, 0 if rows else headers, spaced=spaced)
        rows, used = rows + found, used + int(places[-1]) + 1
    return Plain(rows, used, frozenset(untidy)) if NEWLINE not in data[used:] else None


@lru_cache
def doubtful_bytes(delimiter: str) -> np.ndarray:
    """(256,) whether a value that begins with this byte may need trimming (any letter beyond ASCII may be a space) or
    stand for a missing one; the bytes that end a field stand for an empty one."""
    table = np.zeros(256, dtype=bool)
    table[: SPACE + 1] = table[128:] = table[list(MISSING_FIRST)] = True
    table[[ord(delimiter), NEWLINE, RETURN]] = False
    return table


def _untidy(
    piece: np.ndarray, places: np.ndarray, columns: int, doubtful: np.ndarray, headers: int, *, spaced: bool
) -> set[int]:
    """Places of the untidy columns of whole records that end, field by field, at `places`; spaced: some field may end
    with a space."""
    first = np.empty(len(places), dtype=np.uint8)
    first[0] = piece[0]
    np.take(piece, places[:-1] + 1, out=first[1:])
    found = [np.flatnonzero(doubtful.take(first))]
    if spaced:
        ends = np.arange(columns - 1, len(places), columns)
        before = places[ends]
        found.append(np.flatnonzero(piece[places - 1] == SPACE))
        found.append(ends[(piece[before - 1] == RETURN) & (piece[before - 2] == SPACE)])
    doubts = np.concatenate(found)
    return set((doubts[doubts >= headers * columns] % columns).tolist()) if len(doubts) else set()


def split(buffer: bytes, delimiter: str, columns: int, *, last: bool) -> Records:
    """The records at the start of a buffer that begins with one; what follows `used` needs more bytes.

    last: the buffer ends the file (and with a newline), so nothing may be left over.
    """
    whole, doubt = _at_a_glance(buffer, delimiter, columns)
    rest = whole.used if doubt is None else int(whole.spans[doubt, 0])
    if doubt is None and not last and len(buffer) - rest <= MAX_RECORD_BYTES:
        return whole
    careful = _carefully(buffer, rest, delimiter, columns, last=last)
    sure = slice(None, doubt)
    return Records(
        np.concatenate([whole.spans[sure], careful.spans]),
        np.concatenate([whole.verdicts[sure], careful.verdicts]),
        np.concatenate([whole.widths[sure], careful.widths]),
    )


def _at_a_glance(buffer: bytes, delimiter: str, columns: int) -> tuple[Records, int | None]:
    """Records by quote parity, and the index of the first whose quotes are in doubt."""
    data = np.frombuffer(buffer, dtype=np.uint8)
    quotes = _places(buffer, data, QUOTE)
    ends = np.flatnonzero(data == NEWLINE)
    delimiters = np.flatnonzero(data == ord(delimiter))
    if len(quotes):
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
        delimiters = delimiters[np.searchsorted(quotes, delimiters) % 2 == 0]
    if not len(ends):
        return _records([], [], []), None
    starts = np.concatenate([[0], ends[:-1] + 1])
    widths = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
    verdicts = np.where(widths == columns, GOOD, RAGGED)
    lone = _held(_lone_returns(buffer, data), starts, ends)
    for held, code in ((lone, LONE_RETURN), (_held(_places(buffer, data, 0), starts, ends), NUL)):
        verdicts[held] = code
    lengths = ends - starts
    verdicts[lengths > MAX_RECORD_BYTES] = TOO_LONG
    verdicts[(lengths == 0) | ((lengths == 1) & (data[starts] == RETURN))] = BLANK
    found = Records(np.column_stack([starts, ends]), verdicts, widths)
    if not len(quotes):
        return found, None
    doubts = (verdicts != GOOD) & _held(quotes, starts, ends)
    misplaced = _misplaced(data, quotes, delimiter)
    doubts[np.searchsorted(ends, misplaced[misplaced < ends[-1]])] = True
    return found, int(np.argmax(doubts)) if doubts.any() else None


def _places(buffer: bytes, data: np.ndarray, byte: int) -> np.ndarray:
    if bytes([byte]) not in buffer:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(data == byte)


def _lone_returns(buffer: bytes, data: np.ndarray) -> np.ndarray:
    returns = _places(buffer, data, RETURN)
    lone: np.ndarray = returns[data[np.minimum(returns + 1, len(data) - 1)] != NEWLINE]
    return lone


def _held(places: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(n,) whether a record holds one of the sorted places."""
    if not len(places):
        return np.zeros(len(starts), dtype=bool)
    held: np.ndarray = np.searchsorted(places, ends) > np.searchsorted(places, starts)
    return held


def _misplaced(data: np.ndarray, quotes: np.ndarray, delimiter: str) -> np.ndarray:
    """Quotes that by parity open a field not at its start, or close one not at its end; sorted."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = data[np.maximum(opening - 1, 0)]
    after = data[np.minimum(closing + 1, len(data) - 1)]
    sound_opening = (opening == 0) | np.isin(before, (ord(delimiter), NEWLINE, QUOTE))
    sound_closing = np.isin(after, (ord(delimiter), NEWLINE, RETURN, QUOTE))
    return np.sort(np.concatenate([opening[~sound_opening], closing[~sound_closing]]))


def _carefully(buffer: bytes, start: int, delimiter: str, columns: int, *, last: bool) -> Records:
    spans, verdicts, widths = [], [], []
    field = _field(delimiter)
    while (newline := buffer.find(b"\n", start)) >= 0:
        end, verdict, width = newline, GOOD, 0
        if buffer.find(b'"', start, newline) < 0:
            verdict, width = _plain(buffer[start:newline], delimiter, columns)
        else:
            read = _quoted(buffer, start, field, may_grow=not last and len(buffer) - start <= MAX_RECORD_BYTES)
            if read is None:
                break
            end, width = read
            verdict = GOOD if width == columns else RAGGED if width else BROKEN_QUOTE
            verdict = NUL if b"\0" in buffer[start:end] else verdict
            verdict = TOO_LONG if end - start > MAX_RECORD_BYTES else verdict
            end = end if verdict == GOOD else newline  # a broken record costs one line; the next may be whole
        spans.append((start, end))
        verdicts.append(verdict)
        widths.append(width)
        start = end + 1
    return _records(spans, verdicts, widths)


def _plain(line: bytes, delimiter: str, columns: int) -> tuple[int, int]:
    """Verdict and width of a line without quotes."""
    width = line.count(delimiter.encode()) + 1
    if line in (b"", b"\r"):
        return BLANK, width
    if b"\0" in line:
        return NUL, width
    if b"\r" in line[:-1]:
        return LONE_RETURN, width
    if len(line) > MAX_RECORD_BYTES:
        return TOO_LONG, width
    return (GOOD if width == columns else RAGGED), width


def _field(delimiter: str) -> re.Pattern[bytes]:
    """One field and what ends it; possessive, so that a stray quote costs one scan and no backtracking.

    One space before an opening quote is skipped, as the engine does.
    """
    d = re.escape(delimiter.encode())
    quoted = rb' ?"[^"]*+(?:""[^"]*+)*+"'
    plain = rb'(?! ?")[^\r\n' + d + rb"]*+"
    return re.compile(rb"(?:" + quoted + rb"|" + plain + rb")(?:" + d + rb"|(\r?\n))")


UNFINISHED = re.compile(rb' ?"[^"]*+(?:""[^"]*+)*+(?:"\r?)?\Z')


def _quoted(buffer: bytes, start: int, field: re.Pattern[bytes], *, may_grow: bool) -> tuple[int, int] | None:
    """(place of the record's newline, fields), fields 0 if a quote is broken; None if more bytes may complete it."""
    place, width = start, 0
    while match := field.match(buffer, place):
        place, width = match.end(), width + 1
        if match.group(1):
            return place - 1, width
    if may_grow and UNFINISHED.match(buffer, place):
        return None
    return buffer.find(b"\n", start), 0


def _records(spans: list[tuple[int, int]], verdicts: list[int], widths: list[int]) -> Records:
    return Records(
        np.array(spans, dtype=np.int64).reshape(-1, 2), np.array(verdicts, dtype=np.int64),
        np.array(widths, dtype=np.int64),
    )  # fmt: skip
