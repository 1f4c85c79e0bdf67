"""Interactions: the events of a log that train a recommender, as integer codes in the order things happened.

The log is read once, as Arrow; users and items become codes 0, 1, ... that follow the order of their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import ibis
import numpy as np

from core.errors import NotEnoughData, NotFound
from core.recommenders.histories import Histories
from core.recommenders.train_spec import TrainSpec
from core.storage.engine import Log


@dataclass(frozen=True)
class Interactions:
    """E interactions of U users with N items, sorted by (user, timestamp, event_id).

    user, item: (E,) codes; timestamp_us: (E,) microseconds since 1970; user_ids: (U,) and item_ids: (N,) text;
    titles: (N,) text or None; itemless_events: events left out because they name no item; rare_events: events left
    out by the minimum counts; repeated_events: events left out because they repeat the item before them.
    """

    user: np.ndarray
    item: np.ndarray
    timestamp_us: np.ndarray
    user_ids: np.ndarray
    item_ids: np.ndarray
    titles: np.ndarray
    itemless_events: int = 0
    rare_events: int = 0
    repeated_events: int = 0

    def __len__(self) -> int:
        return len(self.user)

    @property
    def users(self) -> int:
        return len(self.user_ids)

    @property
    def items(self) -> int:
        return len(self.item_ids)

    @cached_property
    def bounds(self) -> np.ndarray:
        """(U + 1,) the events of user u are the rows bounds[u] to bounds[u + 1]."""
        return np.searchsorted(self.user, np.arange(self.users + 1))

    @cached_property
    def first_encounters(self) -> np.ndarray:
        """(E,) whether the user meets the item for the first time."""
        first = np.zeros(len(self), dtype=bool)
        first[np.unique(self.user.astype(np.int64) * self.items + self.item, return_index=True)[1]] = True
        return first

    def histories(self, users: np.ndarray, ends: np.ndarray) -> Histories:
        """The history of each user up to a row (excluded)."""
        return Histories(self.item, users, self.bounds[users], ends)

    def whole_histories(self, users: np.ndarray) -> Histories:
        """Everything each user did."""
        return self.histories(users, self.bounds[users + 1])


def interactions(log: Log, spec: TrainSpec) -> Interactions:
    """The interactions of a log that a spec counts; raises NotFound (an unknown event type) or NotEnoughData (none)."""
    events = log.table("events")
    known = [kind["event_type"] for kind in log.manifest["event_types"]]
    if spec.event_types is not None:
        if unknown := [kind for kind in spec.event_types if kind not in known]:
            raise NotFound(f"The log has no event type '{unknown[0]}'; it has {', '.join(known[:12])}.")
        events = events.filter(events.event_type.isin(list(spec.event_types)))
    users = log.fetch_arrow(log.table("users").select("user_id").order_by("user_id"))
    items = log.fetch_arrow(log.table("items").select("item_id", "title").order_by("item_id"))
    found = log.fetch_arrow(_coded(log, events))
    item = found["item"].fill_null(-1).to_numpy()
    named = item >= 0
    return prepared(
        found["user"].to_numpy()[named],
        item[named],
        found["timestamp_us"].to_numpy()[named],
        user_ids=np.array(users["user_id"].to_pylist(), dtype=object),
        item_ids=np.array(items["item_id"].to_pylist(), dtype=object),
        titles=items["title"].to_pylist(),
        spec=spec,
        itemless_events=int((~named).sum()),
    )


def _coded(log: Log, events: ibis.Table) -> ibis.Table:
    """user and item codes and the time of each event, in the order of the log; item is null where none is named."""
    users, items = log.table("users"), log.table("items")
    user_codes = users.select("user_id", user=ibis.row_number().over(order_by="user_id"))
    item_codes = items.select("item_id", item=ibis.row_number().over(order_by="item_id"))
    coded = events.join(user_codes, "user_id").left_join(item_codes, "item_id")
    return coded.order_by("user", "timestamp_us", "event_id").select("user", "item", "timestamp_us")


def prepared(
    user: np.ndarray,
    item: np.ndarray,
    timestamp_us: np.ndarray,
    *,
    user_ids: np.ndarray,
    item_ids: np.ndarray,
    titles: Sequence[str | None],
    spec: TrainSpec,
    itemless_events: int = 0,
) -> Interactions:
    """Coded events (sorted by user and time) without repeats and rare users and items, with codes made dense again."""
    kept = np.ones(len(user), dtype=bool)
    if spec.repeats_dropped and len(user):
        kept[1:] = (user[1:] != user[:-1]) | (item[1:] != item[:-1])
    repeated = int((~kept).sum())
    rows = np.flatnonzero(kept)
    rows = rows[_frequent(user[rows], item[rows], spec.min_user_events, spec.min_item_events)]
    if not len(rows):
        raise NotEnoughData(
            f"No interactions are left of {len(user)} events with an item: a user needs {spec.min_user_events} and an "
            f"item {spec.min_item_events}; load more events or lower min_user_events and min_item_events."
        )
    user_kept, user_codes = np.unique(user[rows], return_inverse=True)
    item_kept, item_codes = np.unique(item[rows], return_inverse=True)
    return Interactions(
        user_codes.astype(np.int32),
        item_codes.astype(np.int32),
        timestamp_us[rows].astype(np.int64),
        user_ids[user_kept],
        item_ids[item_kept],
        np.array(titles, dtype=object)[item_kept],
        itemless_events,
        len(user) - repeated - len(rows),
        repeated,
    )


def _frequent(user: np.ndarray, item: np.ndarray, min_user: int, min_item: int) -> np.ndarray:
    """Rows left when rare users and items are dropped until none is rare."""
    rows = np.arange(len(user))
    while len(rows):
        frequent = (np.bincount(user[rows])[user[rows]] >= min_user) & (np.bincount(item[rows])[item[rows]] >= min_item)
        if frequent.all():
            break
        rows = rows[frequent]
    return rows
