"""Hostile and broken files: refused with one sentence, or loaded with every bad line kept aside."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.errors import BadInput
from core.events.recognise import recognise
from core.storage.catalogue import list_logs
from core.storage.workspace import Workspace

HEADER = "user_id,event,timestamp\n"
GOOD = "u1,view,2024-01-01 10:00:00\n"

REFUSED: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is empty"),
    "only white space": (" \n\n\t\n", "is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "is empty"),
    "header only": (HEADER, "a header but no"),
    "header without a newline": (HEADER.strip(), "a header but no"),
    "header and blank lines": (HEADER + "\n\n", "a header but no"),
    "binary": (bytes(range(256)) * 40, "binary data"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "binary data"),
    "zip or Excel": (b"PK\x03\x04" + b"x" * 50, "Excel"),
    "gzip": (gzip.compress(HEADER.encode()), "a header but no"),
    "SQLite": (b"SQLite format 3\0" + bytes(50), "SQLite"),
    "PDF": (b"%PDF-1.7\n", "PDF"),
    "JSON": ('[{"user_id": 1}]', "No column looks like a timestamp"),
    "Parquet cut short": (b"PAR1" + b"\1" * 50, "begins like Parquet"),
    "duplicate headers": ("user_id,timestamp,user_id\nu,2024-01-01,v\n", "two columns named 'user_id' (columns 1 and 3)"),
    "no timestamp column": ("user_id,event\nu1,view\n", "No column looks like a timestamp"),
    "timestamps that are words": (HEADER + "u1,view,yesterday\nu2,view,today\n", "No column looks like a timestamp"),
    "every line ragged": (HEADER + "u1\nu2,view\n", "no usable rows: line 2: 1 fields where the header has 3"),
    "prose": ("Dear reader,\nthis is a letter, and no log.\n", "No column looks like a timestamp"),
    "too many columns": (",".join(f"c{n}" for n in range(2_001)) + "\n", "2,001 columns"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_log_is_refused_in_one_sentence(
    case: str, write: Callable[..., Path], load: Callable[..., object], workspace: Workspace
) -> None:
    content, message = REFUSED[case]
    with pytest.raises(BadInput) as refusal:
        load(write(content))
    assert message in str(refusal.value)
    assert len(str(refusal.value)) < 400
    assert "\n" not in str(refusal.value)
    assert list_logs(workspace) == []
    assert list(workspace.logs.iterdir()) == []


@pytest.mark.parametrize("case", ["empty", "binary", "duplicate headers", "gzip", "header only"])
def test_recognising_refuses_what_the_import_refuses(
    case: str, write: Callable[..., Path], workspace: Workspace
) -> None:
    content, message = REFUSED[case]
    with pytest.raises(BadInput, match=message.replace("(", r"\(").replace(")", r"\)")):
        recognise(workspace, write(content))


def test_a_file_that_is_not_there_is_named(load: Callable[..., object], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        load(tmp_path / "nowhere.csv")


def test_an_empty_folder_is_refused(load: Callable[..., object], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no files"):
        load(tmp_path)


# (content after the header, events kept, rejects as (line, column, part of the reason))
KEPT: dict[str, tuple[str, int, list[tuple[int, str | None, str]]]] = {
    "a short row": (GOOD + "u2,view\n" + GOOD, 2, [(3, None, "2 fields where the header has 3")]),
    "a long row": ("u1,view,2024-01-01,more\n" + GOOD, 1, [(2, None, "4 fields")]),
    "a bad timestamp": (GOOD + "u2,view,soon\n", 1, [(3, "timestamp", "cannot be read as a moment")]),
    "an impossible day": (GOOD + "u2,view,2024-02-30\n", 1, [(3, "timestamp", "cannot be read")]),
    "a moment in the year 9999": (GOOD + "u2,view,9999-12-31\n", 1, [(3, "timestamp", "between 1900 and 2200")]),
    "infinity": (GOOD + "u2,view,infinity\n", 1, [(3, "timestamp", "cannot be read")]),
    "no timestamp": (GOOD + "u2,view,\n", 1, [(3, "timestamp", "is empty")]),
    "no user": (GOOD + ",view,2024-01-01\nNULL,view,2024-01-01\n", 1, [
        (3, "user_id", "the user is unknown"), (4, "user_id", "the user is unknown")]),
    "no event type": (GOOD + "u2,,2024-01-01\n", 1, [(3, "event", "no type")]),
    "a NUL byte": (GOOD + "u\0,view,2024-01-01\n", 1, [(3, None, "NUL byte")]),
    "a stray quote": (GOOD + '"u2,view,2024-01-01\n' + GOOD * 3, 4, [(3, None, "a quote opens")]),
    "text after a quote": (GOOD + '"u"2,view,2024-01-01\n' + GOOD, 2, [(3, None, "a quote opens")]),
    "a carriage return inside": (GOOD + "u\r2,view,2024-01-01\n", 1, [(3, None, "carriage return")]),
    "lines counted past a multi-line field": (
        '"u\n1",view,2024-01-01\n\nu2,view,never\n', 1, [(5, "timestamp", "cannot be read")]),
    "Windows line ends": (GOOD.replace("\n", "\r\n") + "u2,view,never\r\n", 1, [(3, "timestamp", "cannot be read")]),
    "mixed line ends": (GOOD.replace("\n", "\r\n") + GOOD + "x,y\r\n", 2, [(4, None, "2 fields")]),
    "no newline at the end": (GOOD + "u2,view,2024-01-01", 2, []),
    "quotes doubled": ('"u ""1""",view,2024-01-01\n', 1, []),
    "SQL in a value": ("'; DROP TABLE events; --,view,2024-01-01\n", 1, []),
    "a formula in a value": ('"=HYPERLINK(""http://x"")",view,2024-01-01\n', 1, []),
    "a very long field": (GOOD + "u" * 3_000_000 + ",view,2024-01-01\n", 2, []),
    "a line of 9 MB": (GOOD + "u" * 9_000_000 + ",view,2024-01-01\n", 1, [(3, None, "longer than 8 MB")]),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_bad_lines_are_kept_with_line_column_and_reason(
    case: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    content, events, expected = KEPT[case]
    log = load(write(HEADER + content))
    rejects = log.rejects
    assert log.manifest["events"] == len(log.table()) == events
    assert log.manifest["rejected"] == len(rejects) == len(expected)
    for (line, column, reason), reject in zip(expected, rejects.itertuples(), strict=True):
        assert reject.line == line
        assert (None if pd.isna(reject.column) else reject.column) == column
        assert reason in reject.reason
        assert reject.file == "log.csv"
        assert reject.raw


def test_a_reject_shows_the_value_and_the_row(write: Callable[..., Path], load: Callable[..., object]) -> None:
    log = load(write(HEADER + GOOD + 'u2,"view, twice",soon\n'))
    reject = log.rejects.iloc[0]
    assert reject.value == "soon"
    assert reject.raw == 'u2,"view, twice",soon'
    assert log.manifest["reject_reasons"] == [{"reason": reject.reason, "rows": 1}]


@pytest.mark.parametrize(
    ("role", "value", "reason"),
    [
        ("value", "cheap", "not a number"),
        ("value", "inf", "not a number"),
        ("latitude", "91", "between -90 and 90"),
        ("longitude", "-181", "between -180 and 180"),
        ("position", "1.5", "not a whole number"),
        ("propensity", "0", "not a probability"),
        ("propensity", "1.2", "not a probability"),
    ],
)
def test_a_number_that_its_role_does_not_allow_costs_the_row(
    role: str, value: str, reason: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    path = write(f"timestamp,x\n2024-01-01,1\n2024-01-02,{value}\n2024-01-03,\n")
    log = load(path, mapping={"timestamp": "timestamp", role: "x"})
    assert log.rejects.line.tolist() == [3]
    assert reason in log.rejects.reason[0]
    assert log.table()[role].isna().tolist() == [False, True]  # an empty number stays null


NASTY = ['say "hi"', "a'; DROP TABLE events; --", "../../etc/passwd", "SELECT", "order", "c0", "_row", "row", "value",
         "events", "event_id", "café", "日本", "a b", "A B", "file", "place", "x" * 300, "%s", "{0}", ""]  # fmt: skip


def test_nasty_column_names_get_safe_stored_names_and_keep_their_titles(
    write: Callable[..., Path], load: Callable[..., object]
) -> None:
    header = ",".join('"' + name.replace('"', '""') + '"' for name in ["timestamp", *NASTY])
    values = ",".join(["2024-01-01", *(f"v{n}" for n in range(len(NASTY)))])
    log = load(write(f"{header}\n{values}\n"), mapping={"timestamp": "timestamp"})
    attributes = log.manifest["attributes"]
    assert [attribute["title"] for attribute in attributes] == [*NASTY[:-1], f"column_{len(NASTY) + 1}"]
    stored = [attribute["column"] for attribute in attributes]
    assert len(set(stored)) == len(stored)
    assert all(name.isascii() and name.replace("_", "a").isalnum() and name == name.lower() for name in stored)
    row = log.table().iloc[0]
    assert [row[name] for name in stored] == [f"v{n}" for n in range(len(NASTY))]


def test_three_hundred_columns_load(write: Callable[..., Path], load: Callable[..., object]) -> None:
    names = ",".join(f"c{n}" for n in range(299))
    log = load(write(f"timestamp,{names}\n" + f"2024-01-01,{','.join('7' * 299)}\n" * 3))
    assert len(log.manifest["attributes"]) == 299
    assert log.table()["c298"].tolist() == [7, 7, 7]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("\ufeffuser_id;timestamp\nJörg;2024-01-01\n".encode(), "UTF-8"),
        ("user_id;timestamp\nJörg;2024-01-01\n".encode("utf-16"), "UTF-16"),
        ("user_id;timestamp\nJörg;2024-01-01\n".encode("utf-16-le"), "UTF-16"),
        ("user_id;timestamp\nJörg;2024-01-01\n".encode("latin-1"), "Latin-1"),
        (("user_id;timestamp\n" + "x;2024-01-01\n" * 20_000 + "Jörg;2024-01-01\n").encode("latin-1"), "Latin-1"),
        ("user_id;timestamp\rJörg;2024-01-01\r".encode(), "UTF-8"),
    ],
)
def test_other_encodings_and_line_ends_are_read_and_said(
    content: bytes, encoding: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write(content))
    assert "Jörg" in log.table("users").user_id.tolist()
    assert encoding == "UTF-8" or any(encoding in note for note in log.manifest["notes"])


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_common_delimiters_are_told_from_the_content(
    delimiter: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    content = (HEADER + GOOD * 3).replace(",", delimiter)
    assert load(write(content, "log.txt")).manifest["events"] == 3


def test_files_that_lack_what_a_log_needs_are_refused(write: Callable[..., Path], load: Callable[..., object]) -> None:
    with pytest.raises(BadInput, match="differ in shape"):
        load(write(HEADER + GOOD, "a.csv"), write("user_id,timestamp\nu,2024-01-01\n", "b.csv"))


def test_a_column_that_is_not_there_is_refused(write: Callable[..., Path], load: Callable[..., object]) -> None:
    with pytest.raises(BadInput, match=r"has no column 'when'.*user_id, event, timestamp"):
        load(write(HEADER + GOOD), mapping={"timestamp": "when"})


def test_a_corrupt_parquet_page_is_refused(tmp_path: Path, load: Callable[..., object], workspace: Workspace) -> None:
    path = tmp_path / "log.parquet"
    pd.DataFrame({"user_id": ["u"] * 1000, "timestamp": pd.Timestamp("2024-01-01")}).to_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput):
        load(path)
    assert list(workspace.logs.iterdir()) == []
