"""How timestamps are written, and what is said where that is in doubt."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.errors import BadInput
from core.events.import_spec import ImportSpec
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


@pytest.mark.parametrize(
    "written", ["2024-07-01 10:00:00", "2024/07/01 10:00", "1.7.2024 10:00", "1 Jul 2024 10:00", "20240701100000"]
)
def test_a_time_without_a_zone_is_read_in_the_zone_named(
    written: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write(f'user_id,timestamp\nu,"{written}"\n'), day_first=True, time_zone="Europe/Berlin")
    assert log.table().timestamp.tolist() == [pd.Timestamp("2024-07-01 08:00")]
    assert any("Europe/Berlin" in note for note in log.manifest["notes"])


@pytest.mark.parametrize("written", ["2024-07-01T10:00:00Z", "1719828000", "Mon, 01 Jul 2024 10:00:00 GMT"])
def test_a_zone_named_leaves_times_alone_that_carry_their_own(
    written: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write(f'user_id,timestamp\nu,"{written}"\n'), time_zone="Asia/Tokyo")
    assert log.table().timestamp.tolist() == [pd.Timestamp("2024-07-01 10:00")]


def test_times_with_and_without_a_zone_may_be_mixed(write: Callable[..., Path], load: Callable[..., object]) -> None:
    path = write("user_id,timestamp\nu,2024-07-01T10:00:00Z\nv,2024-07-01T10:00:00\n")
    log = load(path, time_zone="Asia/Tokyo")
    assert log.table().timestamp.tolist() == [pd.Timestamp("2024-07-01 10:00"), pd.Timestamp("2024-07-01 01:00")]


def test_hours_that_clocks_skip_or_repeat_are_counted(
    tmp_path: Path, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    times = ["2024-03-31 02:30:00", "2024-10-27 02:30:00", "2024-10-27 02:45:00", "2024-05-01 12:00:00"]
    in_utc = ["2024-03-31 01:30", "2024-10-27 01:30", "2024-10-27 01:45", "2024-05-01 10:00"]
    stored = tmp_path / "log.parquet"
    pd.DataFrame({"user_id": list("abcd"), "timestamp": pd.to_datetime(times)}).to_parquet(stored)
    text = write("user_id,timestamp\n" + "".join(f"{user},{time}\n" for user, time in zip("abcd", times, strict=True)))
    for path in (stored, text):
        log = load(path, time_zone="Europe/Berlin")
        assert log.table().timestamp.tolist() == [pd.Timestamp(moment) for moment in in_utc]
        (note,) = [note for note in log.manifest["notes"] if "clocks" in note]
        assert "1 fall into an hour that the clocks of Europe/Berlin skipped" in note
        assert "2 fall into an hour that came twice" in note
    assert not any("clocks" in note for note in load(text).manifest["notes"])


def test_a_zone_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadInput, match="Mars/Olympus"):
        ImportSpec.read({"files": ["x"], "time_zone": "Mars/Olympus"})


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("time_minutes", "minutes"),
        ("start_timestamp", "seconds"),
        ("elapsedMs", "milliseconds"),
        ("time", "seconds"),
        ("days", "days"),
    ],
)
def test_small_numbers_in_a_column_named_like_a_time_are_counted_from_1970_and_doubted(
    name: str, unit: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write(f"user_id,{name}\nu,1\nu,3\n"), mapping={"user_id": "user_id", "timestamp": name})
    assert log.table().timestamp.tolist() == [pd.Timestamp(0) + pd.Timedelta(n, unit) for n in (1, 3)]
    assert any("timestamp_unit" in note and unit in note for note in log.manifest["notes"])


@pytest.mark.parametrize("name", ["step", "age_days", "session_seconds", "price_min", "rank"])
def test_other_small_numbers_are_no_time(name: str, write: Callable[..., Path], load: Callable[..., object]) -> None:
    with pytest.raises(BadInput, match="timestamp_unit"):
        load(write(f"user_id,{name}\nu,1\nu,3\n"), mapping={"user_id": "user_id", "timestamp": name})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("45292.5", "2024-01-01 12:00:00"),
        ("1704103200.25", "2024-01-01 10:00:00.250000"),
        ("Mon, 01 Jan 2024 10:00:00 +0200", "2024-01-01 08:00:00"),
        ("01/Jan/2024:10:00:00 -0700", "2024-01-01 17:00:00"),
        ("2024-01-01 01:05:09 PM", "2024-01-01 13:05:09"),
        ("20240101T100000Z", "2024-01-01 10:00:00"),
        ("2024年1月2日 10:00", "2024-01-02 10:00:00"),
    ],
)
def test_rarer_ways_of_writing_are_read(
    written: str, read: str, write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write(f'user_id,event_date\nu,"{written}"\nv,"{written}"\nw,epoch\n'))
    assert (log.manifest["spec"]["mapping"]["timestamp"], log.manifest["rejected"]) == ("event_date", 1)
    assert log.table().timestamp.tolist() == [pd.Timestamp(read)] * 2
