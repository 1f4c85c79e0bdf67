"""Every feature equals a plain loop over the events strictly before the moment: with ties, gaps and one-event users."""

import csv
import math
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pandas as pd
import pytest

from core.events.features.at import Moments, features_at, one_moment
from core.events.features.listing import standard_features
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace

START = datetime(2026, 3, 20, tzinfo=UTC)  # clocks in Berlin change on 29 March
DAY_US = 86_400_000_000
TYPES = ("view", "buy", "add to cart")
COLUMNS = ("user", "type", "at", "item", "price", "lat", "lon", "colour", "size", "km travelled")
Event = dict[str, Any]
Loop = Callable[[list[Event], int, ZoneInfo], Any]


def events_of(seed: int) -> list[Event]:
    """Two weeks of 25 users in coarse steps, so that moments tie; the last five users have one event each."""
    draw = random.Random(seed)
    made: list[Event] = []
    for user in range(25):
        for _ in range(1 if user >= 20 else draw.randint(2, 25)):
            made.append(
                {
                    "user": f"u{user:02d}",
                    "type": draw.choice(TYPES),
                    "at": START + timedelta(hours=3 * draw.randint(0, 14 * 8)),
                    "item": draw.choice(["a", "b", "c", None]),
                    "price": draw.choice([None, -2.5, 0.0, 10.0, 99.5]),
                    "lat": draw.choice([None, 52.52, -33.87, 0.0]),
                    "lon": draw.choice([13.405, 179.9, -179.9]),
                    "colour": draw.choice([None, "red", "=blue"]),
                    "size": draw.choice([None, 1, 2]),
                    "km travelled": draw.choice([None, 5]),
                }
            )
    return made


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return events_of(5)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> Log:
    workspace = Workspace(tmp_path_factory.mktemp("loops") / "workspace")
    workspace.prepare()
    file: Path = workspace.uploads / "rows.csv"
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        writer.writerows({**event, "at": event["at"].isoformat()} for event in events)
    mapping = {
        "user_id": "user", "event_type": "type", "timestamp": "at", "item_id": "item", "value": "price",
        "latitude": "lat", "longitude": "lon",
    }  # fmt: skip
    spec = ImportSpec(files=(str(file),), name="rows", mapping=mapping)
    return open_log(workspace, import_log(workspace, spec, lambda *_: None)["log_id"])


def us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def entropy(values: list[Any]) -> float | None:
    counts = Counter(values)
    return -sum(n / len(values) * math.log2(n / len(values)) for n in counts.values()) if values else None


def last_known(rows: list[Event], column: str) -> Any:
    return next((row[column] for row in reversed(rows) if row[column] is not None), None)


def known(rows: list[Event], column: str) -> list[Any]:
    return [row[column] for row in rows if row[column] is not None]


def kilometres(a: Event, b: Event) -> float:
    """The spherical law of cosines, which is not how the product computes it."""
    north, to_north = math.radians(a["lat"]), math.radians(b["lat"])
    cosine = math.sin(north) * math.sin(to_north) + math.cos(north) * math.cos(to_north) * math.cos(
        math.radians(b["lon"] - a["lon"])
    )
    return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))


def mean_point(rows: list[Event], zone: ZoneInfo) -> complex:
    hours = [row["at"].astimezone(zone) for row in rows]
    angles = [2 * math.pi * (at.hour * 3600 + at.minute * 60 + at.second) / 86_400 for at in hours]
    return sum(complex(math.cos(a), math.sin(a)) for a in angles) / len(angles)


def usual_hour(rows: list[Event], zone: ZoneInfo) -> float | None:
    if not rows or abs(mean_point(rows, zone)) <= 1e-9:
        return None
    point = mean_point(rows, zone)
    return math.atan2(point.imag, point.real) * 12 / math.pi % 24


def placed(rows: list[Event]) -> list[Event]:
    return [row for row in rows if row["lat"] is not None]


def days_since(rows: list[Event], at_us: int, kind: str | None = None) -> float | None:
    found = [row for row in rows if kind in (None, row["type"])]
    return (at_us - us(found[-1]["at"])) / DAY_US if found else None


def type_at(place: int) -> Loop:
    return lambda rows, at, zone: rows[-1 - place]["type"] if len(rows) > place else None


LOOPS: dict[str, Loop] = {
    "events": lambda rows, at, zone: len(rows),
    **{
        f"events_{name}": lambda rows, at, zone, kind=kind: sum(row["type"] == kind for row in rows)
        for name, kind in (("view", "view"), ("buy", "buy"), ("add_to_cart", "add to cart"))
    },
    "days_since_last": lambda rows, at, zone: days_since(rows, at),
    **{
        f"days_since_{name}": lambda rows, at, zone, kind=kind: days_since(rows, at, kind)
        for name, kind in (("view", "view"), ("buy", "buy"), ("add_to_cart", "add to cart"))
    },
    "sessions": lambda rows, at, zone: len({row["session"] for row in rows}),
    "events_per_session": lambda rows, at, zone: len(rows) / len({row["session"] for row in rows}) if rows else None,
    "active_days": lambda rows, at, zone: len({row["at"].astimezone(zone).date() for row in rows}),
    "gap_median_seconds": lambda rows, at, zone: median(known(rows, "gap")) if known(rows, "gap") else None,
    "gap_longest_seconds": lambda rows, at, zone: max(known(rows, "gap"), default=None),
    "value_sum": lambda rows, at, zone: sum(known(rows, "price")),
    "value_mean": lambda rows, at, zone: mean(known(rows, "price")) if known(rows, "price") else None,
    "value_max": lambda rows, at, zone: max(known(rows, "price"), default=None),
    "value_last": lambda rows, at, zone: last_known(rows, "price"),
    "items": lambda rows, at, zone: len(set(known(rows, "item"))),
    "item_entropy": lambda rows, at, zone: entropy(known(rows, "item")),
    "types": lambda rows, at, zone: len({row["type"] for row in rows}),
    "type_entropy": lambda rows, at, zone: entropy([row["type"] for row in rows]),
    "night_share": lambda rows, at, zone: mean([row["at"].astimezone(zone).hour < 6 for row in rows]) if rows else None,
    "weekend_share": lambda rows, at, zone: (
        mean([row["at"].astimezone(zone).weekday() >= 5 for row in rows]) if rows else None
    ),
    "usual_hour": lambda rows, at, zone: usual_hour(rows, zone),
    "hour_steadiness": lambda rows, at, zone: abs(mean_point(rows, zone)) if rows else None,
    "last_latitude": lambda rows, at, zone: last_known(rows, "lat"),
    "last_longitude": lambda rows, at, zone: last_known(placed(rows), "lon"),
    "places": lambda rows, at, zone: len({(row["lat"], row["lon"]) for row in placed(rows)}),
    "distance_km": lambda rows, at, zone: sum(
        kilometres(a, b) for a, b in zip(placed(rows), placed(rows)[1:], strict=False)
    ),
    **{f"last_type_{place + 1}": type_at(place) for place in range(3)},
    "latest_colour": lambda rows, at, zone: last_known(rows, "colour"),
    "latest_size": lambda rows, at, zone: last_known(rows, "size"),
    "latest_km_travelled": lambda rows, at, zone: last_known(rows, "km travelled"),
}


def histories(events: list[Event]) -> dict[str, list[Event]]:
    """Each user's events in the order of the log, with the gap before each and its session (30 minutes end one)."""
    found: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: event["at"]):  # stable: ties stay in the order of the file
        own = found.setdefault(event["user"], [])
        gap = (event["at"] - own[-1]["at"]).total_seconds() if own else None
        session = own[-1]["session"] if gap is not None and gap <= 1800 else len(own)
        own.append({**event, "gap": gap, "session": session})
    return found


def expected(events: list[Event], user: str, at: datetime, lookback_days: float | None, zone: ZoneInfo) -> Event:
    own = histories(events)[user]
    earliest = at - timedelta(days=lookback_days) if lookback_days else datetime.min.replace(tzinfo=UTC)
    rows = [row for row in own if earliest <= row["at"] < at]
    found = {name: loop(rows, us(at), zone) for name, loop in LOOPS.items()}
    return {**found, "tenure_days": (us(at) - us(own[0]["at"])) / DAY_US}


def compare(found: pd.DataFrame, events: list[Event], lookback_days: float | None, zone: str) -> None:
    for row in found.to_dict("records"):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(row["at_us"]))
        wanted = expected(events, str(row["user_id"]), at, lookback_days, ZoneInfo(zone))
        for name, value in wanted.items():
            got = None if pd.isna(row[name]) else row[name]
            if name == "usual_hour" and None not in (got, value):
                assert min(abs(got - value), 24 - abs(got - value)) < 1e-6, (row["user_id"], at, name)
            elif isinstance(value, float) and not isinstance(value, bool):
                near = 1e-2 if name == "distance_km" else 1e-6  # the law of cosines is poor at short distances
                assert got == pytest.approx(value, abs=near), (row["user_id"], at, name)
            else:
                assert got == value, (row["user_id"], at, name, got, value)


def test_the_loops_know_every_feature(log: Log) -> None:
    assert set(standard_features(log, 7)) == {*LOOPS, "tenure_days"}


@pytest.mark.parametrize(("lookback_days", "zone"), [(7, "UTC"), (3.125, "Europe/Berlin"), (None, "America/New_York")])
def test_one_moment_for_all(log: Log, events: list[Event], lookback_days: float | None, zone: str) -> None:
    features = list(standard_features(log, lookback_days).values())
    for at in (START + timedelta(days=10), START + timedelta(hours=3), START + timedelta(days=30)):
        assert at.hour % 3 == 0  # events lie at this very moment
        found = log.fetch(features_at(log, one_moment(log, us(at)), features, timezone=zone))
        began = {user for user, rows in histories(events).items() if rows[0]["at"] < at}
        assert set(found["user_id"]) == began
        assert len(found) == len(began)
        compare(found, events, lookback_days, zone)


def test_a_moment_for_each_row_gives_the_same(log: Log, events: list[Event]) -> None:
    """Moments of every user just after and exactly at some of their events, several per user."""
    features = list(standard_features(log, 5).values())
    table = log.table()
    at_event = table.filter(table.history_position % 3 == 2).select("user_id", at_us=table.timestamp_us)
    moments = at_event.union(at_event.mutate(at_us=at_event.at_us + 1), distinct=True)
    first = log.table("users").select(of_user="user_id", first_us="first_us")
    moments = moments.join(first, [moments.user_id == first.of_user, moments.at_us > first.first_us])
    found = log.fetch(features_at(log, Moments(moments.select("user_id", "at_us")), features, timezone="Asia/Kolkata"))
    assert len(found) > 50
    assert found.groupby("user_id").size().max() > 3
    assert not found.duplicated(["user_id", "at_us"]).any()
    compare(found, events, 5, "Asia/Kolkata")


def test_some_users_get_what_they_get_among_all(log: Log) -> None:
    features = list(standard_features(log, 7).values())
    at_us = us(START + timedelta(days=10))
    every = log.fetch(features_at(log, one_moment(log, at_us), features).order_by("user_id"))
    few = log.fetch(features_at(log, one_moment(log, at_us, ["u03", "u21", "u05"]), features).order_by("user_id"))
    wanted = every[every["user_id"].isin(["u03", "u05", "u21"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(few, wanted, check_dtype=False)


def test_what_lies_at_or_after_the_moment_changes_nothing(log: Log) -> None:
    """The same features on a copy of the events that ends before the moment."""
    features = [f for f in standard_features(log, 7).values() if f.over == "history"]
    at_us = us(START + timedelta(days=6))
    whole = log.fetch(features_at(log, one_moment(log, at_us), features).order_by("user_id"))
    events = log.table()
    cut = events.filter(events.timestamp_us < at_us).mutate(
        **{
            "moment us": ibis.literal(at_us, "int64"),
            "ago us": at_us - events.timestamp_us,
            "local time": events.timestamp,
        }
    )
    cut = cut.filter(cut["ago us"] <= 7 * DAY_US)
    alone = log.fetch(cut.group_by("user_id").agg(**{f.name: f.measure(cut) for f in features}).order_by("user_id"))
    seen = whole[whole["events"] > 0].reset_index(drop=True).drop(columns="at_us")
    pd.testing.assert_frame_equal(seen, alone, check_dtype=False)
