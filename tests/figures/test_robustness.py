"""Figures of attempts to break a study: shares of the headline, what turned is red, names are never markup."""

from typing import Any

import pytest

from core.figures.robustness import hidden_cause_contour, leave_out_forest, method_forest, placebo_forest
from core.figures.specification_curve import specification_curve
from core.figures.theme import BETTER, UNDECIDED, WORSE


def refutation(title: str, value: float, passed: bool | None, **details: Any) -> dict[str, Any]:
    return {
        "name": title, "title": title, "passed": passed, "value": value, "low": value - 0.01, "high": value + 0.02,
        "expected": 0.05, "details": details,
    }  # fmt: skip


def test_negative_controls_are_shares_of_the_headline_whatever_their_unit() -> None:
    # The margin is half of the headline, so 0.04 at a margin of 0.04 is 50 %, and so is 4 at a margin of 4.
    drawn = placebo_forest([refutation("euro", 0.04, False, margin=0.04), refutation("cents", 4.0, None, margin=4.0)])
    assert [trace.x[0] for trace in drawn.data] == pytest.approx([50, 50])
    assert [trace.marker.color for trace in drawn.data] == [UNDECIDED, WORSE]
    assert placebo_forest([{**refutation("none", 0, None), "value": None}]).data == ()


def test_a_check_of_the_method_stands_beside_what_was_expected_in_percentage_points() -> None:
    drawn = method_forest([refutation("<b>x</b>", 0.06, True)], unit="share")
    assert drawn.data[0].x[0] == pytest.approx(6) and drawn.data[-1].x[0] == pytest.approx(5)
    assert drawn.data[0].y[0] == "&lt;b&gt;x&lt;/b&gt;" and drawn.layout.xaxis.title.text == "percentage points"


def test_a_group_without_which_the_effect_turns_is_red() -> None:
    rows = [{"group": name, "value": v, "low": v - 1, "high": v + 1} for name, v in (("<i>", -2.0), ("b", 2.0))]
    drawn = leave_out_forest({"full": {"value": 1.0}, "rows": rows, "headline_rows": rows[:1]}, unit="euro")
    colours = {trace.y[0]: trace.marker.color for trace in drawn.data[:2]}
    assert colours["without &lt;i&gt;"] == WORSE and colours["without b"] != WORSE
    assert list(drawn.data[2].x) == [-2.0]


def test_the_contour_names_the_two_strongest_groups_and_leaves_out_what_lies_outside() -> None:
    def point(group: str, times: int, r2: float, value: float | None) -> dict[str, Any]:
        return {"group": group, "times": times, "treatment_r2": r2, "outcome_r2": r2, "value": value}

    grid = {"treatment_r2": [0.0, 0.1], "outcome_r2": [0.0, 0.1], "values": [[0.5, 0.5], [0.5, -0.1]]}
    points = [point("a", 1, 0.05, 0.2), point("a", 2, 0.5, -1.0), point("b", 1, 0.02, 0.4), point("c", 1, 0.01, 0.4)]
    drawn = hidden_cause_contour({"contour": grid, "bounds": [*points, point("d", 1, 1.0, None)]}, unit="share")
    assert list(drawn.data[-1].text) == ["a", "b", ""]
    assert drawn.data[0].z[1][1] == pytest.approx(-10)


def test_the_curve_keeps_the_order_and_has_a_line_for_every_choice() -> None:
    def row(value: float, covariates: str, setting: str = "as asked") -> dict[str, Any]:
        return {
            "value": value, "low": value - 1, "high": value + 1, "estimator": "<b>IPW</b>", "covariates": covariates,
            "setting": setting,
        }  # fmt: skip

    rows = [row(-3, "all"), row(0, "without x"), row(2, "all", "lookback 14 days")]
    drawn = specification_curve(rows, headline=2.0, unit="euro")
    colours = {trace.marker.color: list(trace.x) for trace in drawn.data[:3]}
    assert colours == {WORSE: [1], UNDECIDED: [2], BETTER: [3]}
    lines = list(drawn.layout.yaxis2.categoryarray)[::-1]
    assert lines == [
        "&lt;b&gt;IPW&lt;/b&gt;", "all covariates", "without x", "lookback 14 days", "question as asked",
    ]  # fmt: skip


def test_groups_are_called_by_words() -> None:
    rows = [{"group": "past_activity", "value": 1.0, "low": 0.5, "high": 1.5}]
    drawn = leave_out_forest({"full": {"value": 1.0}, "rows": rows, "headline_rows": rows}, unit="euro")
    assert {label for trace in drawn.data if trace.y is not None for label in trace.y} == {"without past activity"}
