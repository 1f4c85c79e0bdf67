"""Refunds netted against their purchase: what was bought and given back did not happen.

A refund is taken from the user's latest earlier purchases of the same item, newest first, until its amount is used up.
Sums of value per user and item stay what they were. Only users and items with a refund leave the engine.
"""

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
import pyarrow as pa

from core.errors import BadSpec
from core.events.cleaning.edits import as_doubles, drop, drop_or_mark, note_unknown, take_changes
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.columns import EVENT_TYPE, VALUE
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer

DAY_US = 86_400_000_000
ALMOST_NOTHING = 1e-9  # of an amount: what rounding may leave
CHECK_EVERY = 100_000


class Refunds(StepSettings):
    """refund_types: of refunds (none named: events of negative value); purchase_types: of purchases (none named: events
    of positive value); within_days: a refund comes no later; unmatched: what happens to refunds without a purchase."""

    refund_types: tuple[str, ...] = asked(
        (), "Refund event types", pick="event types", why="None chosen: every event with a negative value."
    )
    purchase_types: tuple[str, ...] = asked(
        (), "Purchase event types", pick="event types", why="None chosen: every event with a positive value."
    )
    within_days: float = asked(90.0, "At most this many days after", gt=0, le=36_500)
    unmatched: Literal["keep", "mark"] = asked(
        "keep", "Refunds without a purchase", labels={"keep": "Stay as they are", "mark": "Stay and are marked"}
    )

    @property
    def looks_ahead(self) -> bool:
        return True  # a purchase is judged by the refund that follows

    def words(self) -> str:
        refund = listed(self.refund_types) if self.refund_types else "negative values"
        return f"{refund} against the user's purchase of the item up to {self.within_days:g} days before"


@dataclass
class _Netted:
    """Event ids that go, and the amounts that are left of the others."""

    gone: list[int] = field(default_factory=list)
    left: dict[int, float] = field(default_factory=dict)
    unmatched: list[int] = field(default_factory=list)
    matched: int = 0


def refunds(engine: Writer, kept: Kept, settings: Refunds, watch: Watch) -> Cleaned:
    """Drop refunds with what they gave back; a purchase given back in part keeps the rest of its value, and so does a
    refund larger than its purchases."""
    has_value = VALUE in kept.optional
    if not has_value and not (settings.refund_types and settings.purchase_types):
        raise BadSpec("The log has no value, so name the event types of refunds and of purchases.")
    unknown = note_unknown(engine, EVENT_TYPE, (*settings.refund_types, *settings.purchase_types), "type")
    netted = _net(_candidates(engine, settings, has_value=has_value), settings.within_days, watch)
    _ids(engine, "gone", netted.gone)
    _ids(engine, "unmatched", netted.unmatched)
    drop(engine, "SELECT event_id FROM gone", watch)
    changed = _give_back(engine, kept, netted, watch) if has_value else 0
    in_part = sum(event_id in netted.left for event_id in netted.unmatched)
    rest = f", {in_part:,} of them for a part" if in_part else ""
    notes = (
        f"{netted.matched:,} refunds were netted; {len(netted.unmatched):,} have no purchase{rest}, and stay.",
        *unknown,
    )
    if settings.unmatched == "mark":
        done = drop_or_mark(
            engine, kept, "SELECT event_id FROM unmatched", watch, action="mark", stem="unmatched_refund",
            title="Refund without a purchase", notes=notes,
        )  # fmt: skip
        return Cleaned(done.kept, changed + done.changed, done.notes)
    return Cleaned(kept, changed, notes)


def _candidates(engine: Writer, settings: Refunds, *, has_value: bool) -> pd.DataFrame:
    """Refunds, and purchases of the same user and item: group, event_id, timestamp_us, is_refund, amount."""
    names = (settings.refund_types, settings.purchase_types)
    marks = [", ".join("?" for _ in types) for types in names]
    refund = f"event_type IN ({marks[0]})" if marks[0] else "value < 0"
    bought = f"event_type IN ({marks[1]})" if marks[1] else "value > 0"
    amount = "abs(value)" if has_value else "NULL::DOUBLE"
    positive = "AND coalesce(value > 0, true)" if has_value else ""
    judged = (
        f"SELECT event_id, user_id, item_id, timestamp_us, coalesce({refund}, false) AS is_refund, "
        f"coalesce({bought}, false) {positive} AS is_purchase, {amount} AS amount FROM kept"
    )
    return engine.frame(
        f"SELECT dense_rank() OVER (ORDER BY user_id, item_id) AS place, event_id, timestamp_us, is_refund, amount "
        f"FROM (SELECT *, bool_or(is_refund) OVER (PARTITION BY user_id, item_id) AS concerned FROM ({judged}) "
        "WHERE is_refund OR is_purchase) WHERE concerned ORDER BY place, timestamp_us, event_id",
        [name for types in names for name in types],
    )


def _net(candidates: pd.DataFrame, within_days: float, watch: Watch) -> _Netted:
    """Walk each user's events with an item in order, taking every refund from the newest purchases before it."""
    netted, stack, group = _Netted(), list[tuple[int, int, float | None]](), -1
    reach_us = round(within_days * DAY_US)
    amounts = candidates["amount"].astype(object).where(candidates["amount"].notna(), None)
    rows = zip(*(candidates[name].tolist() for name in ("place", "event_id", "timestamp_us", "is_refund")), amounts,
               strict=True)  # fmt: skip
    for number, (place, event_id, moment, is_refund, amount) in enumerate(rows):
        if number % CHECK_EVERY == 0:
            watch(number / len(candidates))
        if place != group:
            stack, group = [], place
        if not is_refund:
            stack.append((event_id, moment, amount))
        else:
            _take_back(netted, stack, event_id, amount, earliest=moment - reach_us)
    return netted


def _take_back(
    netted: _Netted, stack: list[tuple[int, int, float | None]], refund_id: int, amount: float | None, *, earliest: int
) -> None:
    """Take one refund from the top of the stack of purchases; an unknown amount is one whole purchase."""
    rest, touched = amount, False
    while stack and stack[-1][1] >= earliest and (not touched or (rest or 0.0) > 0):
        bought_id, moment, price = stack.pop()
        touched = True
        if rest is None or price is None or price <= rest * (1 + ALMOST_NOTHING):
            netted.gone.append(bought_id)
            netted.left.pop(bought_id, None)
            rest = 0.0 if rest is None or price is None else max(rest - price, 0.0)
            rest = 0.0 if amount is not None and rest <= amount * ALMOST_NOTHING else rest
        else:
            stack.append((bought_id, moment, price - rest))
            netted.left[bought_id] = price - rest
            rest = 0.0
    if touched and not rest:
        netted.gone.append(refund_id)
        netted.matched += 1
    else:
        netted.unmatched.append(refund_id)
        if touched and rest is not None:
            netted.left[refund_id] = rest


def _ids(engine: Writer, name: str, ids: list[int]) -> None:
    engine.execute(f"DROP TABLE IF EXISTS {name}")
    engine.add(name, pa.table({"event_id": pa.array(ids, pa.int64())}))


def _give_back(engine: Writer, kept: Kept, netted: _Netted, watch: Watch) -> int:
    """Set the value of purchases and refunds that were netted in part, keeping each one's sign."""
    as_doubles(engine, kept, VALUE)
    engine.execute("DROP TABLE IF EXISTS rests")
    rests = {"event_id": pa.array(netted.left, pa.int64()), "rest": pa.array(netted.left.values(), pa.float64())}
    engine.add("rests", pa.table(rests))
    engine.execute(
        "CREATE OR REPLACE TABLE changes AS SELECT event_id, sign(value) * rests.rest AS new_value "
        "FROM kept JOIN rests USING (event_id)"
    )
    return take_changes(engine, VALUE, watch)
