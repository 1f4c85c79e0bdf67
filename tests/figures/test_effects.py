"""Figures of studies draw the numbers they are given, in the unit they are read in."""

from core.figures.effects import forest
from core.figures.theme import BETTER, UNDECIDED, WORSE

RAW = {"estimator": "raw", "title": "Raw", "estimand": "difference", "value": 0.15, "low": 0.13, "high": 0.17}
AIPW = {"estimator": "aipw", "title": "AIPW", "estimand": "ATE", "value": 0.01, "low": -0.02, "high": 0.04}
LOSS = {"estimator": "ipw", "title": "IPW", "estimand": "ATE", "value": -0.03, "low": -0.05, "high": -0.01}


def test_a_share_is_drawn_in_percentage_points_with_its_interval() -> None:
    points = {trace.y[0]: trace for trace in forest([RAW, AIPW], unit="share").data}
    assert points["Raw"].x[0] == 15.0
    # 100 * (0.17 - 0.15) = 2 up, 100 * (0.15 - 0.13) = 2 down
    assert [round(points["Raw"].error_x.array[0], 9), round(points["Raw"].error_x.arrayminus[0], 9)] == [2.0, 2.0]
    assert "AIPW (ATE)" in points


def test_an_outcome_in_its_own_unit_is_not_scaled() -> None:
    assert forest([{**RAW, "value": 1794.0}], unit="dollars").data[0].x[0] == 1794.0


def test_green_is_above_zero_red_below_and_grey_on_it() -> None:
    gain = {**LOSS, "title": "Gain", "value": 0.03, "low": 0.01, "high": 0.05}
    colours = {trace.y[0]: trace.marker.color for trace in forest([gain, AIPW, LOSS], unit="share").data}
    assert colours == {"Gain (ATE)": BETTER, "AIPW (ATE)": UNDECIDED, "IPW (ATE)": WORSE}


def test_what_the_verdict_does_not_support_is_grey_and_so_is_the_raw_difference_beside_an_adjusted_one() -> None:
    assert {trace.marker.color for trace in forest([RAW, LOSS], unit="share", supported=False).data} == {UNDECIDED}
    assert forest([RAW], unit="share").data[0].marker.color == UNDECIDED
    assert forest([RAW], unit="share", headline="raw").data[0].marker.color == BETTER


def test_the_known_truth_is_a_line_only_when_it_is_known() -> None:
    assert len(forest([RAW], unit="share").layout.shapes) == 1
    with_truth = forest([RAW], unit="share", truth=0.08)
    assert with_truth.layout.shapes[1].x0 == 8.0
    assert "+8.0" in with_truth.layout.annotations[0].text


def test_a_refused_number_is_not_drawn() -> None:
    assert len(forest([RAW, {**AIPW, "value": None, "low": None, "high": None}], unit="share").data) == 1
