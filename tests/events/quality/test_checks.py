"""Each check is seen to pass on a log in good order, to fail on a planted fault, and to say when it cannot judge."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from core.events.cleaning import STEPS
from core.events.quality import CHECKS
from core.events.quality.assess import assess
from core.events.quality.quality_spec import QualitySpec
from core.storage.engine import Log
from tests.events.quality.conftest import Planted

Checks = dict[str, dict[str, Any]]
NOT_HERE = {"version_drift", "shared_sessions"}  # the first version; no session column
ELSEWHERE = {"ties", "future", "far_moments", "resolution", "time_zone"}  # faults that would hide the others


@pytest.mark.parametrize("name", CHECKS)
def test_a_log_in_good_order_passes(clean_checks: Checks, name: str) -> None:
    expected = None if name in NOT_HERE else True
    assert clean_checks[name]["passed"] is expected, clean_checks[name]["sentence"]


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in NOT_HERE | ELSEWHERE])
def test_a_planted_fault_is_found_with_examples(faulty_checks: Checks, name: str) -> None:
    check = faulty_checks[name]
    assert check["passed"] is False, check["sentence"]
    assert check["count"] > 0
    assert 1 <= len(check["examples"]) <= 3


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("duplicates", 30),
        ("clock_jumps", 1),
        ("gaps", 1),
        ("incomplete_edges", 1),
        ("spelling", 2),
        ("rare_types", 1),
        ("machine_rhythm", 5),  # four pollers, and the burst is as regular
        ("endless_sessions", 4),
        ("outlier_users", 1),
        ("outlier_values", 4),
        ("negative_values", 12),
        ("item_text", 3),
        ("dull_attributes", 2),
    ],
)
def test_as_many_are_counted_as_were_planted(faulty_checks: Checks, name: str, count: int) -> None:
    assert faulty_checks[name]["count"] == count, faulty_checks[name]["sentence"]


def test_rejected_rows_are_counted_with_their_reason(faulty_checks: Checks, faulty: pd.DataFrame) -> None:
    check = faulty_checks["rejected_rows"]
    assert check["count"] == faulty["user"].isna().sum()
    assert check["examples"][0]["line"] == 6  # the sixth row is the first without a user


def test_counts_of_events_equal_plain_pandas(faulty_checks: Checks, faulty: pd.DataFrame) -> None:
    kept = faulty[faulty["user"].notna()]
    assert faulty_checks["zero_places"]["count"] == ((kept["lat"] == 0) & (kept["lon"] == 0)).sum()
    assert faulty_checks["anonymous_users"]["fix"]["settings"]["user_ids"] == ["unknown"]
    assert faulty_checks["nulls"]["count"] == kept["device"].isna().sum()


def test_the_gap_is_placed_and_its_loss_estimated(faulty_checks: Checks) -> None:
    (gap,) = faulty_checks["gaps"]["examples"]
    assert (gap["from"], gap["to"]) == ("2026-03-18 06:00", "2026-03-19 20:00")
    assert 250 < gap["events_expected"] < 450  # 38 hours, about 8.3 + 1.7 (the crawler) an hour


def test_a_change_half_way_is_drift_and_names_the_event_types(faulty_checks: Checks) -> None:
    assert {example["event_type"] for example in faulty_checks["type_spans"]["examples"]} >= {"look"}
    assert {"look", "view"} <= {example["what"] for example in faulty_checks["drift"]["examples"]}


def test_moments_that_cannot_be_are_found_and_cut_by_the_fix(
    planted: Planted, stray: Callable[[], pd.DataFrame]
) -> None:
    checks = planted.checks(planted.load(stray(), "stray"))
    assert (checks["future"]["passed"], checks["future"]["count"]) == (False, 5)
    assert (checks["far_moments"]["passed"], checks["far_moments"]["count"]) == (False, 8)
    fix = checks["far_moments"]["fix"]["settings"]
    assert fix["start_at"] == "2026-03-02T00:00:00"
    assert fix["end_at"] == "2026-05-01T00:00:00"


def test_dates_without_times_are_told_and_their_order_is_doubted(planted: Planted, sound: pd.DataFrame) -> None:
    dates = sound.assign(time=sound["time"].dt.floor("D"), user=[f"u{place % 50}" for place in range(len(sound))])
    checks = planted.checks(planted.load(dates, "dates"))
    assert checks["resolution"]["passed"] is False
    assert checks["ties"]["passed"] is False
    assert checks["ties"]["count"] == int(dates.duplicated(["user", "time"]).sum())
    assert checks["time_zone"]["passed"] is None


@pytest.mark.parametrize("hours", [-7, 9])
def test_a_shifted_clock_is_doubted_and_the_estimate_is_near(planted: Planted, sound: pd.DataFrame, hours: int) -> None:
    moved = sound.assign(time=sound["time"] + pd.Timedelta(hours=hours))
    check = planted.checks(planted.load(moved, f"moved{hours + 10}"))["time_zone"]
    assert check["passed"] is False
    assert check["severity"] == "info"  # a doubt, no proof
    assert abs(check["fix"]["settings"]["hours"] + hours) <= 2


def test_a_zone_in_the_file_needs_no_shift(planted: Planted, sound: pd.DataFrame) -> None:
    moved = sound.assign(time=(sound["time"] + pd.Timedelta(hours=9)).dt.tz_localize("UTC"))
    check = planted.checks(planted.load(moved, "zoned"))["time_zone"]
    assert (check["passed"], check["fix"]) == (False, None)


def test_session_ids_of_several_users_are_found(planted: Planted, sound: pd.DataFrame) -> None:
    day = (sound["time"].dt.dayofyear * 1000).astype(str)
    sessions = sound.assign(visit=day + sound["user"])
    sessions.loc[:9, "visit"] = "shared"
    log = planted.load(sessions, "visits", mapping={"session_id": "visit"})
    checks = planted.checks(log, session_hours=6)
    assert (checks["shared_sessions"]["passed"], checks["shared_sessions"]["count"]) == (False, 1)
    assert checks["endless_sessions"]["fix"]["step"] == "sessions"


def test_a_version_that_lost_an_event_type_and_a_column_is_compared(planted: Planted, sound: pd.DataFrame) -> None:
    planted.load(sound, "first", log_id="twice")
    log = planted.load(sound[sound["kind"] != "buy"].drop(columns="device"), "second", log_id="twice")
    check = planted.checks(log)["version_drift"]
    assert (check["passed"], check["severity"]) == (False, "warning")
    assert "event types gone: buy" in check["sentence"]
    assert "columns gone: device" in check["sentence"]


def test_a_tiny_log_is_not_judged_rather_than_passed(planted: Planted, sound: pd.DataFrame) -> None:
    checks = planted.checks(planted.load(sound.head(12), "tiny"))
    statistical = ("gaps", "time_zone", "incomplete_edges", "drift", "clock_jumps", "far_moments", "resolution",
                   "outlier_users", "outlier_values", "rare_types", "machine_rhythm", "dull_attributes")  # fmt: skip
    assert {name: checks[name]["passed"] for name in statistical} == dict.fromkeys(statistical)


def test_a_log_of_times_only_says_what_it_lacks(planted: Planted, sound: pd.DataFrame) -> None:
    checks = planted.checks(planted.load(sound[["time"]], "bare"))
    lacking = ("anonymous_users", "ties", "bursts", "repeats", "outlier_users", "outlier_values", "negative_values",
               "rare_types", "spelling", "item_text", "zero_places", "type_spans", "dull_attributes")  # fmt: skip
    assert {name: checks[name]["passed"] for name in lacking} == dict.fromkeys(lacking)
    assert all(checks[name]["sentence"] for name in checks)


@pytest.mark.parametrize(
    ("name", "thresholds"),
    [
        ("nulls", {"null_share": 0.2}),
        ("bursts", {"burst_events": 151}),
        ("machine_rhythm", {"rhythm_events": 200}),
        ("endless_sessions", {"session_hours": 15}),
        ("repeats", {"repeat_seconds": 0.2}),
        ("item_text", {"text_share": 0.1}),
        ("clock_jumps", {"jump_seconds": 4 * 3600}),
        ("incomplete_edges", {"edge_share": 0.01}),
        ("order", {"order_share": 0.02}),
    ],
)
def test_a_laxer_threshold_lets_the_same_log_pass(
    planted: Planted, faulty_log: Log, name: str, thresholds: dict[str, Any]
) -> None:
    check = planted.checks(faulty_log, **thresholds)[name]
    assert check["passed"] is True, check["sentence"]


def test_every_fix_is_a_step_that_the_recipe_takes(faulty_checks: Checks, clean_checks: Checks) -> None:
    fixes = [check["fix"] for check in faulty_checks.values() if check["fix"]]
    assert len(fixes) >= 10
    for fix in fixes:
        spec = STEPS[fix["step"]].spec
        assert spec is not None
        spec.read(fix["settings"])
    assert not any(check["fix"] for check in clean_checks.values())


def test_a_finding_without_a_fix_says_why(faulty_checks: Checks) -> None:
    for check in faulty_checks.values():
        if check["passed"] is False and check["fix"] is None:
            assert any(
                word in check["sentence"] for word in ("No ", "no step", "needs", "Limit", "asked", "once", "Only")
            )


def test_the_contract_holds_and_survives_json(planted: Planted, faulty_log: Log) -> None:
    shares: list[float] = []
    quality = assess(planted.workspace, faulty_log, QualitySpec(), lambda share, message: shares.append(share)).plain()
    assert json.loads(json.dumps(quality, allow_nan=False)) == quality
    keys = {"name", "title", "passed", "severity", "count", "share", "unit", "examples", "breaks", "fix", "sentence"}
    assert all(set(check) == keys for check in quality["checks"])
    assert shares == sorted(shares)
    assert quality["light"] == "amber"
    outcomes = [check["passed"] for check in quality["checks"]]
    assert outcomes == sorted(outcomes, key=[False, None, True].index)
    failed, passed = outcomes.count(False), outcomes.count(True)
    assert quality["summary"].startswith(f"{failed} findings (")
    assert f"{passed} checks passed" in quality["summary"]
