"""Rows of fewer than ten users lose their numbers, and one more where the total would give them back."""

import pandas as pd

from core.events.privacy.small_cells import counted_in, withhold


def test_rows_of_few_users_lose_their_numbers_but_keep_their_names() -> None:
    frame = pd.DataFrame(
        {
            "event_type": list("abcd"),
            "users": [9, 3, 10, 500],
            "events": [20, 5, 11, 900],
            "share": [0.1, 0.2, 0.3, 0.4],
        }
    )
    found = withhold(frame)
    assert found.rows == 2
    assert found.frame["users"].isna().tolist() == [True, True, False, False]
    assert found.frame["share"].isna().tolist() == [True, True, False, False]
    assert found.frame["event_type"].tolist() == list("abcd")
    assert frame["users"].tolist() == [9, 3, 10, 500]
    assert "2 rows" in found.sentence


def test_a_lone_small_row_takes_the_smallest_other_with_it() -> None:
    found = withhold(pd.DataFrame({"users": [4, 80, 30, 0], "events": [4, 80, 30, 0]}))
    assert found.frame["events"].isna().tolist() == [True, False, True, False]


def test_nothing_small_and_tables_without_users_stay_as_they_are() -> None:
    for frame in (pd.DataFrame({"users": [10, 0], "n": [1, 2]}), pd.DataFrame({"n": [1]}), pd.DataFrame({"users": []})):
        found = withhold(frame)
        assert found.rows == 0
        assert found.frame is frame
        assert found.sentence == ""


def test_where_only_events_are_counted_so_few_of_them_are_of_so_few_users() -> None:
    frame = pd.DataFrame({"bucket": ["a", "b", "c"], "events": [3, 5, 100]})
    assert counted_in(frame) == "events"
    assert withhold(frame, counted="events").frame["events"].isna().tolist() == [True, True, False]
    assert withhold(frame).rows == 0
