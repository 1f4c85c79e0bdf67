"""How a text table is written: delimiter, quote, lines before the header, header, column names."""

import csv
import io
import re
from dataclasses import dataclass

DELIMITERS = (",", "\t", ";", "|")
DOUBLE_COLON = "::"  # MovieLens
UNIT = "\x1f"  # stands for `::` in the copy that the engine reads
RARE_DELIMITERS = ("\x01", "\x1f", "^", "~")
JUDGED_LINES = 200
KNOWN_NAMES = ("timestamp", "user_id", "time", "date", "event", "userid", "item_id", "event_type", "event_name")
VALUE_LIKE = re.compile(r"-?\d+([.,]\d+)?([eE][+-]?\d+)?\Z|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?\Z")
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """delimiter: as in the file (`::` too); quote: `"` or `'`; preamble: lines before the header that are no table;
    cells: of the first row; has_header: whether that row names the columns."""

    delimiter: str
    quote: str
    preamble: int
    cells: tuple[str, ...]
    has_header: bool


def dialect_of(text: str, *, whole: bool, delimiter: str | None = None, has_header: bool | None = None) -> Dialect:
    """The dialect of a table from its first lines, which end in "\\n"; whole: the text is all of the file.

    delimiter, has_header: as the analyst knows them; None to guess.
    """
    lines = text.split("\n")
    lines = lines if whole or len(lines) < 3 else lines[:-1]  # the last one may be cut
    preamble, told = _preamble(lines)
    body = [line.rstrip("\r") for line in lines[preamble:] if line.strip("\r")]
    chosen = delimiter or told or _delimiter(body[:JUDGED_LINES])
    quote = "'" if chosen != DOUBLE_COLON and _single_quoted(body[:JUDGED_LINES], chosen) else '"'
    rows = _rows("\n".join(body[: JUDGED_LINES // 4]), chosen, quote)
    cells = rows[0] if rows else []
    header = _is_header(cells, rows[1:6]) if has_header is None else has_header
    return Dialect(chosen, quote, preamble, tuple(cells), header)


def _preamble(lines: list[str]) -> tuple[int, str | None]:
    """How many lines stand before the table (comments, blanks, `sep=;`), and the delimiter that they declare."""
    told, commented = None, 0
    for place, line in enumerate(lines):
        declared = SEPARATOR_LINE.match(line.strip("\r"))
        if declared and place == 0:
            told, commented = declared.group(1), 1
        elif line.startswith("#") and not line.startswith(("#,", "#;", "#\t")) and place + 1 < len(lines):
            commented = place + 1
        elif line.strip():
            break
    return commented, told


def _delimiter(lines: list[str]) -> str:
    """The delimiter that splits most lines into as many fields as the first line has (more than one)."""
    if not lines:
        return ","
    pairs = [line.count(DOUBLE_COLON) for line in lines]
    if pairs[0] and sum(number == pairs[0] for number in pairs) > len(lines) / 2:
        return DOUBLE_COLON

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = [len(next(csv.reader([line.replace("\r", " ")], delimiter=delimiter))) for line in lines]
        return (sum(width == widths[0] for width in widths) / len(widths) if widths[0] > 1 else 0.0, widths[0])

    best = max(DELIMITERS, key=agreement)
    if agreement(best)[0]:
        return best
    rare = max(RARE_DELIMITERS, key=agreement)
    if agreement(rare)[0] > 0.9:
        return rare
    share, width = agreement(" ")
    return " " if share == 1 and width > 2 and len(lines) > 1 else best


def _single_quoted(lines: list[str], delimiter: str) -> bool:
    """Whether single quotes enclose fields and double ones do not."""
    d = re.escape(delimiter)
    if any(re.search(rf'(?:^|{d})"', line) for line in lines):
        return False
    field = re.compile(rf"(?:^|{d})'[^']*(?:''[^']*)*'(?={d}|$)")
    return sum(bool(field.search(line)) for line in lines) > len(lines) / 2


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    if delimiter == DOUBLE_COLON:
        return [line.split(DOUBLE_COLON) for line in text.split("\n")]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote))


def _is_header(first: list[str], below: list[list[str]]) -> bool:
    """No header if some cell looks like a number or a moment and the cells below it do too."""
    if any(cell.strip().lower() in KNOWN_NAMES for cell in first):
        return True
    suspects = [place for place, cell in enumerate(first) if VALUE_LIKE.match(cell.strip())]
    return not any(
        below and all(len(row) > place and VALUE_LIKE.match(row[place].strip()) for row in below) for place in suspects
    )
