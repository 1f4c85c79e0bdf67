"""Histories as arrays: the latest events of users before given moments, in order, with the time between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from core.effects.designs.marks import IS_OUTCOME, IS_TREATMENT, marked_events
from core.effects.question import CausalQuestion
from core.storage.engine import Log

LATEST: Final = 32  # events of a history that are read; of a shorter one, the start of the lookback too
TOKEN_TYPES: Final = 30  # the most frequent event types are told apart, the rest is one
PADDING, START, OTHER, FIRST_TYPE = 0, 1, 2, 3  # tokens
SECONDS: Final = 1e6


@dataclass(frozen=True)
class Histories:
    """n histories of at most L tokens, padded on the right.

    tokens (n, L): PADDING, START of the lookback, OTHER, or FIRST_TYPE + place of the event type; marks (n, L, 2): is
    treatment, is outcome; ago_us (n, L): how long before the moment; lengths (n,) at least 1; cut (n,): how many events
    of the lookback are not among the latest.
    """

    tokens: np.ndarray
    marks: np.ndarray
    ago_us: np.ndarray
    lengths: np.ndarray
    cut: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def events(self) -> int:
        """How many events they hold."""
        return int((self.tokens >= OTHER).sum())

    def part(self, rows: np.ndarray) -> "Histories":
        """Some of them, no longer than the longest of these."""
        longest = int(self.lengths[rows].max(initial=1))
        tokens, marks, ago_us = (each[rows, :longest] for each in (self.tokens, self.marks, self.ago_us))
        return Histories(tokens, marks, ago_us, self.lengths[rows], self.cut[rows])

    @property
    def waits(self) -> np.ndarray:
        """(n, L) float32: log seconds from each token to the next one, or to the moment after the last."""
        following = np.pad(self.ago_us[:, 1:], ((0, 0), (0, 1)))
        inside = np.arange(self.tokens.shape[1]) < self.lengths[:, None]
        return np.where(inside, np.log1p(np.maximum(self.ago_us - following, 0) / SECONDS), 0).astype(np.float32)


def token_types(log: Log) -> list[str]:
    """The event types that are told apart, most frequent first."""
    return [str(entry["event_type"]) for entry in log.manifest["event_types"]][:TOKEN_TYPES]


def read_histories(
    log: Log, question: CausalQuestion, user_ids: Sequence[str], at_us: np.ndarray, *, lookback_us: int
) -> Histories:
    """The histories of users strictly before moments (n,), within the lookback; what is marked is the question's.

    One join of the moments with the events; of each history only the latest events leave the engine.
    """
    asked = log.lend(
        "moments of histories",
        pa.table({"place": np.arange(len(at_us)), "of user": pa.array(user_ids, pa.string()), "at us": at_us}),
    )
    events = marked_events(log, question)
    rows = asked.join(
        events,
        [
            asked["of user"] == events.user_id,
            events.timestamp_us < asked["at us"],
            events.timestamp_us >= asked["at us"] - lookback_us,
        ],
    )
    before = ibis.window(group_by="place", order_by=ibis.desc("history_position"))
    rows = rows.mutate(recency=ibis.row_number().over(before), ago_us=rows["at us"] - rows.timestamp_us)
    token = ibis.cases(
        *((rows.event_type == name, FIRST_TYPE + at) for at, name in enumerate(token_types(log))), else_=OTHER
    )
    known = rows.group_by("place").aggregate(events=rows.count()).order_by("place")
    latest = rows.filter(rows.recency < LATEST).select(
        "place", "recency", "ago_us", token=token, treated=rows[IS_TREATMENT], came=rows[IS_OUTCOME]
    )
    return _arrays(log.fetch(known), log.fetch(latest), len(at_us), lookback_us)


def _arrays(known: pd.DataFrame, latest: pd.DataFrame, n: int, lookback_us: int) -> Histories:
    held = np.zeros(n, dtype=np.int64)
    held[known["place"].to_numpy()] = known["events"].to_numpy()
    whole = held < LATEST  # then the start of the lookback is read too
    lengths = np.where(whole, held + 1, LATEST)
    tokens = np.zeros((n, LATEST), dtype=np.int64)
    marks = np.zeros((n, LATEST, 2), dtype=np.float32)
    ago_us = np.zeros((n, LATEST), dtype=np.int64)
    tokens[whole, 0], ago_us[whole, 0] = START, lookback_us
    row = latest["place"].to_numpy()
    column = lengths[row] - 1 - latest["recency"].to_numpy()
    tokens[row, column] = latest["token"].to_numpy()
    ago_us[row, column] = latest["ago_us"].to_numpy()
    marks[row, column, 0], marks[row, column, 1] = latest["treated"].to_numpy(), latest["came"].to_numpy()
    return Histories(tokens, marks, ago_us, lengths, np.maximum(held - LATEST, 0))
