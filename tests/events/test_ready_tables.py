"""A ready table comes in any file but JSON, under the names it gives, with exact ids; what cannot be read is said."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from core.errors import BadFile
from core.events.reading.ready_tables import ReadyTable, read_table
from core.storage.workspace import Workspace

ROWS = "".join(f"{row},{row * 2},{row * 3}\n" for row in range(100))


def read(folder: Path, content: str | bytes | pd.DataFrame, name: str = "table.csv") -> pd.DataFrame:
    return read_with_notes(folder, content, name).frame


def read_with_notes(folder: Path, content: str | bytes | pd.DataFrame, name: str = "table.csv") -> ReadyTable:
    path = folder / name
    if isinstance(content, pd.DataFrame):
        path = path.with_suffix(".parquet")
        content.to_parquet(path, index=False)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(Workspace(folder / "workspace"), path)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("t,T, y ,\n1,2,3,4\n", ["t", "T", "y", "column 4"]),
        (pd.DataFrame({"y": [1], "Y": [2], " ": [3]}), ["y", "Y", "column 3"]),
        ('"a\nb";"c,d";he said "hi"\n1;2;3\n', ["a\nb", "c,d", 'he said "hi"']),
        ("\n\nt\ty\n1\t2\n", ["t", "y"]),
        ("A table of mine\n\nt,y,age\n" + ROWS, ["t", "y", "age"]),
        ("t,y,group\na,b,c\nd,e,f\n", ["t", "y", "group"]),
        ("t,y", ["t", "y"]),
        ("\ufefft,y\r\n1,2\r\n", ["t", "y"]),
    ],
)
def test_columns_have_the_names_of_the_file(tmp_path: Path, content: str | pd.DataFrame, names: list[str]) -> None:
    assert list(read(tmp_path, content).columns) == names


def test_ids_of_many_digits_stay_different(tmp_path: Path) -> None:
    long = read(tmp_path, "id,y\n" + "".join(f"{10**29 + row},1\n" for row in range(3)))
    assert list(long["id"]) == [str(10**29 + row) for row in range(3)]
    # As a fraction 2^53 + 1 would be 2^53.
    gaps = read(tmp_path, f"id,y\n{2**53},1\n{2**53 + 1},1\n,1\n")
    assert list(gaps["id"].dropna()) == [2**53, 2**53 + 1]


def test_lists_and_the_like_are_texts(tmp_path: Path) -> None:
    frame = read(tmp_path, pd.DataFrame({"a": [[1], [2]], "b": [{"x": 1}, {"x": 2}], "c": [b"x", b"y"]}))
    assert frame.nunique().tolist() == [2, 2, 2]


def test_a_kind_that_only_late_rows_contradict(tmp_path: Path) -> None:
    frame = read(tmp_path, "a,b\n" + "1,2\n" * 30_000 + "n/a,3\n")
    assert list(frame["a"].unique()) == ["1", "n/a"] and frame["b"].dtype == int


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("t,y,y\n1,2,3\n", "Columns 2 and 3 of 'table.csv' are both called 'y'; rename or remove one."),
        (pd.DataFrame({"y": [1], "y ": [2]}), "Columns 1 and 2 of 'table.parquet' are both called 'y'"),
        ("t,y,age\n" + ROWS + "1,2\n", "Line 102 of 'table.csv' has 2 values and the header 3; correct it."),
        ("t,y,age\n" + ROWS + "1,2,3,4\n", "Line 102 of 'table.csv' has 4 values and the header 3; correct it."),
        ("\n\n", "is blank; a table needs a header and rows."),
        ("", "is empty; a table needs a header and rows."),
        (b"\x00\x01\x02" * 50, "holds binary data, not text"),
        ("t,y\n" + "1,2\n" * 50 + "\x00,2\n", "holds zero bytes, which no text has"),
        ("t,y,town\n" + ROWS + "1,2,Köln,3\n", "Line 102 of 'table.csv' has 4 values"),
        (("t,y,town\n" + ROWS + "1,2,Köln,3\n").encode("latin-1"), "Line 102 of 'table.csv' has 4 values"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, content: str | bytes | pd.DataFrame, words: str
) -> None:
    with pytest.raises(BadFile) as caught:
        read(tmp_path, content)
    assert words in str(caught.value)


TOWNS = "t,y,town\n" + ROWS + "1,2,Köln\n"


@pytest.mark.parametrize(
    ("content", "name", "note"),
    [
        (TOWNS, "table.txt", None),
        (TOWNS, "table", None),
        (TOWNS.encode("latin-1"), "table.csv", "'table.csv' is not UTF-8; it was read as Latin-1"),
        (TOWNS.encode("utf-16"), "table.csv", "it was read as UTF-16"),
        (gzip.compress(TOWNS.encode(), mtime=0), "table.csv.gz", "'table.csv.gz' was unpacked from gzip."),
        (gzip.compress(TOWNS.replace(",", ";").encode("latin-1"), mtime=0), "table.csv", "it was read as Latin-1"),
    ],
)
def test_any_file_that_a_log_may_come_in(tmp_path: Path, content: str | bytes, name: str, note: str | None) -> None:
    frame, notes = read_with_notes(tmp_path, content, name)
    assert list(frame.columns) == ["t", "y", "town"] and len(frame) == 101
    assert frame["town"].iloc[-1] == "Köln" and frame["y"].sum() == 2 * sum(range(100)) + 2
    assert any(note in each for each in notes) if note else not notes


def test_a_workbook(tmp_path: Path) -> None:
    day = pd.Timestamp("2026-01-02 03:04:05")
    cells = {"t": [0, 1, 1], "y": [1.5, None, -2.0], "town": ["Köln", "a,b", 'he said "hi"'], "seen": [day] * 3}
    with pd.ExcelWriter(tmp_path / "table.xlsx") as book:
        pd.DataFrame(cells).to_excel(book, sheet_name="Units", index=False)
        pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="Other", index=False)
    frame, notes = read_table(Workspace(tmp_path / "workspace"), tmp_path / "table.xlsx")
    assert frame["t"].tolist() == cells["t"] and frame["town"].tolist() == cells["town"]
    assert frame["y"].dropna().tolist() == [1.5, -2.0] and frame["seen"].tolist() == [day] * 3
    assert "Sheet 'Units'" in notes[0] and "left out: Other" in notes[1]


def test_a_row_of_a_workbook_that_is_too_long(tmp_path: Path) -> None:
    rows = [["t", "y", None], *([0, 1, None] for _ in range(300)), [1, 2, 3]]
    pd.DataFrame(rows).to_excel(tmp_path / "a.xlsx", index=False, header=False)
    with pytest.raises(BadFile, match=r"Row 302 of .a\.xlsx. has 3 cells where the header has 2; correct it"):
        read_table(Workspace(tmp_path / "workspace"), tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ('{"t": 1, "y": 2}\n{"t": 0, "y": 1}\n', "a.json", "'a.json' is JSON; a table must be CSV"),
        (b"PAR1junk", "a.parquet", "'a.parquet' cannot be read as a table"),
        (b"PK\x03\x04junk", "a.xlsx", "an Excel workbook that is damaged"),
        (gzip.compress(TOWNS.encode(), mtime=0)[:40], "a.csv.gz", "damaged or cut short"),
        (b"%PDF-1.7 junk", "a.pdf", "is a PDF document"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, content: str | bytes, name: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        read(tmp_path, content, name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no file"):
        read_table(Workspace(tmp_path), tmp_path / "none.csv")
