"""How timestamps are written, and what is said where that is in doubt."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.errors import BadInput
from core.events.recognise import recognise
from core.storage.workspace import Workspace

MOMENT = "2012-04-03 18:00:09"  # 1333476009 seconds after 1970


@pytest.mark.parametrize(
    "written",
    [
        "2012-04-03 18:00:09", "2012-04-03T18:00:09Z", "2012-04-03T20:00:09+02:00", "2012-04-03T14:00:09.000-0400",
        "2012/04/03 18:00:09", "1333476009", "1333476009.0", "1333476009000", "1333476009000000",
        "1333476009000000000", "20120403180009", "13/04/2012 18:00:09".replace("13", "03"),
        "3 Apr 2012 18:00:09", "April 3, 2012 18:00:09", "Tue Apr 03 18:00:09 +0000 2012",
        "Tue, 03 Apr 2012 18:00:09 GMT", "3.4.2012 18:00:09", "03-04-2012 18:00:09", "3/4/12 18:00:09",
        "3/4/2012 6:00:09 PM",
    ],
)  # fmt: skip
def test_common_ways_of_writing_a_moment_are_read(
    written: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write(f'user_id,timestamp\nu,"{written}"\n'), day_first=True)
    assert log.table().timestamp.tolist() == [pd.Timestamp(MOMENT)]
    assert log.table().timestamp_us.tolist() == [1_333_476_009_000_000]


def test_a_day_alone_is_its_midnight(write: Callable[..., Path], load: Callable[..., object]) -> None:
    log = load(write("user_id,date\nu,20120403\nv,20120404\n"))
    assert log.table().timestamp.tolist() == [pd.Timestamp("2012-04-03"), pd.Timestamp("2012-04-04")]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["01/02/2024", "31/01/2024"], "2024-02-01"),  # 31 can only be a day: day first
        (["01/02/2024", "01/31/2024"], "2024-01-02"),
        (["01.02.2024", "02.01.2024"], "2024-02-01"),  # dots are written day first
        (["01/02/2024", "02/01/2024"], "2024-01-02"),  # in doubt: month first, and said
    ],
)
def test_day_and_month_are_told_apart_by_all_the_values(
    values: list[str], expected: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write("user_id,date\n" + "".join(f"u{n},{value}\n" for n, value in enumerate(values))))
    assert log.table().timestamp[0] == pd.Timestamp(expected)


def test_an_ambiguous_order_is_said_in_doubts_and_in_the_manifest(
    write: Callable[..., Path], load: Callable[..., object], workspace: Workspace
) -> None:
    path = write("user_id,date\nu,01/02/2024\nv,03/04/2024\n")
    assert any("day_first" in doubt for doubt in recognise(workspace, path).doubts)
    assert any("month/day/year" in note for note in load(path).manifest["notes"])
    assert load(path, day_first=True).table().timestamp[0] == pd.Timestamp("2024-02-01")


def test_the_order_is_decided_by_rows_beyond_the_sample(
    write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write("user_id,date\n" + "u,01/02/2024\n" * 10_500 + "u,13/02/2024\n"))
    assert log.manifest["rejected"] == 0
    assert log.table().timestamp.iloc[0] == pd.Timestamp("2024-02-01")


def test_small_numbers_need_a_unit(write: Callable[..., Path], load: Callable[..., object]) -> None:
    path = write("user_id,step\nu,1\nu,5\n")
    roles = {"user_id": "user_id", "timestamp": "step"}
    with pytest.raises(BadInput, match="timestamp_unit"):
        load(path, mapping=roles)
    log = load(path, mapping=roles, timestamp_unit="seconds")
    assert log.table().timestamp.tolist() == [pd.Timestamp("1970-01-01 00:00:01"), pd.Timestamp("1970-01-01 00:00:05")]


def test_stored_types_are_read_as_they_are(tmp_path: Path, load: Callable[..., object]) -> None:
    when = pd.Timestamp(MOMENT)
    for number, column in enumerate([
        pd.Series([when]), pd.Series([when]).astype("datetime64[s]"), pd.Series([when]).astype("datetime64[ns]"),
        pd.Series([when.tz_localize("UTC").tz_convert("Asia/Tokyo")]), pd.Series([1333476009], dtype="int64"),
        pd.Series([1333476009.0]),
    ]):  # fmt: skip
        path = tmp_path / f"{number}.parquet"
        pd.DataFrame({"user_id": ["u"], "timestamp": column}).to_parquet(path)
        assert load(path).table().timestamp.tolist() == [when], column.dtype


@pytest.mark.parametrize("hostile", ["epoch", "-infinity", "290000-01-01 (BC)", "99999999999999999999", "1e400", "nan"])
def test_a_hostile_moment_costs_its_row_only(
    hostile: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    for good in ("2024-01-01 10:00:00", "1704103200"):
        log = load(write(f"user_id,timestamp\nu,{good}\nv,{hostile}\nw,{good}\n"))
        assert (log.manifest["events"], log.manifest["rejected"]) == (2, 1)
