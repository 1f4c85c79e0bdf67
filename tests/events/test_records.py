"""Splitting a buffer of CSV into whole records, whatever its quotes."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events.reading import records as room
from core.events.reading.records import BLANK, BROKEN_QUOTE, GOOD, LONE_RETURN, NUL, RAGGED, all_plain, split


def verdicts(text: bytes, columns: int = 2, delimiter: str = ",") -> list[int]:
    return split(text, delimiter, columns, last=True).verdicts.tolist()


def records(text: bytes, columns: int = 2) -> list[bytes]:
    return [text[start:end] for start, end in split(text, ",", columns, last=True).spans.tolist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a,b\nc,d\n", [GOOD, GOOD]),
        (b"a,b\r\nc,d\r\n", [GOOD, GOOD]),
        (b"a,b\n\nc,d\n\r\n", [GOOD, BLANK, GOOD, BLANK]),
        (b"a\nb,c,d\n,\n", [RAGGED, RAGGED, GOOD]),
        (b'"a,b",c\n', [GOOD]),
        (b'"a\nb",c\nd,e\n', [GOOD, GOOD]),
        (b'"a ""quoted"" word",c\n', [GOOD]),
        (b'5" pipe,c\nd,e\n', [GOOD, GOOD]),  # a quote inside a field opens nothing
        (b'"a"b,c\nd,e\n', [BROKEN_QUOTE, GOOD]),
        (b'"never closed,c\nd,e\nf,g\n', [BROKEN_QUOTE, GOOD, GOOD]),
        (b'a,"x\nb,"y"\nc,d\n', [BROKEN_QUOTE, GOOD, GOOD]),
        (b"a\0,b\nc,d\n", [NUL, GOOD]),
        (b"a\rx,b\nc,d\n", [LONE_RETURN, GOOD]),
        (b'"a\rx",b\n', [GOOD]),
        (b'"a",b,"c"\nd,e\n', [RAGGED, GOOD]),
    ],
)
def test_every_line_gets_its_verdict(text: bytes, expected: list[int]) -> None:
    assert verdicts(text) == expected


def test_a_record_over_several_lines_is_one_record() -> None:
    assert records(b'a,"b\n1\n2"\nc,d\n') == [b'a,"b\n1\n2"', b"c,d"]


def test_an_unfinished_record_waits_for_more_bytes() -> None:
    # The second record may go on, so only the first 4 bytes are used.
    assert split(b'a,b\n"c\nd', ",", 2, last=False).used == 4


FIELDS = st.text(alphabet='ab",\n\r;', max_size=5)


@given(st.lists(st.lists(FIELDS, min_size=3, max_size=3), min_size=1, max_size=20))
def test_what_the_csv_module_writes_is_split_as_it_was_written(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    found = split(written.getvalue().encode(), ",", 3, last=True)
    assert found.verdicts.tolist() == [GOOD] * len(rows)


@given(st.text(alphabet='ab",\n\r\0', max_size=200))
def test_no_line_is_lost_whatever_the_bytes(text: str) -> None:
    """Records follow one another without a gap up to the end of the text."""
    data = text.encode() + b"\n"
    spans = split(data, ",", 2, last=True).spans
    assert spans[0, 0] == 0
    assert spans[-1, 1] == len(data) - 1
    assert (spans[1:, 0] == spans[:-1, 1] + 1).all()


@given(st.lists(st.sampled_from(["a,b,c", "a,,", ",,", "d,e", "", "a,b,c,d", 'a,"b",c', "a\rb,c,d"]), max_size=12),
       st.sampled_from(["\n", "\r\n"]), st.integers(1, 20), st.integers(0, 8))  # fmt: skip
def test_what_is_plain_at_first_sight_is_whole_on_a_closer_look(
    lines: list[str], end: str, slice_bytes: int, cut: int
) -> None:
    """Whatever the slices, the quick look finds the same records as `split`, or none."""
    data = "".join(line + end for line in lines).encode()
    data = data[: len(data) - cut]
    usual, room.SLICE_BYTES = room.SLICE_BYTES, slice_bytes
    try:
        plain = all_plain(data, ",", 3, 0)
    finally:
        room.SLICE_BYTES = usual
    found = split(data, ",", 3, last=False)
    if plain is not None:
        assert found.verdicts.tolist() == [GOOD] * plain.rows
        assert found.used == plain.used


def test_sound_lines_pass_at_first_sight() -> None:
    """The quick look is worth its name: it does not give up on an ordinary file."""
    data = b"u1,view,2024-01-01\r\n" * 50_000
    plain = all_plain(data + b"u2,vi", ",", 3, 0)
    assert plain is not None
    assert (plain.rows, plain.used) == (50_000, len(data))
