"""A ready table is read under the names its file gives, ids stay exact, and what cannot be read is said by its line."""

from pathlib import Path

import pandas as pd
import pytest

from core.errors import BadFile
from core.storage.ready_table import read_table
from core.storage.workspace import Workspace

ROWS = "".join(f"{row},{row * 2},{row * 3}\n" for row in range(100))


def read(folder: Path, content: str | bytes | pd.DataFrame, name: str = "table.csv") -> pd.DataFrame:
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
        (("t,y,town\n" + ROWS + "1,2,Köln\n").encode("latin-1"), "is not UTF-8 text (line 102); save it as UTF-8."),
        (("t,y,age\n" + ROWS).encode("utf-16"), "is not UTF-8 text; save it as UTF-8."),
        ("\n\n", "is blank; a table needs a header and rows."),
        ("", "is empty; a table needs a header and rows."),
        (b"\x00\x01\x02" * 50, "is no text; a table must be CSV or Parquet."),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, content: str | bytes | pd.DataFrame, words: str
) -> None:
    with pytest.raises(BadFile) as caught:
        read(tmp_path, content)
    assert words in str(caught.value)


@pytest.mark.parametrize(("name", "words"), [("a.xlsx", "neither CSV nor Parquet"), ("a.parquet", "cannot be read")])
def test_other_files(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        read(tmp_path, "junk", name)
    with pytest.raises(BadFile, match="no file"):
        read_table(Workspace(tmp_path), tmp_path / "none.csv")
