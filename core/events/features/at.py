"""Features at moments: one row per user and moment, from the events strictly before it.

Each window and table is aggregated once, in the engine, for all features that share it; only what is asked for leaves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import ibis
import ibis.expr.types as ir

from core.events.columns import LATITUDE, LONGITUDE
from core.events.features.feature import AGO, CLOCK, DAY_US, KM, MOMENT, Feature, Table
from core.events.local_time import local, offsets
from core.storage.engine import Log, compiled

KEYS: Final = ("user_id", "at_us")
OF_USER: Final = "of user"
EARTH_KM: Final = 6371.0088  # mean radius


@dataclass(frozen=True)
class Moments:
    """For whom and when. table: (user_id, at_us), each pair once, of users whose history began before; at_us: the
    moment, if all share one. everybody: whether the table has every user whose history began before that moment."""

    table: ir.Table
    at_us: int | None = None
    everybody: bool = False


def one_moment(log: Log, at_us: int, user_ids: Sequence[str] | None = None) -> Moments:
    """The same moment for everybody whose history began before it, or for those of them that are named."""
    users = log.table("users")
    users = users.filter(users.first_us < at_us)
    if user_ids is not None:
        users = users.filter(users.user_id.isin(list(user_ids)))
    return Moments(users.select("user_id", at_us=ibis.literal(at_us, "int64")), at_us, everybody=user_ids is None)


def features_at(log: Log, moments: Moments, features: Sequence[Feature], *, timezone: str = "UTC") -> ir.Table:
    """(user_id, at_us, one column per feature): a row per row of `moments`, in no order."""
    units = moments.table.select(*KEYS)
    passes: dict[tuple[Table, float | None], list[Feature]] = {}
    for feature in features:
        passes.setdefault((feature.over, feature.lookback_days), []).append(feature)
    for (over, lookback_days), group in passes.items():
        rows = TABLES[over](log, moments, lookback_days, timezone)
        measured = rows.group_by(of_user=rows.user_id, of_at=rows[MOMENT]).agg(
            **{feature.name: feature.measure(rows) for feature in group}
        )
        joined = units.left_join(measured, [units.user_id == measured.of_user, units.at_us == measured.of_at])
        units = joined.drop("of_user", "of_at")
    filled = {f.name: units[f.name].fill_null(f.empty) for f in features if f.empty is not None}
    return units.mutate(**filled).select(*KEYS, *(feature.name for feature in features))


def expression(log: Log, feature: Feature) -> str:
    """The feature as SQL over the table it aggregates (see feature.py), for one user at one moment."""
    moment = one_moment(log, 0)
    schema = TABLES[feature.over](log, moment, feature.lookback_days, "UTC").schema()
    rows = ibis.table(schema, name=feature.over)
    return compiled(rows.aggregate(**{feature.name: feature.measure(rows)}))


def _history(log: Log, moments: Moments, lookback_days: float | None, timezone: str) -> ir.Table:
    """One row per moment and event of its user in the lookback before it."""
    events = log.table()
    lookback_us = None if lookback_days is None else round(lookback_days * DAY_US)
    if moments.at_us is not None:
        events = events.filter(events.timestamp_us < moments.at_us)
        if lookback_us is not None:
            events = events.filter(events.timestamp_us >= moments.at_us - lookback_us)
        if not moments.everybody:
            events = events.semi_join(moments.table, "user_id")
        rows = events.mutate(**{MOMENT: ibis.literal(moments.at_us, "int64")})
    else:
        asked = moments.table.select(**_ASKED)
        within = [asked[OF_USER] == events.user_id, events.timestamp_us < asked[MOMENT]]
        if lookback_us is not None:
            within.append(events.timestamp_us >= asked[MOMENT] - lookback_us)
        rows = asked.join(events, within).drop(OF_USER)
    return rows.mutate(**{AGO: rows[MOMENT] - rows.timestamp_us, CLOCK: _clock(log, rows.timestamp, timezone)})


def _places(log: Log, moments: Moments, lookback_days: float | None, timezone: str) -> ir.Table:
    """The events with a place, each with the distance from the place before it."""
    rows = _history(log, moments, lookback_days, timezone)
    rows = rows.filter(rows[LATITUDE].notnull() & rows[LONGITUDE].notnull())
    before = ibis.window(group_by=["user_id", MOMENT], order_by="history_position")
    rows = rows.mutate(**{name: rows[column].lag().over(before) for name, column in _BEFORE.items()})
    north, east, to_north, to_east = (
        column.radians() for column in (rows["from latitude"], rows["from longitude"], rows[LATITUDE], rows[LONGITUDE])
    )
    half = ((to_north - north) / 2).sin() ** 2 + north.cos() * to_north.cos() * ((to_east - east) / 2).sin() ** 2
    nearest = (half > 1).ifelse(1.0, half)  # rounding may leave it a hair above; null stays null
    return rows.mutate(**{KM: nearest.sqrt().asin() * (2 * EARTH_KM)})


def _began(log: Log, moments: Moments, lookback_days: float | None, timezone: str) -> ir.Table:
    """One row per moment, with the user's first event."""
    del lookback_days, timezone
    asked, users = moments.table.select(**_ASKED), log.table("users").select("user_id", "first_us")
    return asked.join(users, asked[OF_USER] == users.user_id).drop(OF_USER)


def _clock(log: Log, moment: ir.TimestampValue, timezone: str) -> ir.TimestampValue:
    if timezone == "UTC":
        return moment
    first, last = (datetime.fromisoformat(str(log.manifest[name])).replace(tzinfo=None) for name in _ENDS)
    return local(moment, offsets(timezone, first, last))


_ASKED: Final = {OF_USER: "user_id", MOMENT: "at_us"}
_ENDS: Final = ("first_at", "last_at")
_BEFORE: Final = {"from latitude": LATITUDE, "from longitude": LONGITUDE}
TABLES: Final[dict[Table, Callable[[Log, Moments, float | None, str], ir.Table]]] = {
    "history": _history, "places": _places, "began": _began,
}  # fmt: skip
