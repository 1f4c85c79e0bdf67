"""Evaluation: a recommender ranks the whole catalogue for each history, in blocks that fit the memory."""

from collections.abc import Callable, Iterator

import numpy as np

from core.recommenders.histories import Histories
from core.recommenders.interactions import Interactions
from core.recommenders.metrics import ranks

Scorer = Callable[[Histories], np.ndarray]  # B histories -> (B, N) scores
Validate = Callable[[Scorer], float]  # NDCG@10 on the validation targets
BLOCK_BYTES = 64_000_000


def target_ranks(
    scorer: Scorer, data: Interactions, rows: np.ndarray, *, item_events: np.ndarray, seen_filtered: bool
) -> np.ndarray:
    """(T,) rank of the item of each row, given the user's rows before it."""
    histories = data.histories(data.user[rows], rows)
    found = [
        ranks(scores, data.item[rows[part]])
        for part, scores in allowed_scores(scorer, histories, item_events=item_events, seen_filtered=seen_filtered)
    ]
    return np.concatenate(found)


def allowed_scores(
    scorer: Scorer, histories: Histories, *, item_events: np.ndarray, seen_filtered: bool
) -> Iterator[tuple[slice, np.ndarray]]:
    """Blocks of histories with their (B, N) scores; minus infinity where an item may not be recommended.

    That is: items without a training event and, if `seen_filtered`, items of the history itself.
    """
    block = max(1, min(512, BLOCK_BYTES // (4 * len(item_events))))
    for start in range(0, len(histories), block):
        part = slice(start, min(start + block, len(histories)))
        chosen = histories.part(part)
        scores = np.array(scorer(chosen), dtype=np.float32)
        scores[:, item_events == 0] = -np.inf
        if seen_filtered:
            scores[chosen.distinct_pairs()] = -np.inf
        yield part, scores


def top(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k best items of each row, best first, equal scores by item code: (B, k) items and (B, k) scores."""
    k = min(k, scores.shape[1])
    border = np.partition(scores, -k, axis=1)[:, -k][:, None]
    items = np.empty((len(scores), k), dtype=np.int32)
    for row, (own, limit) in enumerate(zip(scores, border[:, 0], strict=True)):
        candidates = np.flatnonzero(own >= limit)
        items[row] = candidates[np.argsort(-own[candidates], kind="stable")[:k]]
    return items, np.take_along_axis(scores, items, axis=1)
