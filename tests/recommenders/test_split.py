"""Interactions and splits: what counts, and that nothing leaks."""

import numpy as np
import pytest

from core.errors import NotEnoughData, NotFound
from core.recommenders.interactions import interactions, prepared
from core.recommenders.split import describe, split, training
from core.recommenders.train_spec import TrainSpec
from core.storage.engine import open_log
from tests.recommenders.small_logs import keep_log

FREE = TrainSpec(min_item_events=1, min_user_events=1)


def named(count):
    return np.array([f"n{number}" for number in range(count)], dtype=object)


def test_events_are_counted_in_the_order_user_time_then_import(workspace):
    log_id = keep_log(
        workspace,
        [
            ("b", "y", "view", 5),
            ("a", "z", "view", 9),
            ("b", "x", "view", 5),
            ("a", "x", "buy", 1),
            ("a", None, "view", 3),
        ],
    )
    data = interactions(open_log(workspace, log_id), FREE)
    assert data.user_ids.tolist() == ["a", "b"]
    assert data.item_ids.tolist() == ["x", "y", "z"]
    assert data.titles.tolist() == ["Title of x", "Title of y", "Title of z"]
    # a: x at 1, z at 9 (the event without item is left out); b: y before x, both at 5, as imported
    assert data.user.tolist() == [0, 0, 1, 1]
    assert data.item.tolist() == [0, 2, 1, 0]
    assert data.timestamp_us.tolist() == [1_000_000, 9_000_000, 5_000_000, 5_000_000]
    assert data.itemless_events == 1


def test_only_the_asked_event_types_count_and_an_unknown_one_is_named(workspace):
    log = open_log(workspace, keep_log(workspace, [("a", "x", "view", 1), ("a", "y", "buy", 2)]))
    bought = interactions(log, TrainSpec(event_types=("buy",), min_item_events=1, min_user_events=1))
    assert bought.item_ids.tolist() == ["y"]
    with pytest.raises(NotFound, match="no event type 'rent'; it has buy, view"):
        interactions(log, TrainSpec(event_types=("rent",)))


def test_repeats_and_rare_users_and_items_are_left_out_and_counted():
    user = np.array([0, 0, 0, 0, 1, 1, 2])
    item = np.array([0, 0, 1, 0, 0, 1, 2])
    spec = TrainSpec(min_item_events=2, min_user_events=2)
    data = prepared(user, item, np.arange(7), user_ids=named(3), item_ids=named(3), titles=[None] * 3, spec=spec)
    # the second (0, 0) repeats; user 2 and item 2 occur once
    assert data.user.tolist() == [0, 0, 0, 1, 1]
    assert data.item.tolist() == [0, 1, 0, 0, 1]
    assert (data.repeated_events, data.rare_events) == (1, 1)
    assert data.first_encounters.tolist() == [True, True, False, True, True]


def test_the_temporal_split_trains_strictly_before_and_asks_for_the_last_event_of_each_period(made_interactions):
    # ten events, one a second: the 0.8 quantile is second 8, the 0.9 quantile second 9
    data = made_interactions([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]], seconds=[[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]])
    parts = split(data, FREE)
    assert parts.cutoffs_us == (8_000_000, 9_000_000)
    assert parts.train_ends.tolist() == [4, 9]
    assert parts.validation_rows.tolist() == [4]
    assert parts.test_rows.tolist() == [9]


def test_no_training_event_is_as_late_as_a_target_and_no_history_reaches_its_target(random_interactions):
    data = random_interactions
    parts = split(data, FREE)
    learned = training(data, parts)
    trained = np.concatenate(
        [np.arange(start, end) for start, end in zip(learned.histories.starts, learned.histories.ends, strict=True)]
    )
    assert data.timestamp_us[trained].max() < data.timestamp_us[parts.validation_rows].min()
    assert data.timestamp_us[parts.validation_rows].max() < data.timestamp_us[parts.test_rows].min()
    histories = data.histories(data.user[parts.test_rows], parts.test_rows)
    assert (histories.ends == parts.test_rows).all()
    assert (histories.ends > histories.starts).all()
    assert learned.item_events.sum() == len(trained)


def test_leave_one_out_keeps_the_last_two_events_for_testing(made_interactions):
    data = made_interactions([[0, 1, 2, 3], [3, 2, 1, 0]])
    parts = split(data, TrainSpec(protocol="leave-one-out", min_item_events=1))
    assert parts.train_ends.tolist() == [2, 6]
    assert parts.validation_rows.tolist() == [2, 6]
    assert parts.test_rows.tolist() == [3, 7]


def test_a_target_is_new_to_the_user_when_seen_items_are_filtered(made_interactions):
    data = made_interactions([[0, 1, 2, 3, 0], [3, 2, 1, 0, 3]])
    spec = TrainSpec(protocol="leave-one-out", min_item_events=1)
    assert split(data, spec).test_rows.tolist() == [3, 8]
    repeats = spec.model_copy(update={"seen_filtered": False})
    assert split(data, repeats).test_rows.tolist() == [4, 9]


def test_the_description_hashes_the_targets_and_counts_the_unreachable(made_interactions):
    data = made_interactions([[0, 1, 2, 3, 9], [0, 1, 2, 3, 4]], seconds=[[0, 2, 4, 6, 9], [1, 3, 5, 7, 9]])
    parts = split(data, TrainSpec(protocol="leave-one-out", min_item_events=1))
    found = describe(data, parts, training(data, parts).item_events)
    assert found["unreachable_share"] == 1.0  # items 9 and 4 occur in no training history
    assert found["test_users"] == 2
    moved = made_interactions([[0, 1, 2, 3, 9], [0, 1, 2, 4, 3]], seconds=[[0, 2, 4, 6, 9], [1, 3, 5, 7, 9]])
    other = split(moved, TrainSpec(protocol="leave-one-out", min_item_events=1))
    assert describe(moved, other, training(moved, other).item_events)["target_hash"] != found["target_hash"]


@pytest.mark.parametrize(
    ("walks", "spec", "sentence"),
    [
        ([[0, 1, 2]], TrainSpec(), "No interactions are left of 3 events"),
        ([[0, 1, 2]], FREE, "leaves 0 users to validate"),
        ([[0], [0], [0]], FREE, "only 1 item"),
        ([[0], [1], [0]], FREE, "no user has two events"),
    ],
)  # fmt: skip
def test_too_little_to_train_on_is_refused_in_one_sentence(made_interactions, walks, spec, sentence):
    with pytest.raises(NotEnoughData, match=sentence):
        split(made_interactions(walks, spec=spec), spec)
