"""Figures beside a headline: the funnel of null pairs, the waterfall from another tool's number, planted biases."""

import pytest

from core.figures.null_pairs import from_tool_to_study, null_funnel, planted_biases

PAIR = {"standard_value": 0.1, "standard_se": 0.02, "title": "<b>buy</b>", "units": 100}
BATTERY = {
    "pairs": [PAIR] * 12,
    "error": {"mean": 0.05, "spread": 0.01},
    "scale": 2.0,
    "nominal": {"value": 1.0, "se": 0.2, "low": 0.6, "high": 1.4, "p_value": 0.001},
}


def test_the_headline_stands_among_the_null_pairs_on_their_scale() -> None:
    drawn = null_funnel(BATTERY)
    headline = drawn.data[-1]
    assert (headline.x[0], headline.y[0]) == (pytest.approx(0.5), pytest.approx(0.1))  # 1 / 2 and 0.2 / 2
    calibrated = drawn.data[1]
    assert min(calibrated.x) < 0 < max(calibrated.x)
    assert "&lt;b&gt;" in drawn.data[2].customdata[0][0]  # names are no markup


def test_the_waterfall_goes_from_the_other_number_to_ours() -> None:
    steps = [
        {"name": "a", "title": "One time zero and one follow-up", "value": -0.4},
        {"name": "b", "title": "b", "value": -0.1},
    ]
    tool = {"title": "Plain adopter comparison", "value": 0.6, "steps": steps}
    bars = from_tool_to_study(tool, {"value": 0.1}, "share").data[0]
    assert list(bars.x) == pytest.approx([60, -40, -10, 10])
    assert list(bars.measure) == ["absolute", "relative", "relative", "total"]


def test_a_bias_without_an_interval_is_drawn_as_a_point() -> None:
    row = {"title": "AIPW", "bias_in_se": 0.2, "low": None, "high": None, "passed": None}
    drawn = planted_biases([row, {**row, "bias_in_se": None}], allowed=0.5)
    assert len(drawn.data) == 1
    assert drawn.data[0].error_x.array[0] == 0
