"""Figures of a diagnosis draw the numbers they are given, and every step starts where the last one ended."""

from typing import Any

import pytest

from core.figures.diagnosis import love_plot, mirrored_propensities, waterfall
from core.figures.theme import ACCENT, NEUTRAL, faded


def bar(title: str, kind: str, value: float) -> dict[str, object]:
    return {"title": title, "kind": kind, "value": value, "low": value - 0.01, "high": value + 0.02}


BARS = [
    bar("Raw", "total", 0.14), bar("past <b>activity</b>", "group", -0.05), bar("model", "model", -0.01),
    bar("Adjusted", "total", 0.08),
]  # fmt: skip


def test_steps_of_the_waterfall_lead_from_raw_to_adjusted_in_percentage_points() -> None:
    drawn = waterfall(BARS, unit="share")
    assert [trace.base[0] for trace in drawn.data] == pytest.approx([0, 14, 9, 0])
    assert [trace.x[0] for trace in drawn.data] == pytest.approx([14, -5, -1, 8])
    # 100 * 0.02 up, 100 * 0.01 down
    assert drawn.data[1].error_x.array[0] == pytest.approx(2) and drawn.data[1].error_x.arrayminus[0] == pytest.approx(
        1
    )
    assert [drawn.data[0].marker.color, drawn.data[-1].marker.color] == [faded(NEUTRAL, 0.7), faded(ACCENT, 0.7)]


def test_titles_from_data_are_no_markup_and_long_ones_break() -> None:
    ticks = waterfall([*BARS, bar("a covariate with quite a long title of its own", "total", 1.0)], unit="points")
    assert ticks.layout.yaxis.ticktext[1] == "past &lt;b&gt;activity&lt;/b&gt; <b>\u22120.05</b>"
    assert "<br>" in ticks.layout.yaxis.ticktext[-1]
    assert ticks.data[0].x[0] == 0.14  # an outcome in its own unit is not scaled


def test_a_label_of_three_lines_has_room_between_its_neighbours() -> None:
    rows = [
        {"title": f"{at} a title that is told on three lines of its axis by far", "before": at, "after": 0.0}
        for at in range(8)
    ]
    drawn = love_plot(rows)
    assert max(title.count("<br>") for title in drawn.data[0].y) == 2
    assert (drawn.layout.height - 110) / len(rows) > 30 > (love_plot(short(rows)).layout.height - 110) / len(rows)


def short(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "title": str(row["before"])} for row in rows]


def test_the_love_plot_shows_absolute_differences_of_the_worst_thirty() -> None:
    rows = [{"title": f"c{place}", "before": -place / 100, "after": 0.01} for place in range(40)]
    before = love_plot(rows).data[0]
    assert len(before.x) == 30
    assert max(before.x) == 0.39
    assert min(before.x) == 0.10  # the ten smallest, 0.00 to 0.09, are left out


def test_propensities_of_controls_hang_below_those_of_the_treated() -> None:
    overlap = {"edges": [0, 0.5, 1], "treated_shares": [0.25, 0.75], "control_shares": [0.9, 0.1]}
    drawn = mirrored_propensities(overlap)
    assert "(propensity)" in drawn.layout.xaxis.title.text
    assert "equally large" in mirrored_propensities({**overlap, "even": True}).layout.xaxis.title.text
    treated, control = drawn.data
    assert list(treated.y) == [25.0, 75.0]
    assert list(control.y) == [-90.0, -10.0]
    assert list(treated.x) == [0.25, 0.75]
