"""What a training leaves for reading: the items, and the best of them for every user. Needs no Torch.

items.parquet             item_id, title, events (in training); the row is the item's code
recommendations.parquet   user_id, items, scores, popular: per user the codes and scores of the best items, best first,
                          and the codes of the most popular items that the user may still be shown
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from core.errors import BadSpec, NotFound
from core.recommenders.interactions import Interactions
from core.storage.engine import Log, open_log
from core.storage.runs import find_result
from core.storage.workspace import Workspace, jsonable

ITEMS, RECOMMENDATIONS = "items.parquet", "recommendations.parquet"
MOST = 50  # items kept per user
HISTORY_EVENTS = 20
USERS_PER_GROUP = 5_000


def keep_items(folder: Path, data: Interactions, item_events: np.ndarray) -> None:
    """Write the catalogue of a run."""
    columns = {"item_id": data.item_ids.tolist(), "title": data.titles.tolist(), "events": item_events}
    schema = pa.schema([("item_id", pa.string()), ("title", pa.string()), ("events", pa.int64())])
    parquet.write_table(pa.table(columns, schema=schema), folder / ITEMS)


def keep_recommendations(folder: Path, user_ids: np.ndarray, best: list[dict[str, Any]]) -> None:
    """Write {items, scores, popular} of every user, in the order of user_ids."""
    schema = pa.schema(
        [
            ("user_id", pa.string()),
            ("items", pa.list_(pa.int32())),
            ("scores", pa.list_(pa.float32())),
            ("popular", pa.list_(pa.int32())),
        ]
    )
    rows = [{"user_id": user, **lists} for user, lists in zip(user_ids, best, strict=True)]
    table = pa.Table.from_pylist(rows, schema=schema)
    parquet.write_table(table, folder / RECOMMENDATIONS, row_group_size=USERS_PER_GROUP)


def stored_recommendations(workspace: Workspace, run_id: str, user_id: str, k: int = 10) -> dict[str, Any]:
    """The lists of one user as the training left them, k at most MOST; see `recommendation` for the shape.

    Raises NotFound for an unknown run or user (with an example of one that exists).
    """
    if not 1 <= k <= MOST:
        raise BadSpec(f"A run keeps the best {MOST} items of every user; choose k from 1 to {MOST} (got {k}).")
    result = find_result(workspace, run_id)
    folder = workspace.run(run_id)
    found = parquet.read_table(folder / RECOMMENDATIONS, filters=[("user_id", "==", user_id)]).to_pylist()
    log = open_log(workspace, result["log_id"], result["version_id"])
    try:
        return recommendation(log, run_id, user_id, folder=folder, lists=found[0] if found else None, k=k)
    finally:
        log.close()


def recommendation(
    log: Log, run_id: str, user_id: str, *, folder: Path, lists: dict[str, Any] | None, k: int
) -> dict[str, Any]:
    """One user's history beside their list: JSON-ready.

    {run_id, user_id, history: [{item_id, title, timestamp, event_type}] (the last 20, newest last),
    items: [{rank, item_id, title, score}], baseline: the popularity list in the same shape,
    fallback: None, or a sentence when popularity had to stand in (lists is None: nothing is known of the user)}.
    """
    history = _history(log, user_id)
    items = parquet.read_table(folder / ITEMS)
    counts = items["events"].to_numpy()
    popular = lists["popular"] if lists else np.argsort(-counts, kind="stable")
    baseline = _ranked(items, [code for code in popular if counts[code]][:k], [float(counts[code]) for code in popular])
    own = _ranked(items, lists["items"][:k], lists["scores"]) if lists else []
    fallback = None
    if not own:
        fallback = (
            "The training knows nothing of this user's items: the list is the popularity list."
            if lists
            else "This user has too few events that count for this training: the list is the popularity list."
        )
    return {
        "run_id": run_id, "user_id": user_id, "history": history, "items": own or baseline, "baseline": baseline,
        "fallback": fallback,
    }  # fmt: skip


def _ranked(items: pa.Table, codes: list[int], scores: list[float]) -> list[dict[str, Any]]:
    chosen = items.take(pa.array(codes, pa.int32())).to_pylist()
    return [
        {"rank": rank, "item_id": row["item_id"], "title": row["title"], "score": round(score, 4)}
        for rank, (row, score) in enumerate(zip(chosen, scores, strict=False), start=1)
    ]


def _history(log: Log, user_id: str) -> list[dict[str, Any]]:
    """The user's last events, oldest first; raises NotFound for a user that the log does not have."""
    events, items = log.table("events"), log.table("items").select("item_id", "title")
    latest = events.filter(events.user_id == user_id)
    latest = latest.order_by(latest.timestamp_us.desc(), latest.event_id.desc()).limit(HISTORY_EVENTS)
    titled = latest.left_join(items, "item_id").order_by("timestamp_us", "event_id")
    rows = log.fetch_arrow(titled.select("item_id", "title", "timestamp", "event_type")).to_pylist()
    if not rows:
        known = log.fetch_arrow(log.table("users").select("user_id").order_by("user_id").limit(3))
        shown = ", ".join(known["user_id"].to_pylist())
        raise NotFound(f"The log has no user '{user_id[:80]}'; there are, for example, {shown}.")
    return [jsonable(row) for row in rows]
