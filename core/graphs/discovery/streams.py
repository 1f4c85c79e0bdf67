"""Event streams: each user's events in order, as arrays, with the clock that their rhythm follows."""

from dataclasses import dataclass, replace
from typing import Final

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import BadSpec, NotEnoughData
from core.graphs.discovery.series import chosen_types
from core.graphs.discovery.spec import EventsSpec
from core.graphs.variables import Floats
from core.storage.engine import Log
from core.storage.workspace import Workspace

MOST_EVENTS: Final = 3_000_000
FEWEST_EVENTS: Final = 100
HOURS: Final = 168  # of a week


@dataclass(frozen=True)
class Streams:
    """names: event types. times: (events,) hours since the log's first whole hour, kinds: (events,) places in names,
    sorted by user and time. starts: (users + 1,) where each user's events begin. length: hours to the log's end.
    week: (hours,) the local hour of the week of each hour of the log, 0 is Monday midnight."""

    names: tuple[str, ...]
    times: Floats
    kinds: NDArray[np.int64]
    starts: NDArray[np.int64]
    length: float
    week: NDArray[np.int64]
    population: str
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.times)

    @property
    def users(self) -> int:
        return len(self.starts) - 1

    def first_users(self, events: int) -> "Streams":
        """The first users that have about so many events together; everybody if there are no more."""
        users = min(int(np.searchsorted(self.starts, events)), self.users)
        end = int(self.starts[users])
        return replace(self, times=self.times[:end], kinds=self.kinds[:end], starts=self.starts[: users + 1])

    def drawn(self, seed: int) -> "Streams":
        """As many users, drawn with replacement."""
        chosen = np.random.default_rng(seed).integers(0, self.users, self.users)
        sizes = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        rows = np.repeat(self.starts[chosen] - starts[:-1], sizes) + np.arange(starts[-1])
        return replace(self, times=self.times[rows], kinds=self.kinds[rows], starts=starts.astype(np.int64))


def load_streams(_workspace: Workspace, spec: EventsSpec, log: Log | None) -> Streams:
    """The events of a log, of the event types that a spec names; raises BadSpec, NotEnoughData."""
    if log is None:
        raise BadSpec("Event streams are made from a log; say which one.")
    types = chosen_types(log.manifest, spec.event_types)
    events = log.table("events")
    kept = events.filter(events.event_type.cast("string").isin(types))
    total = int(log.fetch(kept.agg(events=kept.count()))["events"][0])
    share = 1.0 if total <= MOST_EVENTS else MOST_EVENTS / total
    if share < 1:
        kept = kept.filter(kept.user_id.hash().abs() % 10_000 < int(10_000 * share))
    found = log.fetch(
        kept.select("user_id", "timestamp_us", kind=kept.event_type.cast("string")).order_by(
            "user_id", ibis._.timestamp_us
        )
    )
    if len(found) < FEWEST_EVENTS:
        raise NotEnoughData(
            f"The log has {len(found):,} events of these types; discovery needs {FEWEST_EVENTS} or more."
        )
    notes = []
    rest = sum(entry["events"] for entry in log.manifest["event_types"] if str(entry["event_type"]) not in types)
    if rest:
        notes.append(f"{rest:,} events of other types are left out; name event types to choose.")
    if share < 1:
        notes.append(f"{len(found):,} of {total:,} events: a share of the users, by a hash of their ids.")
    return streams_of_frame(found, tuple(types), spec.timezone, f"events of {log.manifest['name']}", tuple(notes))


def streams_of_frame(
    frame: pd.DataFrame, names: tuple[str, ...], timezone: str, population: str, notes: tuple[str, ...] = ()
) -> Streams:
    """Streams of rows (user_id, timestamp_us, kind) sorted by user and time."""
    hour_us = 3_600_000_000
    first = int(frame["timestamp_us"].min()) // hour_us
    last = int(frame["timestamp_us"].max()) // hour_us + 1
    users = pd.factorize(frame["user_id"])[0]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(users)) + 1, [len(users)]])
    clock = pd.to_datetime(np.arange(first, last) * 3600, unit="s", utc=True).tz_convert(timezone)
    kinds = pd.Categorical(frame["kind"].astype(str), categories=list(names)).codes
    return Streams(
        names, (frame["timestamp_us"].to_numpy() - first * hour_us) / hour_us, kinds.astype(np.int64),
        starts.astype(np.int64), float(last - first), (clock.dayofweek * 24 + clock.hour).to_numpy().astype(np.int64),
        population, notes,
    )  # fmt: skip
