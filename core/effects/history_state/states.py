"""The state of each unit's history as covariates, told by a network that has not seen its user.

Users are dealt to five folds by their id. The network of a fold learns from the users of the other four, from what they
did before their latest time zero; so what it foretells of a user, at any moment, never rests on that user. What is
foretold means the same in every fold, which the hidden state of a network does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from core.effects.covariates import Column
from core.effects.designs import units_of
from core.effects.designs.windows import Windows, windows
from core.effects.groups import EVENT_ORDER
from core.effects.history_state.foretold import Foretold, labels, what_to_foretell
from core.effects.history_state.histories import LATEST, TOKEN_TYPES, Histories, read_histories
from core.effects.history_state.how_well import how_well, in_words
from core.effects.question import CausalQuestion
from core.effects.table import Covariate
from core.storage.engine import Log

if TYPE_CHECKING:
    from core.effects.history_state.encoder import Encoder

FOLDS: Final = 5
KEY: Final = "whypath-states-1"  # 16 characters, as pandas' hash asks
USERS_AT_MOST: Final = 10_000  # whose histories are learnt from
FEWEST_USERS: Final = 100
FEWEST_CASES: Final = 20  # histories in which something followed, and in which it did not, for it to be foretold
READ_AT_ONCE: Final = 100_000  # moments


@dataclass(frozen=True)
class HistoryStates:
    """encoders: of each fold, empty where there was too little to learn from; foretold: what they tell, in order;
    notes: sentences on what they learnt from and what was left out."""

    question: CausalQuestion
    encoders: Sequence["Encoder"]
    foretold: Sequence[Foretold]
    notes: tuple[str, ...]

    def columns(self, log: Log, frame: pd.DataFrame, offsets: Windows) -> list[Column]:
        """One column for each thing foretold, for the units of a frame with `trial_user_id, time_zero_us`."""
        if not self.encoders:
            return []
        keys = pd.DataFrame(
            {
                "user_id": frame["trial_user_id"].astype(str),
                "at_us": frame["time_zero_us"] + offsets.covariates_end_us,
            }
        )
        moments = keys.drop_duplicates(ignore_index=True)
        fold = fold_of(moments["user_id"])
        found = np.zeros((len(moments), len(self.foretold)))
        for first in range(0, len(moments), READ_AT_ONCE):
            part = slice(first, first + READ_AT_ONCE)
            histories = _read(log, self.question, moments[part], offsets.lookback_us)
            for place, encoder in enumerate(self.encoders):
                rows = np.flatnonzero(fold[part] == place)
                found[first + rows] = _foretell(encoder, histories.part(rows))
        row = pd.MultiIndex.from_frame(moments).get_indexer(pd.MultiIndex.from_frame(keys))
        return [
            Column(Covariate(each.name, each.title, EVENT_ORDER), found[row, at])
            for at, each in enumerate(self.foretold)
        ]


def learn_states(log: Log, question: CausalQuestion) -> HistoryStates:
    """Learn the encoders of a question: one history per user, which ends at the user's latest time zero."""
    offsets = windows(question)
    units = units_of(log, question, offsets).table
    latest = units.group_by(user_id=units.trial_user_id).aggregate(at_us=units.time_zero_us.max())
    moments = log.fetch(latest).astype({"user_id": str})
    moments["at_us"] += offsets.covariates_end_us
    drawn = _drawn(moments, question.seed)
    histories = _read(log, question, drawn, offsets.lookback_us)
    if len(drawn) < FEWEST_USERS:
        said = f"The order of events was not learnt: {len(drawn):,} users are too few, it takes {FEWEST_USERS}."
        return HistoryStates(question, (), (), (said,))
    asked = what_to_foretell(log, question)
    came, known = labels(histories, asked)
    enough = np.array([_enough(came[:, :, at], known[:, :, at]) for at in range(len(asked))])
    foretold = [each for each, kept in zip(asked, enough, strict=True) if kept]
    unseen = [each for each, kept in zip(asked, enough, strict=True) if not kept]
    notes = _notes(log, moments, drawn, histories, unseen)
    if not foretold:
        return HistoryStates(question, (), (), ("The order of events was not learnt.", *notes[1:]))
    from core.effects.history_state.encoder import learn

    came, known = came[:, :, enough], known[:, :, enough]
    fold = fold_of(drawn["user_id"])
    encoders = []
    for place in range(FOLDS):
        rows = np.flatnonzero(fold != place)
        encoders.append(learn(histories.part(rows), came[rows], known[rows], seed=question.seed))
    told = in_words(foretold, how_well(encoders, fold, histories, came, known))
    return HistoryStates(question, encoders, foretold, (*notes, *told))


def fold_of(user_ids: pd.Series) -> np.ndarray:
    """(n,) the fold of each user, which follows from the id alone."""
    hashed = pd.util.hash_array(user_ids.to_numpy(dtype=object), hash_key=KEY, categorize=True)
    return np.asarray(hashed % FOLDS, dtype=int)


def _drawn(moments: pd.DataFrame, seed: int) -> pd.DataFrame:
    """At most USERS_AT_MOST of the users, by chance, in an order of their own."""
    ordered = moments.sort_values("user_id", ignore_index=True)
    kept = np.random.default_rng(seed).permutation(len(ordered))[:USERS_AT_MOST]
    return ordered.iloc[np.sort(kept)].reset_index(drop=True)


def _read(log: Log, question: CausalQuestion, moments: pd.DataFrame, lookback_us: int) -> Histories:
    users, at_us = moments["user_id"].tolist(), moments["at_us"].to_numpy(dtype=np.int64)
    return read_histories(log, question, users, at_us, lookback_us=lookback_us)


def _foretell(encoder: "Encoder", histories: Histories) -> np.ndarray:
    from core.effects.history_state.encoder import foretell

    return foretell(encoder, histories)


def _enough(came: np.ndarray, known: np.ndarray) -> bool:
    """Whether enough histories have it, and enough have a stretch without it; came, known (n, L)."""
    with_it, without = ((known & (came == each)).any(axis=1).sum() for each in (1, 0))
    return bool(min(with_it, without) >= FEWEST_CASES)


def _notes(
    log: Log, moments: pd.DataFrame, drawn: pd.DataFrame, histories: Histories, unseen: Sequence[Foretold]
) -> tuple[str, ...]:
    """What the encoders learnt from, and what was left out."""
    notes = [
        f"The order of events was learnt from {histories.events:,} events of {len(drawn):,} users, each before their "
        f"own time zero, on the processor: {FOLDS} networks, each of which describes a fifth of the users and learnt "
        "from the others."
    ]
    if beyond := len(moments) - len(drawn):
        notes.append(
            f"{beyond:,} users beyond {USERS_AT_MOST:,}, drawn by chance, were not learnt from; they are described as "
            "all others are."
        )
    if histories.cut.any():
        cut, users = histories.cut.sum(), (histories.cut > 0).sum()
        notes.append(
            f"The order of events is read from the latest {LATEST} events of a history: {cut:,} earlier events of "
            f"{users:,} users were not learnt from."
        )
    types = len(log.manifest["event_types"])
    if types > TOKEN_TYPES:
        notes.append(f"In the order of events the {types - TOKEN_TYPES:,} rarest event types are one.")
    if unseen:
        named = ", ".join(each.said for each in unseen)
        notes.append(f"Too rare, or too frequent, before time zero to be foretold: {named}.")
    return tuple(notes)
