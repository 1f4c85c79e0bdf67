"""Small logs written as an import would write them, and trainings on them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from core.recommenders.train_spec import TrainSpec
from core.storage.catalogue import database, now_text, publish_version
from core.storage.engine import writer
from core.storage.runs import Run
from core.storage.workspace import Workspace, new_id

ANYTHING = TrainSpec(min_item_events=1, min_user_events=1)
Event = tuple[str, str | None, str, int]  # user_id, item_id, event_type, second

EVENTS_SQL = """
CREATE TABLE events AS SELECT row_number() OVER (ORDER BY second, place) event_id, user_id, item_id, event_type,
  make_timestamp(second * 1000000) AS timestamp, second * 1000000 AS timestamp_us FROM incoming_events
  ORDER BY user_id, timestamp_us, event_id
"""
ITEMS_SQL = """
CREATE TABLE items AS SELECT item_id, 'Title of ' || item_id AS title, count(*) events, count(DISTINCT user_id) users
  FROM events WHERE item_id IS NOT NULL GROUP BY item_id
"""


def keep_log(workspace: Workspace, events: Sequence[Event]) -> str:
    """Publish a log with the tables that this room reads; returns its log_id."""
    log_id, version_id = "log-a", "v-1"
    folder = workspace.version(log_id, version_id)
    folder.mkdir(parents=True)
    columns = list(zip(*events, strict=True))
    names = ("user_id", "item_id", "event_type", "second")
    table = pa.table({name: list(column) for name, column in zip(names, columns, strict=True)})
    table = table.append_column("place", pa.array(range(len(events))))
    with writer(workspace, folder / "log.duckdb") as engine:
        engine.add("incoming_events", table)
        engine.execute(EVENTS_SQL)
        engine.execute(ITEMS_SQL)
        engine.execute("CREATE TABLE users AS SELECT user_id, count(*) events FROM events GROUP BY user_id")
    kinds = [{"event_type": kind} for kind in sorted(set(columns[2]))]
    manifest = {"log_id": log_id, "version_id": version_id, "event_types": kinds}
    publish_version(workspace, log_id, version_id, "a log", manifest)
    return log_id


def keep_run(workspace: Workspace, log_id: str, **settings: Any) -> Run:
    """A running training with its row and folder, as the queue makes it."""
    spec = TrainSpec.read(settings).plain()
    run = Run(workspace, new_id("train"), "train", spec, log_id, None)
    run.folder.mkdir(parents=True)
    with database(workspace) as rows:
        rows.execute(
            "INSERT INTO runs(run_id, kind, lane, title, spec, log_id, status, created_at) "
            "VALUES(?, 'train', 'training', 'a training', '{}', ?, 'running', ?)",
            (run.run_id, log_id, now_text()),
        )
    return run


def circle(users: int = 60, items: int = 12, length: int = 9, seed: int = 0) -> list[Event]:
    """Everybody walks round the same circle of items from a place of their own: the next item is always the next code.

    Users act one after the other within each round, so that the temporal cutoffs cut every history.
    """
    starts = np.random.default_rng(seed).integers(items, size=users)
    return [
        (f"u{user:03}", f"i{(starts[user] + step) % items:02}", "view", 10 * (step * users + user))
        for step in range(length)
        for user in range(users)
    ]


def blocks(users: int = 60, items: int = 40, length: int = 9, seed: int = 0) -> list[Event]:
    """Two groups of users and two of items: users only ever meet items of their own group, in no order."""
    rng = np.random.default_rng(seed)
    half = items // 2
    walks = [half * (user % 2) + rng.permutation(half)[:length] for user in range(users)]
    return [
        (f"u{user:03}", f"i{walks[user][step]:02}", "view", 10 * (step * users + user))
        for step in range(length)
        for user in range(users)
    ]
