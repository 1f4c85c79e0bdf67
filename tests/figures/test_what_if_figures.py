"""Figures of a what-if: shares add up, parts are in their units, and names are never markup."""

from typing import Any

import pytest

from core.figures.theme import BETTER, WORSE
from core.figures.what_if import change_parts, outcome_distribution


def change(level: str | None, **parts: float) -> dict[str, Any]:
    rows = [
        {"node": node, "value": value, "root": node == "age", "low": value - 0.01, "high": value + 0.02}
        for node, value in parts.items()
    ]
    return {"outcome": "buy", "level": level, "parts": rows}


def test_levels_stand_side_by_side_and_bins_over_each_other() -> None:
    shares = {"held": [0.2, 0.8], "versus": [0.6, 0.4]}
    levels = outcome_distribution(
        {"outcome": "<i>buy</i>", "distribution": {"levels": ["<b>no</b>", "yes"], **shares}}, "s = 1", "<b>as</b>"
    )
    assert levels.layout.barmode == "group"
    assert [list(trace.y) for trace in levels.data] == [[0.6, 0.4], [0.2, 0.8]]
    assert "&lt;b&gt;no" in levels.data[0].x[0]
    assert "<b>" not in levels.data[0].name + levels.layout.title.text + levels.layout.xaxis.title.text
    bins = outcome_distribution({"outcome": "n", "distribution": {"edges": [0.0, 1.0, 3.0], **shares}}, "a", "b")
    assert bins.layout.barmode == "overlay"
    assert list(bins.data[0].x) == [0.5, 2.0]


def test_parts_are_percentage_points_for_a_share_and_the_largest_is_on_top() -> None:
    drawn = change_parts(change("yes", age=0.02, search=-0.1))
    bar = drawn.data[0]
    assert list(bar.x) == pytest.approx([2, -10])
    assert list(bar.y) == ["age (who or what there was)", "search"]
    assert list(bar.marker.color) == [BETTER, WORSE]
    assert drawn.layout.xaxis.title.text == "percentage points"
    assert list(bar.error_x.array) == pytest.approx([2, 2])
    assert list(bar.error_x.arrayminus) == pytest.approx([1, 1])


def test_parts_of_a_number_keep_its_unit_and_without_draws_there_is_no_interval() -> None:
    answer = change(None, search=4.0)
    answer["parts"][0] |= {"low": None, "high": None}
    drawn = change_parts(answer)
    assert list(drawn.data[0].x) == [4.0]
    assert drawn.data[0].error_x.array is None
    assert drawn.layout.xaxis.title.text == "buy"
