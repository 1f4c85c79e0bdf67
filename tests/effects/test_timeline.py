"""The timeline of a question: its windows in words and order, the end of the log, and names shown as text."""

import pytest

from core.effects.question import CausalQuestion
from core.effects.timeline import timeline
from core.figures.timeline import question_timeline

MANIFEST = {"last_at": "2026-03-31T12:00:00+00:00"}


def question(**more: object) -> CausalQuestion:
    return CausalQuestion.read({"treatment": "search", "outcome": "buy", **more})


def test_covariates_end_where_treatment_and_outcome_begin_and_the_log_bounds_time_zero() -> None:
    found = timeline(question(outcome_window_days=7), MANIFEST)
    assert [(each.part, each.start, each.end) for each in found.stretches] == [
        ("covariates", -3.0, 0.0),
        ("treatment", 0.0, 1.2),
        ("outcome", 0.0, 4.0),
    ]
    assert found.zero == "event 3 of a session"
    assert found.end == "the log ends on 31 Mar 2026, so time zero is before 24 Mar 2026"  # seven days earlier


@pytest.mark.parametrize(
    ("settings", "parts", "words"),
    [
        ({"design": {"kind": "first_exposure"}}, ["covariates", "outcome"], "at risk of it"),
        ({"design": {"kind": "before_after"}}, ["covariates", "outcome", "outcome"], "first search"),
        ({"treatment_measure": {"kind": "segment"}}, ["covariates", "treatment", "outcome"], "in the last 28 days"),
        ({"outcome_measure": {"kind": "time_to"}}, ["covariates", "treatment", "outcome"], "is censored"),
    ],
)
def test_every_design_draws_the_windows_it_has(settings: dict[str, object], parts: list[str], words: str) -> None:
    found = timeline(question(**settings), MANIFEST)
    assert [each.part for each in found.stretches] == parts
    assert words in " ".join([found.zero, found.end, *(each.says for each in found.stretches)])
    before = [each for each in found.stretches if each.part == "covariates"]
    assert all(each.end <= 0 for each in before)


def test_the_figure_writes_names_as_text() -> None:
    found = timeline(question(treatment="<img src=x>"), MANIFEST)
    drawn = question_timeline([vars(each) for each in found.stretches])
    said = " ".join(note.text for note in drawn.layout.annotations)
    assert "&lt;img src=x&gt; within 10 minutes,<br>or not" in said and "<img" not in said


@pytest.mark.parametrize("design", ["landmark", "first_exposure", "before_after"])
def test_no_label_lies_on_a_bar_and_long_names_are_broken(design: str) -> None:
    asked = question(treatment="opened the page with all of last year's offers", design={"kind": design})
    drawn = question_timeline([vars(each) for each in timeline(asked, MANIFEST).stretches])
    bars = [(shape.y0, shape.y1) for shape in drawn.layout.shapes if shape.type == "rect"]
    for note in drawn.layout.annotations:
        lines = note.text.split("<br>")
        low = note.y - 18 * len(lines)  # one unit of the axis is one pixel
        assert all(low >= top or note.y <= bottom for bottom, top in bars)
        assert max(len(line) for line in lines) <= 32
    pixels = drawn.layout.height - drawn.layout.margin.t - drawn.layout.margin.b
    low, high = drawn.layout.yaxis.range
    assert abs((high - low) - pixels) <= 2
