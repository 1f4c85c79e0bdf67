"""The figure of a comparison: letters, scale, and what a study that is not supported looks like."""

from typing import Any

from core.figures.comparison import headlines
from core.figures.theme import BETTER, UNDECIDED, WORSE


def row(letter: str, value: float | None, light: str = "green", **more: Any) -> dict[str, Any]:
    ends = {"low": None, "high": None} if value is None else {"low": value - 0.01, "high": value + 0.01}
    return {
        "letter": letter,
        "title": "<b>search</b>",
        "value": value,
        "light": light,
        "estimand": "ATE",
        **ends,
        **more,
    }


def test_headlines_stand_by_letter_on_one_axis_in_percentage_points() -> None:
    drawn = headlines([row("A", 0.05), row("B", -0.05), row("C", 0.0), row("D", None)], unit="share")
    by_letter = {trace.y[0][3]: trace for trace in drawn.data}
    assert set(by_letter) == {"A", "B", "C"}
    assert by_letter["A"].x[0] == 5.0
    colours = {letter: trace.marker.color for letter, trace in by_letter.items()}
    assert colours == {"A": BETTER, "B": WORSE, "C": UNDECIDED}
    assert drawn.layout.xaxis.title.text == "percentage points"
    assert "<b>search" not in by_letter["A"].hovertemplate


def test_what_its_checks_do_not_support_is_hollow_grey_and_says_so() -> None:
    trace = headlines([row("A", 0.05, "red")], unit="points").data[0]
    assert (trace.marker.color, trace.marker.symbol) == (UNDECIDED, "diamond-open")
    assert trace.y[0].endswith("ATE, not supported")
