"""Annotations on a time axis: only those that fall on it, at the local time, with their text as text."""

import pandas as pd
import plotly.graph_objects as go

from core.events.definitions.annotations import Annotation
from core.figures.annotated import annotated


def ten_days() -> go.Figure:
    return go.Figure(go.Scatter(x=pd.date_range("2025-03-01", periods=10), y=list(range(10))))


def mark(at: str, label: str = "release", end_at: str | None = None) -> Annotation:
    return Annotation.read({"label": label, "at": at, "end_at": end_at})


def test_a_moment_is_a_line_with_its_label() -> None:
    drawn = annotated(ten_days(), [mark("2025-03-03T12:00:00Z")])
    (line,) = drawn.layout.shapes
    assert (line.type, str(line.x0)) == ("line", "2025-03-03 12:00:00")
    assert drawn.layout.annotations[0].text == "release"


def test_a_stretch_is_shaded_and_cut_to_the_axis() -> None:
    drawn = annotated(ten_days(), [mark("2025-02-20", "sale", "2025-03-02")])
    shaded, _line = drawn.layout.shapes
    assert shaded.type == "rect"
    assert (str(shaded.x0), str(shaded.x1)) == ("2025-03-01 00:00:00", "2025-03-02 00:00:00")


def test_what_lies_outside_the_axis_is_not_drawn() -> None:
    drawn = annotated(ten_days(), [mark("2025-02-27"), mark("2025-03-11")])
    assert not drawn.layout.shapes
    assert not annotated(go.Figure(), [mark("2025-03-03")]).layout.shapes


def test_times_are_local_to_the_figure() -> None:
    drawn = annotated(ten_days(), [mark("2025-03-03T12:00:00Z")], timezone="Asia/Tokyo")
    assert str(drawn.layout.shapes[0].x0) == "2025-03-03 21:00:00"


def test_a_label_is_text_and_short() -> None:
    drawn = annotated(ten_days(), [mark("2025-03-03", "<b>bold</b> " + "x" * 60)])
    text = drawn.layout.annotations[0].text
    assert text.startswith("&lt;b&gt;")
    assert text.endswith("…")
