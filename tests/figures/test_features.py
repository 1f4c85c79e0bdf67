"""Figures of features: few users look like few, and what is open or missing is not drawn as if it were not."""

import pandas as pd

from core.events.features.answer import Population
from core.events.features.distribution import Distribution
from core.figures.features import distribution

PEOPLE = Population(at_us=0, users=100, asked_users=100, newcomers=0, lookback_days=28, log_days=90)


def spread(frame: pd.DataFrame, **said: str) -> Distribution:
    feature = {"name": "x", "title": "Ex", "kind": "number", "unit": "days", "words": "An ex.", **said}
    return Distribution(feature, frame.assign(share=frame["users"] / 100), PEOPLE, 0, 1.0)


def test_bars_of_few_users_are_hatched_and_words_lie_on_their_side() -> None:
    frame = pd.DataFrame({"label": ["<b>a</b>", "b"], "users": [80, 20]})
    (bar,) = distribution(spread(frame, kind="text")).data
    assert bar.orientation == "h"
    assert list(bar.marker.pattern.shape) == ["", "/"]
    assert next(iter(bar.y)) == "&lt;b&gt;a&lt;/b&gt;"


def test_bins_stand_where_their_numbers_are_and_the_open_one_is_no_wider() -> None:
    frame = pd.DataFrame({"label": ["0 to 1", "2 to 3", "4 to 90"], "users": [50, 40, 10]})
    drawn = distribution(spread(frame.assign(low=[0.0, 2.0, 4.0], high=[2.0, 4.0, 90.0])))
    (bar,) = drawn.data
    assert list(bar.x) == [1.0, 3.0, 5.0]
    assert bar.width == 1.8
    assert drawn.layout.xaxis.title.text == "Ex, days"


def test_few_values_stand_side_by_side_and_times_on_a_calendar() -> None:
    frame = pd.DataFrame({"label": ["0", "7"], "users": [60, 40], "low": [0.0, 7.0], "high": [0.0, 7.0]})
    assert list(distribution(spread(frame)).data[0].x) == ["0", "7"]
    days = frame.assign(low=[0.0, 86_400.0], high=[86_400.0, 172_800.0])
    (bar,) = distribution(spread(days, kind="time")).data
    assert [str(moment)[:13] for moment in bar.x] == ["1970-01-01T12", "1970-01-02T12"]
