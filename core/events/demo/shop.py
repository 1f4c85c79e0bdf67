"""The demo log: a shop for the home, simulated, in which searching causes purchases by a known amount.

About 200,000 events of 120 days: users with activity, stay, device and taste (`demo_items`); sessions with a daily and
weekly rhythm and growth; search, view, cart and buy. The session's intent is recorded as an attribute and confounds, as
does how often a user came lately (`demo_world`, `demo_play`). The truth is computed by re-simulation (`demo_truth`) and
travels in the log's manifest.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import NotFound
from core.events.demo.items import NO_ITEM, Items, choose_items, draw_items, draw_tastes
from core.events.demo.play import Course, natural_searches, play
from core.events.demo.truth import state_truth
from core.events.demo.world import BUY, CART, DEVICES, INTENTS, SEARCH, World, draw_world
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.catalogue import find_manifest
from core.storage.workspace import Workspace

LOG_ID: Final = "demo"
NAME: Final = "Demo shop (simulated)"
USERS: Final = 2_700
EVENT_TYPES: Final = ("search", "view", "cart", "buy")
MAPPING: Final = {
    "user_id": "user",
    "item_id": "item",
    "event_type": "event",
    "timestamp": "time",
    "value": "price",
    "text": "title",
}


def simulate(*, seed: int = 7, users: int = USERS) -> tuple[pa.Table, dict[str, Any]]:
    """The events in order of time, and what is known of them.

    Columns: user, item, event, time (UTC), price (on cart and buy), title, category, intent, device; item, title and
    category are null for a search. Truth: question, ate, att, units, treated, naive, confounders, sentence.
    """
    world_rng, item_rng = (np.random.default_rng([seed, stream]) for stream in (0, 1))
    world = draw_world(users, world_rng)
    course = play(world, natural_searches(world))
    items = draw_items(item_rng)
    return _events(world, course, items, users, item_rng), state_truth(world, course)


def ensure_demo(workspace: Workspace, progress: Callable[[float, str], None]) -> str:
    """Simulate and import the demo log unless it is there already; returns its log_id."""
    try:
        find_manifest(workspace, LOG_ID)
    except NotFound:
        _import(workspace, progress)
    return LOG_ID


def _import(workspace: Workspace, progress: Callable[[float, str], None]) -> None:
    progress(0.0, "Simulating the demo shop")
    events, truth = simulate()
    workspace.prepare()
    with workspace.scratch() as folder:
        path = folder / "demo_shop.parquet"
        pq.write_table(events, path)
        spec = ImportSpec(files=(str(path),), name=NAME, mapping=MAPPING)
        import_log(
            workspace,
            spec,
            lambda share, message: progress(0.2 + 0.8 * share, message),
            log_id=LOG_ID,
            truth=truth,
        )


def _events(world: World, course: Course, items: Items, users: int, rng: np.random.Generator) -> pa.Table:
    """One row per event that happened, sorted by time."""
    kinds = _kinds(world, course)
    viewed = course.happened & (kinds == EVENT_TYPES.index("view"))
    tastes = draw_tastes(users, items, rng)[world.user]
    chosen = choose_items(viewed, tastes, items, rng)
    chosen[:, CART] = chosen[:, BUY] = _last_viewed(chosen)
    session, slot = np.nonzero(course.happened)
    order = np.lexsort((slot, session, course.at_us[session, slot]))
    session, slot = session[order], slot[order]
    item, kind = chosen[session, slot], kinds[session, slot]
    no_item = item == NO_ITEM
    unpriced = kind < EVENT_TYPES.index("cart")
    category = np.array(items.category_names)[items.categories]
    return pa.table(
        {
            "user": _texts("u{:05d}", np.arange(users), world.user[session]),
            "item": _texts("i{:03d}", np.arange(len(items.titles)), item, mask=no_item),
            "event": pa.array(np.array(EVENT_TYPES)[kind]),
            "time": pa.array(course.at_us[session, slot], pa.timestamp("us")),
            "price": pa.array(items.prices[item], mask=no_item | unpriced),
            "title": pa.array(items.titles[item], mask=no_item),
            "category": pa.array(category[item], mask=no_item),
            "intent": pa.array(np.array(INTENTS)[world.intent[session]]),
            "device": pa.array(np.array(DEVICES)[world.device[session]]),
        }
    )


def _kinds(world: World, course: Course) -> np.ndarray:
    """(S, SLOTS) index into EVENT_TYPES of what each slot would hold."""
    kinds = np.full(course.happened.shape, EVENT_TYPES.index("view"))
    kinds[:, SEARCH], kinds[:, CART], kinds[:, BUY] = (EVENT_TYPES.index(name) for name in ("search", "cart", "buy"))
    searched = np.flatnonzero(course.searched_before)
    kinds[searched, world.early_search_slot[searched]] = EVENT_TYPES.index("search")
    return kinds


def _last_viewed(chosen: np.ndarray) -> np.ndarray:
    """(S,) the item viewed last in each session; the first event of a session is always a view."""
    last = chosen.shape[1] - 1 - np.argmax(chosen[:, ::-1] != NO_ITEM, axis=1)
    items: np.ndarray = chosen[np.arange(len(chosen)), last]
    return items


def _texts(pattern: str, numbers: np.ndarray, at: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    names = np.array([pattern.format(number + 1) for number in numbers])
    return pa.array(names[at], mask=mask)
