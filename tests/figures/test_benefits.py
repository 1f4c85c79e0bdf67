"""Figures of who benefits: scale, colours by the corrected looks, text from data never as markup, a tree that reads."""

import html
from typing import Any

from core.figures.benefits import policy_tree, segment_forest, sorted_groups, uplift_curves
from core.figures.theme import BETTER, UNDECIDED, WORSE

AVERAGE = {"value": 0.1}


def segment(title: str, value: float, chance: float, *, split: str = "plan") -> dict[str, Any]:
    return {
        "split": split, "segment": title, "value": value, "low": value - 0.02, "high": value + 0.02,
        "low_together": value - 0.04, "high_together": value + 0.04, "units": 10, "users": 9,
        "chance_together": chance, "difference": {"value": value - 0.1},
    }  # fmt: skip


def test_segments_are_coloured_only_with_all_looks_counted() -> None:
    rows = [segment("plan: gold", 0.3, 0.001), segment("plan: basic", -0.1, 0.01), segment("plan: trial", 0.3, 0.4)]
    drawn = segment_forest(rows, AVERAGE, unit="share")
    points = {trace.y[0]: trace for trace in drawn.data if trace.mode == "markers"}
    assert [points[row["segment"]].marker.color for row in rows] == [BETTER, WORSE, UNDECIDED]
    assert points["plan: gold"].x[0] == 30.0  # percentage points
    assert drawn.layout.xaxis.title.text == "effect, percentage points"


def test_long_names_are_cut_before_the_colon_stay_apart_and_are_no_markup() -> None:
    long = "<b>a very long name of an attribute that goes on</b>"
    rows = [segment(f"{long}: {level}", 0.1, 0.5, split=long) for level in ("low", "low", "high")]
    labels = [trace.y[0] for trace in segment_forest(rows, AVERAGE, unit="points").data if trace.mode == "markers"]
    assert len(set(labels)) == 3
    lines = [line for label in labels for line in label.split("<br>")]
    assert all("<b>" not in line and len(html.unescape(line)) <= 30 for line in lines)  # room for the intervals
    assert any(label.endswith("...: high") or label.endswith("...:<br>high") for label in labels)


def test_sorted_groups_show_what_was_found_beside_what_was_predicted() -> None:
    rows = [
        {"group": at, "value": 0.1 * at, "predicted": 0.09 * at, "low_together": 0.0, "high_together": 0.9}
        for at in (1, 2, 3)
    ]
    drawn = sorted_groups(rows, AVERAGE, unit="points")
    assert list(drawn.data[0].x) == ["1 (lowest)", "2", "3 (highest)"]
    assert list(drawn.data[0].y) == [0.1, 0.2, 0.1 * 3]
    assert list(drawn.data[1].y) == [0.09, 0.18, 0.27]


def test_the_chosen_learner_has_the_band_and_random_is_a_line() -> None:
    curve = {"share": [0.0, 0.5, 1.0], "value": [0.0, 0.2, 0.1], "low": [0, 0.1, 0], "high": [0, 0.3, 0.2]}
    learners = [
        {"learner": name, "title": name.upper(), "curve": {**curve, "random": [0.0, 0.05, 0.1]}} for name in "st"
    ]
    drawn = uplift_curves(learners, chosen="t", unit="share")
    names = [trace.name for trace in drawn.data]
    assert names == ["95 % band", "S", "T", "at random"]
    assert list(drawn.data[2].y) == [0.0, 20.0, 10.0]
    assert max(drawn.data[0].y) == 30.0


def test_a_tree_has_one_box_per_leaf_in_reading_order() -> None:
    tree = {
        "below": {"when": "age at most 30", "treat": False},
        "above": {
            "when": "age over 30",
            "below": {"when": "not <i>plan</i>: gold", "treat": False},
            "above": {"when": "plan: gold", "treat": True},
        },
    }
    leaves = [
        {"treat": False, "units": 10, "value": -0.1},
        {"treat": False, "units": 20, "value": 0.0},
        {"treat": True, "units": 30, "value": 0.2},
    ]
    drawn = policy_tree(tree, leaves, unit="share")
    boxes = [note for note in drawn.layout.annotations if note.borderwidth]
    assert [note.text.split("<br>")[1] for note in boxes] == ["10 units", "20 units", "30 units"]
    assert boxes[0].y > boxes[1].y > boxes[2].y
    assert "+20 points" in boxes[2].text and boxes[2].text.startswith("<b>Treat</b>")
    assert all("<i>" not in note.text for note in drawn.layout.annotations)
    assert len([trace for trace in drawn.data if trace.mode == "lines"]) == 4


def test_a_tree_of_one_leaf_treats_everybody() -> None:
    drawn = policy_tree({"treat": True}, [{"treat": True, "units": 5, "value": 1.0}], unit="points")
    assert len(drawn.layout.annotations) == 1
