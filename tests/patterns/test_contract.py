"""What holds for every pattern, on a log by hand and on a real one."""

import json
import subprocess
import sys

import pandas as pd
import pytest

from core.errors import BadSpec, NotEnoughData
from core.patterns import PATTERNS
from core.storage.engine import Log
from tests.patterns.conftest import MakeLog
from tests.patterns.test_trend import TEN

NAMES = pytest.mark.parametrize("name", PATTERNS)


@NAMES
def test_a_pattern_is_a_tidy_table_with_its_sentences(made_log: MakeLog, name: str) -> None:
    log, choice = made_log(TEN), PATTERNS[name]
    assert choice.spec is not None
    table = choice.load()(log, choice.spec())
    assert table.pattern == name
    assert len(table.frame)
    assert table.frame.columns.is_unique
    assert "(UTC)" in table.caption
    assert "sers" in table.caption
    assert (table.log_id, table.version_id) == (log.log_id, log.version_id)
    assert table.title[0].isupper() or table.title[0].isdigit()


@NAMES
def test_the_same_spec_gives_the_same_plain_result(made_log: MakeLog, name: str) -> None:
    log, choice = made_log(TEN), PATTERNS[name]
    assert choice.spec is not None
    first = choice.load()(log, choice.spec()).plain()
    again = choice.load()(log, choice.spec.read(first["spec"])).plain()
    assert json.loads(json.dumps(first, allow_nan=False)) == json.loads(json.dumps(again, allow_nan=False))


@NAMES
def test_rows_beyond_the_cap_are_left_out_and_said(made_log: MakeLog, name: str) -> None:
    choice = PATTERNS[name]
    assert choice.spec is not None
    plain = choice.load()(made_log(TEN), choice.spec()).plain(cap=1)
    assert len(plain["rows"]) == 1
    assert len(plain["rows"][0]) == len(plain["columns"])
    assert plain["capped"] == (plain["rows_total"] > 1)


@NAMES
def test_an_unknown_setting_lists_those_there_are(name: str) -> None:
    spec = PATTERNS[name].spec
    assert spec is not None
    with pytest.raises(BadSpec, match="There is no setting 'colour'; the settings are start_at, end_at, timezone"):
        spec.read({"colour": "red"})


@NAMES
def test_a_period_without_events_is_refused(made_log: MakeLog, name: str) -> None:
    choice = PATTERNS[name]
    assert choice.spec is not None
    with pytest.raises(NotEnoughData):
        choice.load()(made_log(TEN), choice.spec.read({"start_at": "2030-01-01"}))


@NAMES
def test_every_pattern_reads_a_real_log(retail: Log, name: str) -> None:
    choice = PATTERNS[name]
    assert choice.spec is not None
    table = choice.load()(retail, choice.spec(timezone="Europe/London"))
    assert table.plain()["rows_total"] == len(table.frame)


def test_moments_are_utc_and_calendar_labels_are_local(made_log: MakeLog) -> None:
    choice = PATTERNS["trend"]
    assert choice.spec is not None
    plain = choice.load()(made_log(TEN), choice.spec(timezone="America/New_York")).plain()
    # 00:10 UTC on 2 March is the evening of 1 March in New York, a day that starts there at 05:00 UTC.
    first = dict(zip(plain["columns"], plain["rows"][0], strict=True))
    assert (first["bucket"], first["starts_at"]) == ("2023-03-01T00:00:00", "2023-03-01T05:00:00Z")


def test_the_trend_of_the_real_log_adds_up_to_its_events(retail: Log, real_data: object) -> None:
    choice = PATTERNS["trend"]
    assert choice.spec is not None
    for zone in ("UTC", "Asia/Kolkata"):
        frame: pd.DataFrame = choice.load()(retail, choice.spec(timezone=zone)).frame
        assert frame["events"].sum() == retail.manifest["events"]


def test_the_shop_sells_nothing_on_saturdays(retail: Log) -> None:
    # Known of this data set: no invoice carries a Saturday.
    choice = PATTERNS["rhythm"]
    assert choice.spec is not None
    frame = choice.load()(retail, choice.spec()).frame
    assert frame.groupby("weekday")["events"].sum()[6] == 0


def test_listing_patterns_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'dowhy', 'sklearn', 'lightgbm', 'plotly', 'streamlit'}"
    code = f"import sys, core.patterns; assert not {heavy} & set(sys.modules), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
