"""Splits: which interactions train, and which one of each user is to be predicted.

temporal        two moments, the same for everybody: training ends where validation starts (0.8 of the events), the
                test starts at 0.9. Target: a user's last event in the period; input: everything before it. Nothing that
                happened after a moment is known to a model judged from that moment on.
leave-one-out   the literature's protocol: a user's last event is the test, the one before it validation. Models have
                seen other users' later events (Ji et al., TOIS 2023), so it flatters them.

With `seen_filtered` a target is the user's last event with an item that is new to them: an item that may not be
recommended must not be asked for.
"""

from dataclasses import dataclass

import numpy as np

from core.errors import NotEnoughData
from core.recommenders.histories import Histories
from core.recommenders.interactions import Interactions
from core.recommenders.train_spec import TrainSpec
from core.specs import hash_of
from core.storage.workspace import jsonable

VALIDATION_QUANTILE, TEST_QUANTILE = 0.8, 0.9


@dataclass(frozen=True)
class Split:
    """Rows refer to the interactions.

    train_ends: (U,) the training rows of user u are bounds[u] to train_ends[u]; validation_rows, test_rows: (V,), (T,)
    the row to predict, at most one per user, its history being all the user's rows before it; cutoffs_us: the moments
    validation and test start at, for the temporal protocol.
    """

    protocol: str
    train_ends: np.ndarray
    validation_rows: np.ndarray
    test_rows: np.ndarray
    cutoffs_us: tuple[int, int] | None


@dataclass(frozen=True)
class Training:
    """What a model may learn from: training histories and how often each item occurs in them.

    histories: those of users with at least one training event; users, items: sizes U and N; item_events: (N,).
    """

    histories: Histories
    users: int
    items: int
    item_events: np.ndarray


def split(data: Interactions, spec: TrainSpec) -> Split:
    """Split by the protocol of the spec; raises NotEnoughData when a part stays empty."""
    allowed = np.arange(len(data)) > data.bounds[data.user]  # a target needs a history
    if spec.seen_filtered:
        allowed &= data.first_encounters
    made = _temporal(data, allowed) if spec.protocol == "temporal" else _leave_one_out(data, allowed)
    _check(data, made)
    return made


def training(data: Interactions, made: Split) -> Training:
    """The training part as histories, one per user who has any."""
    users = np.flatnonzero(made.train_ends > data.bounds[:-1])
    histories = data.histories(users, made.train_ends[users])
    return Training(histories, data.users, data.items, np.bincount(histories.pairs()[1], minlength=data.items))


def _temporal(data: Interactions, allowed: np.ndarray) -> Split:
    ordered = np.sort(data.timestamp_us)
    validation_us, test_us = (int(ordered[int(q * len(ordered))]) for q in (VALIDATION_QUANTILE, TEST_QUANTILE))
    in_training = data.timestamp_us < validation_us
    in_test = data.timestamp_us >= test_us
    trained = np.bincount(data.user[in_training], minlength=data.users)
    return Split(
        "temporal",
        data.bounds[:-1] + trained,
        _last_per_user(data.user, np.flatnonzero(allowed & ~in_training & ~in_test)),
        _last_per_user(data.user, np.flatnonzero(allowed & in_test)),
        (validation_us, test_us),
    )


def _leave_one_out(data: Interactions, allowed: np.ndarray) -> Split:
    test = _last_per_user(data.user, np.flatnonzero(allowed))
    test_of_user = data.bounds[1:].copy()
    test_of_user[data.user[test]] = test
    before = allowed & (np.arange(len(data)) < test_of_user[data.user])
    validation = _last_per_user(data.user, np.flatnonzero(before))
    train_ends = test_of_user.copy()
    train_ends[data.user[validation]] = validation
    return Split("leave-one-out", train_ends, validation, test, None)


def _last_per_user(user: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The last of the rows of each user; rows are sorted and users with them."""
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = user[rows[1:]] != user[rows[:-1]]
    return rows[last]


def _check(data: Interactions, made: Split) -> None:
    longest = int((made.train_ends - data.bounds[:-1]).max(initial=0))
    trained = int((made.train_ends - data.bounds[:-1]).sum())
    seen = f"{len(data)} interactions of {data.users} users with {data.items} items"
    if data.items < 2:
        raise NotEnoughData(f"There is only {data.items} item in {seen}; ranking needs at least 2 items.")
    if longest < 2:
        raise NotEnoughData(
            f"There are {seen}, and no user has two events before the evaluation starts ({trained} in all); load a "
            "longer log or count more event types."
        )
    if not len(made.validation_rows) or not len(made.test_rows):
        raise NotEnoughData(
            f"There are {seen}, which leaves {len(made.validation_rows)} users to validate and {len(made.test_rows)} "
            f"to test under the {made.protocol} protocol; load a longer log or choose the other protocol."
        )


def describe(data: Interactions, made: Split, item_events: np.ndarray) -> dict[str, object]:
    """The split in numbers, JSON-ready; `unreachable_share`: test targets that no training event names (misses)."""
    target_items = data.item[made.test_rows]
    targets = [
        [str(data.user_ids[data.user[row]]), str(data.item_ids[data.item[row]]), int(data.timestamp_us[row])]
        for row in made.test_rows
    ]
    cutoffs = None
    if made.cutoffs_us:
        moments = np.array(made.cutoffs_us, dtype="datetime64[us]").astype(object)
        cutoffs = {"validation_at": jsonable(moments[0]), "test_at": jsonable(moments[1])}
    return {
        "protocol": made.protocol,
        "cutoffs": cutoffs,
        "users": data.users,
        "items": data.items,
        "interactions": len(data),
        "train_events": int(item_events.sum()),
        "validation_users": len(made.validation_rows),
        "test_users": len(made.test_rows),
        "unreachable_share": float((item_events[target_items] == 0).mean()),
        "target_hash": hash_of(targets),
    }
