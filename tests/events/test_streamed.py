"""A CSV file that is sorted as it is read, with its tidy columns taken as they are, gives what the careful way gives."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import WhypathError
from core.events import read_files as read_files_room
from core.events.columns import EVENT_TYPE, ITEM_ID, LATITUDE, SESSION_ID, TIMESTAMP, USER_ID, VALUE
from core.events.import_spec import ImportSpec
from core.events.making import making
from core.events.read_files import inspected, read_files
from core.events.reading import in_order, load, records
from core.events.reading import sieve as sieving
from core.events.reading.attributes import TEXT_MISSING
from core.events.reading.moments import MISSING
from core.events.stages import Stage
from core.storage.engine import writer
from core.storage.workspace import Workspace

MAPPING = {
    USER_ID: "who", ITEM_ID: "what", EVENT_TYPE: "kind", TIMESTAMP: "when", VALUE: "worth", LATITUDE: "lat",
    SESSION_ID: "visit",
}  # fmt: skip
NAMES = ["who", "what", "kind", "when", "worth", "lat", "visit", "note", "size"]
GOOD = ["u1", "item 5", "view", "2024-01-02 10:00:00.500", "3.5", "45.25", "17", "plain", "4"]
CELLS = (
    "", " ", "NULL", "null", "none", "NA", "nan", "NaN", "inf", "-inf", "1e5", "1.0", "1.50", "007", "+5", "-0",
    "99999999999999999999", "123456789012345678", "0x1F", "1_000", "1,5", "true", " u1", "u1 ", "Zoë", "日本", "\u00a0x",
    "x\u00a0", "\tx", "x\t", "\\N", "<NA>", "navigate", "2024-01-02 10:00:00.500", "2024-01-02", "1899-12-31 10:00:00.000",
    "2201-01-01 10:00:00.000", "2024-01-02T10:00:00+02:00", "infinity", "epoch", "u2", "u10", "a longer name than twelve",
    '"quoted, with a comma"', '"two\nlines"', "it's", "91", "18.0", "a,b", "x\ry", '"open', "null\x00",
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> str:
    """A CSV table, mostly clean, with some cells of CELLS and now and then a ragged, blank or cut line."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    rows = []
    for number in range(draw(st.integers(1, 12))):
        row = list(GOOD)
        row[0] = draw(st.sampled_from(["u1", "u2", "u10", "7"]))
        row[3] = f"2024-01-{draw(st.integers(1, 3)):02d} 10:00:0{draw(st.integers(0, 2))}.{number % 3}00"
        for place, cell in draw(
            st.dictionaries(st.integers(0, len(NAMES) - 1), st.sampled_from(CELLS), max_size=2)
        ).items():
            row[place] = cell
        rows.append(",".join(row))
    rows += draw(st.lists(st.sampled_from(["", "a,b", ",".join(GOOD)]), max_size=2))
    text = end.join([",".join(NAMES), *rows])
    return text + end if draw(st.booleans()) else text


def outcome(workspace: Workspace, path: Path, *, mapped: bool) -> Any:
    """All that is read from a file: events in order, rejects, manifest; or why it cannot be read."""
    spec = ImportSpec(files=(str(path),), mapping=MAPPING if mapped else {})
    try:
        with making(workspace, log_id="log-1", version_id="version-1", what="test") as (made, engine):
            read = read_files(engine, made, spec, inspected(spec), Stage(lambda share, message: None, 0.0, 1.0, ""))
            columns = ", ".join(f'"{name}"' for name in read.kept.columns)
            events = engine.rows(f"SELECT {columns} FROM kept")
            rejects = engine.rows("SELECT * FROM read_parquet(?)", [str(made.folder / "rejects.parquet")])
            return read.kept, [repr(row) for row in events], rejects, read.manifest
    except WhypathError as error:
        return str(error)


def both_ways(workspace: Workspace, path: Path, monkeypatch: pytest.MonkeyPatch, *, mapped: bool) -> tuple[Any, Any]:
    quick = outcome(workspace, path, mapped=mapped)
    with monkeypatch.context() as patch:
        patch.setattr(load, "STREAMED_FILES", 0)
        patch.setattr(sieving, "all_plain", lambda *given: None)
        return quick, outcome(workspace, path, mapped=mapped)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables(), st.booleans())
@example("\n".join([",".join(NAMES), ",".join(GOOD)]), True)
@example("\n".join([",".join(NAMES), *[",".join(GOOD)] * 3, ",".join(["NULL", *GOOD[1:]])]) + "\n", True)
def test_the_streamed_way_reads_what_the_careful_way_reads(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, mapped: bool
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(table, encoding="utf-8", newline="")
    quick, careful = both_ways(workspace, path, monkeypatch, mapped=mapped)
    assert quick == careful


def test_every_word_for_a_missing_value_makes_its_column_untidy() -> None:
    for word in {*MISSING, *TEXT_MISSING} - {""}:
        found = records.all_plain(f"a,b\n{word},x\nx,{word}\n".encode(), ",", 2, 1)
        assert found is not None
        assert found.untidy == {0, 1}


@pytest.mark.parametrize("value", [" x", "x ", "\tx", "\u00a0x", "é"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_may_need_trimming_is_untidy_in_its_column_only(value: str, end: str) -> None:
    text = f"Name, b,c{end}" + f"1,{value},3{end}" * 3 + f"1,2,{value}{end}"
    found = records.all_plain(text.encode(), ",", 3, 1)
    assert found is not None
    assert (found.rows, found.untidy) == (5, {1, 2})
    clean = records.all_plain(f"Name, b,c{end}1,,3{end},2,{end}".encode(), ",", 3, 1)
    assert clean is not None
    assert clean.untidy == frozenset()


def test_a_tidy_file_is_never_loaded(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick way is taken at all, and where it fails the careful way is taken after it."""
    path = tmp_path / "log.csv"
    path.write_text("\n".join([",".join(NAMES), *[",".join(GOOD)] * 3, ",".join(["", *GOOD[1:]])]))
    loaded: list[int] = []
    real = load._load
    monkeypatch.setattr(load, "_load", lambda *given: (loaded.append(1), real(*given))[1])
    first = outcome(workspace, path, mapped=True)
    assert loaded == []
    monkeypatch.setattr(load.Text, "numbered", lambda self, columns: "SELECT 1 AS _row, 0 AS _file, error('no') AS _c0")
    assert outcome(workspace, path, mapped=True) == first
    assert loaded == [1]


def test_files_of_different_columns_are_streamed_in_their_order(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [",".join(GOOD)] * 5
    (tmp_path / "a.csv").write_text("\n".join([",".join(NAMES), *rows, "a,b"]))
    (tmp_path / "b.csv").write_text("\n".join([",".join([*NAMES[:-2], "extra"]), *[",".join(GOOD[:-1])] * 4]))
    quick, careful = both_ways(workspace, tmp_path / "[ab].csv", monkeypatch, mapped=True)
    assert quick == careful
    assert len(quick[1]) == 9


def test_a_long_look_up_can_be_stopped(workspace: Workspace) -> None:
    class Stop(Exception):
        pass

    def stop(share: float) -> None:
        raise Stop

    with writer(workspace) as engine:
        with pytest.raises(Stop), engine.watching(stop):
            engine.rows("SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 7")
        assert engine.rows("SELECT 1") == [(1,)]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(["u1", "u10", "u2", "Nick", "", "null"]), st.integers(0, 9)), min_size=1))
def test_rows_sorted_in_memory_are_the_same_in_any_order_and_any_blocks(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, int]]
) -> None:
    """Unsorted moments, ties, rows without a user, users that look like a missing word: held, and without care."""
    path = tmp_path / "log.csv"
    lines = [",".join([user, *GOOD[1:3], f"2024-01-02 10:00:0{second}", *GOOD[4:]]) for user, second in rows]
    path.write_text("\n".join([",".join(NAMES), *lines]))
    held: list[int] = []
    real = read_files_room.hold
    monkeypatch.setattr(in_order, "BLOCK_BYTES", 200)
    monkeypatch.setattr(read_files_room, "hold", lambda *given: (held.append(1), real(*given))[1])
    quick = outcome(workspace, path, mapped=True)
    with monkeypatch.context() as patch:
        patch.setattr(load, "STREAMED_FILES", 0)
        assert outcome(workspace, path, mapped=True) == quick
    assert held
