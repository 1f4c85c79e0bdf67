"""Ranking metrics by hand, ties against the model, intervals."""

import numpy as np
import pytest

from core.recommenders.evaluate import allowed_scores, target_ranks, top
from core.recommenders.histories import Histories
from core.recommenders.metrics import MISS, difference, gain, hit, intervals, ranks, summary


def test_a_rank_counts_every_item_that_is_not_scored_below_the_target():
    scores = np.array([[0.9, 0.5, 0.5, 0.1], [0.9, 0.5, 0.5, 0.1], [0.2, 0.2, 0.2, 0.2]])
    # target 0: nothing above it -> 1; target 2: 0.9 above, the other 0.5 ties -> 3; all four tie -> 4
    assert ranks(scores, np.array([0, 2, 1])).tolist() == [1, 3, 4]


def test_a_target_that_cannot_be_recommended_is_a_miss_even_in_a_catalogue_of_ten():
    scores = np.array([[-np.inf, 1.0, 2.0], [np.nan, 1.0, 2.0]], dtype=np.float32)
    rank = ranks(scores, np.array([0, 0]))
    assert rank.tolist() == [MISS, MISS]
    assert hit(rank).tolist() == [0, 0]
    assert gain(rank).tolist() == [0, 0]


def test_a_score_that_is_not_a_number_never_helps_the_model():
    assert ranks(np.array([[np.nan, 1.0, 0.0]]), np.array([1])).tolist() == [2]


def test_hr_and_ndcg_follow_their_formulas():
    rank = np.array([1, 3, 10, 11])
    assert hit(rank).tolist() == [1, 1, 1, 0]
    # 1/log2(2) = 1, 1/log2(4) = 0.5, 1/log2(11) = 0.28906..., outside the ten: 0
    assert gain(rank) == pytest.approx([1, 0.5, 0.2890648, 0])
    # means: 3 / 4 and 1.7890648 / 4
    found = summary(rank, seed=0)
    assert found["hr@10"]["value"] == 0.75
    assert found["ndcg@10"]["value"] == pytest.approx(0.4472662)


def test_the_bootstrap_agrees_with_the_normal_interval_of_a_share():
    hits = (np.arange(1000) < 300).astype(float)[:, None]
    (interval,) = intervals(hits, seed=1)
    # 0.3 +- 1.96 sqrt(0.3 * 0.7 / 1000) = 0.3 +- 0.0284
    assert interval.value == 0.3
    assert interval.low == pytest.approx(0.2716, abs=0.004)
    assert interval.high == pytest.approx(0.3284, abs=0.004)


def test_the_bootstrap_follows_its_seed():
    values = np.random.default_rng(0).random((300, 2))
    assert intervals(values, seed=3) == intervals(values, seed=3)
    assert intervals(values, seed=3) != intervals(values, seed=4)


def test_a_comparison_is_paired_so_equal_ranks_differ_by_exactly_nothing():
    rank = np.array([1, 5, 20, 3])
    assert difference(rank, rank, seed=0)["ndcg@10"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_seen_and_untrained_items_are_never_recommended():
    histories = Histories(np.array([0, 1]), np.array([0]), np.array([0]), np.array([2]))
    ((_, scores),) = allowed_scores(
        lambda some: np.ones((len(some), 4)), histories, item_events=np.array([1, 1, 0, 1]), seen_filtered=True
    )
    assert np.isfinite(scores).tolist() == [[False, False, False, True]]
    ((_, scores),) = allowed_scores(
        lambda some: np.ones((len(some), 4)), histories, item_events=np.array([1, 1, 0, 1]), seen_filtered=False
    )
    assert np.isfinite(scores).tolist() == [[True, True, False, True]]


def test_the_top_list_is_the_stable_full_sort():
    scores = np.round(np.random.default_rng(0).random((40, 30)), 1)  # many ties
    items, best = top(scores, 7)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :7]
    assert np.array_equal(items, expected)
    assert np.array_equal(best, np.take_along_axis(scores, expected, axis=1))


def test_target_ranks_use_only_what_came_before(made_interactions):
    data = made_interactions([[0, 1, 2], [1, 2, 0]])
    heard = []

    def scorer(histories):
        heard.extend(
            histories.items[start:end].tolist() for start, end in zip(histories.starts, histories.ends, strict=True)
        )
        return np.tile([3.0, 2.0, 1.0], (len(histories), 1))

    rank = target_ranks(scorer, data, np.array([2, 4]), item_events=np.ones(3), seen_filtered=True)
    assert heard == [[0, 1], [1]]
    # user 0 may be shown item 2 alone -> rank 1; user 1 items 0 and 2, of which 0 is scored higher -> rank 2
    assert rank.tolist() == [1, 2]
