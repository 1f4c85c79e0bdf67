"""Numbers as page text, tables as CSV: units always, and nothing that a spreadsheet or a browser would run."""

import io
import re

import pandas as pd
import pytest

from pages.shared.controls import plain
from pages.shared.downloads import safe_csv
from pages.shared.words import amount, as_drawn, day, duration, effect, interval, landmark, significant


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.0771, "share", "+7.7 pp"), (-0.02, "share", "-2.0 pp"), (1794.34, "dollars", "+1,794 dollars"),
     (-12.345, "", "-12.3"), (None, "share", "no number"), (float("nan"), "share", "no number")],
)  # fmt: skip
def test_an_effect_is_signed_and_a_share_is_in_percentage_points(value: float | None, unit: str, text: str) -> None:
    assert effect(value, unit) == text


def test_an_interval_names_its_unit_once() -> None:
    assert interval(0.064, 0.09, "share") == "+6.4 to +9.0 pp"
    assert interval(None, 0.09, "share") == "no interval"
    assert interval(2.4, 4.433, "kg") == "+2.40 to +4.43 kg"
    assert interval(-0.0937, -0.069, "days") == "-0.0937 to -0.0690 days"
    assert interval(float("nan"), 1.0, "kg") == "no interval"


def test_variables_are_written_as_the_picture_has_them() -> None:
    text = "Adjust for past_activity, not for past_activity_2 or my_past_activity."
    assert as_drawn(text, ["past_activity", "tenure"]) == text.replace("for past_activity,", "for past activity,")


def test_amounts_days_durations_and_landmarks_read_naturally() -> None:
    assert amount(0.137, "share") == "13.7 %"
    assert day("2025-03-03T00:56:28.099411Z") == "3 Mar 2025"
    assert [duration(seconds) for seconds in (5, 90, 7200, 172800, None)] == [
        "5 s",
        "1.5 min",
        "2 h",
        "2 days",
        "not known",
    ]
    assert [landmark(event)[:8] for event in (1, 2, 3, 4, 11, 21)] == [
        "the 1st ", "the 2nd ", "the 3rd ", "the 4th ", "the 11th", "the 21st",
    ]  # fmt: skip
    assert [significant(number) for number in (0, 1234.5, 12.345, 0.012345)] == ["0", "1,234", "12.3", "0.0123"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_a_cell_that_a_spreadsheet_would_run_is_escaped_and_numbers_are_not(cell: str) -> None:
    text = safe_csv(pd.DataFrame({"name": [cell], "=head": [-1.5]})).decode()
    read = pd.read_csv(io.StringIO(text), dtype=str)
    assert read["name"][0] == "'" + cell
    assert read["'=head"][0] == "-1.5"


def test_text_from_the_data_cannot_become_markup() -> None:
    for hostile in ("![x](http://evil/x.png)", "[a](javascript:alert(1))", "<b>x</b>", ":red[x]", "$x$", "# x", "`x`"):
        escaped = plain(hostile)
        assert escaped.replace("\\", "") == hostile
        assert not re.search(r"(?<!\\)[`*_{}\[\]<>#$~|:]", escaped)
