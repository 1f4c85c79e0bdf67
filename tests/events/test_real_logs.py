"""The real logs load without any mapping given; counts are those of their sources."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

# (file, mapping, {manifest key: count}); the counts stand in the README of the data sets.
LOGS = {
    "online_retail_uci": (
        "transactions.parquet",
        {"timestamp": "InvoiceDate", "user_id": "CustomerID", "item_id": "StockCode", "value": "UnitPrice",
         "text": "Description"},
        {"events": 541_909 - 135_080, "users": 4_372, "rejected": 135_080},
    ),
    "movielens_1m": (
        "ratings.parquet",
        {"timestamp": "Timestamp", "user_id": "UserID", "item_id": "MovieID", "value": "Rating"},
        {"events": 1_000_209, "users": 6_040, "items": 3_706, "rejected": 0},
    ),
    "deskdrop": (
        "users_interactions.parquet",
        {"timestamp": "timestamp", "user_id": "personId", "item_id": "contentId", "event_type": "eventType",
         "session_id": "sessionId"},
        {"events": 72_312, "users": 1_895, "items": 2_987, "sessions": 28_740, "rejected": 0},
    ),
    "foursquare_calgary": (
        "checkins.parquet",
        {"timestamp": "Local_Time", "user_id": "UserId", "item_id": "VenueId", "latitude": "Latitude",
         "longitude": "Longitude", "text": "Category"},
        {"events": 9_317, "users": 130, "items": 604, "rejected": 0},
    ),
    "foursquare_nyc_stan": (
        "checkins.parquet",
        {"timestamp": "time_minutes", "user_id": "user_id", "item_id": "location_id"},
        {"events": 147_938, "users": 1_083, "items": 5_135, "rejected": 0, "last_at": "1970-11-15T08:35:00Z"},
    ),
    "geolife_sample": (
        "points.parquet",
        {"timestamp": "datetime", "user_id": "uid", "latitude": "lat", "longitude": "lng"},
        {"events": 217_653, "users": 2, "items": 0, "rejected": 0},
    ),
    "amazon_grocery_rechorus": (
        "train.parquet",
        {"timestamp": "time", "user_id": "user_id", "item_id": "item_id"},
        {"events": 121_892, "users": 14_681, "items": 8_687, "rejected": 0},
    ),
    "open_bandit_all": (  # no users: one user a row
        "random.parquet",
        {"timestamp": "timestamp", "item_id": "item_id", "value": "click", "position": "position",
         "propensity": "propensity_score"},
        {"events": 10_000, "users": 10_000, "items": 80, "rejected": 0, "has_users": False},
    ),
    "pcic2021_alarms_18V_55N_Wireless": (
        "alarm.parquet",
        {"timestamp": "start_timestamp", "user_id": "device_id", "event_type": "alarm_id"},
        {"events": 34_838, "users": 55, "rejected": 0},
    ),
    "neurips2023_csl_sample": (
        "alarm.parquet",
        {"timestamp": "start_timestamp", "user_id": "device_id", "event_type": "alarm_id"},
        {"events": 30_691, "users": 45, "rejected": 0},
    ),
}  # fmt: skip


@pytest.mark.needs_data
@pytest.mark.parametrize("name", LOGS)
def test_a_real_log_loads_with_the_counts_of_its_source(
    name: str, real_data: Path, load: Callable[..., object]
) -> None:
    file, mapping, counts = LOGS[name]
    log = load(real_data / name / file)
    assert log.manifest["spec"]["mapping"] == mapping
    assert {key: log.manifest[key] for key in counts} == counts
    assert len(log.rejects) == counts["rejected"]
    hours = log.table("hours")
    assert (
        hours.events.sum() == log.table("user_days").events.sum() == log.table("users").events.sum() == counts["events"]
    )
    assert log.table("sessions").events.sum() == counts["events"]


@pytest.mark.needs_data
def test_deskdrop_has_its_event_types_and_times(real_data: Path, load: Callable[..., object]) -> None:
    manifest = load(real_data / "deskdrop" / "users_interactions.parquet").manifest
    assert {kind["event_type"]: kind["events"] for kind in manifest["event_types"]} == {
        "VIEW": 61_086, "LIKE": 5_745, "BOOKMARK": 2_463, "COMMENT CREATED": 1_611, "FOLLOW": 1_407,
    }  # fmt: skip
    assert (manifest["first_at"], manifest["last_at"]) == ("2016-03-14T13:54:36Z", "2017-02-28T19:21:51Z")


@pytest.mark.needs_data
def test_a_csv_copy_of_a_log_gives_the_same_log(real_data: Path, tmp_path: Path, load: Callable[..., object]) -> None:
    source = real_data / "online_retail_uci" / "transactions.parquet"
    copy = tmp_path / "transactions.csv"
    pd.read_parquet(source).head(50_000).to_csv(copy, index=False)  # commas and quotes in Description, 17850.0 as id
    head = tmp_path / "head.parquet"
    pd.read_parquet(source).head(50_000).to_parquet(head)
    first, second = load(copy), load(head)
    assert first.manifest["rejected"] == second.manifest["rejected"] > 0
    pd.testing.assert_frame_equal(first.table(), second.table())
    assert (first.rejects.line == second.rejects.line + 1).all()  # the header is line 1
