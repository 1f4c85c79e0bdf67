"""Histories as arrays, and what followed in them, equal plain loops over a small log's events."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.effects.history_state.foretold import OUTCOME, TREATMENT, Foretold, labels
from core.effects.history_state.histories import LATEST, OTHER, PADDING, START, read_histories, token_types
from core.effects.question import CausalQuestion
from core.storage.engine import Log

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
KINDS = ("a", "b", "c", "d")


def small_log() -> pd.DataFrame:
    """Five users, some with more events than are read, many of them at the same moment."""
    rng = np.random.default_rng(0)
    counts = (3, 80, 20, 1, 45)
    frames = []
    for user, count in enumerate(counts):
        hours = np.sort(rng.integers(0, 24 * 12, count))
        at = pd.Timestamp("2024-03-01") + pd.to_timedelta(hours, unit="h")
        frames.append(pd.DataFrame({"user_id": f"u{user}", "event_type": rng.choice(KINDS, count), "timestamp": at}))
    return pd.concat(frames, ignore_index=True)


def test_histories_and_what_followed_equal_loops(log_of: Callable[[pd.DataFrame], Log]) -> None:
    log = log_of(small_log())
    question = CausalQuestion.read({"treatment": "a", "outcome": "b", "lookback_days": 4})
    events = log.fetch(log.table("events")).sort_values(["user_id", "history_position"])
    first = int(events["timestamp_us"].min())
    moments = [(user, first + day * DAY + minute) for user in ["u0", "u1", "u2", "u4", "u9"] for day in (2, 6, 9, 11)
               for minute in (0, HOUR, HOUR + MINUTE)]  # fmt: skip
    users, at_us = [user for user, _ in moments], np.array([at for _, at in moments])
    read = read_histories(log, question, users, at_us, lookback_us=4 * DAY)
    asked = [Foretold(TREATMENT, 3 * HOUR, ""), Foretold(OUTCOME, DAY, ""), Foretold(OTHER + 1, HOUR, "")]
    came, known = labels(read, asked)
    types = token_types(log)
    for row, (user, at) in enumerate(moments):
        own = events[(events["user_id"] == user) & (events["timestamp_us"] < at)]
        own = own[own["timestamp_us"] >= at - 4 * DAY]
        tokens = [OTHER + 1 + types.index(kind) for kind in own["event_type"]]
        times = list(own["timestamp_us"])
        assert read.cut[row] == max(len(own) - LATEST, 0)
        kinds = list(own["event_type"])
        if len(own) < LATEST:
            tokens, times, kinds = [START, *tokens], [at - 4 * DAY, *times], ["", *kinds]
        tokens, times, kinds = tokens[-LATEST:], times[-LATEST:], kinds[-LATEST:]
        assert read.lengths[row] == len(tokens)
        assert read.tokens[row].tolist() == [*tokens, *[PADDING] * (LATEST - len(tokens))]
        assert read.ago_us[row, : len(times)].tolist() == [at - time for time in times]
        assert read.marks[row, : len(kinds), 0].tolist() == [float(kind == "a") for kind in kinds]
        gaps = np.diff([*times, at]) / 1e6
        assert np.allclose(read.waits[row, : len(times)], np.log1p(gaps), atol=1e-5)
        for place, each in enumerate(asked):
            wanted = {TREATMENT: "a", OUTCOME: "b"}.get(each.kind, types[0])
            for at_token, time in enumerate(times):
                over = time + each.within_us < at
                assert known[row, at_token, place] == over
                later = zip(times[at_token + 1 :], kinds[at_token + 1 :], strict=True)
                follows = any(kind == wanted and then <= time + each.within_us for then, kind in later)
                assert not over or came[row, at_token, place] == follows
            assert not known[row, len(times) :].any()
