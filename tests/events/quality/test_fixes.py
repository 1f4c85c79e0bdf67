"""The fixes that checks propose mend what they found; and every check is in the list."""

from typing import Any

from core.events.cleaning.clean import clean_log
from core.events.cleaning.recipe import Recipe
from core.events.quality import CHECKS
from core.events.quality.anonymous_users import anonymous_users
from core.events.quality.attributes import dull_attributes
from core.events.quality.clock_jumps import clock_jumps
from core.events.quality.drift import drift
from core.events.quality.duplicates import duplicates
from core.events.quality.edges import incomplete_edges
from core.events.quality.event_types import rare_types, spelling
from core.events.quality.gaps import gaps
from core.events.quality.items import item_text
from core.events.quality.machines import bursts, machine_rhythm, repeats
from core.events.quality.moments import far_moments, future, resolution
from core.events.quality.nulls import nulls
from core.events.quality.order import order, ties
from core.events.quality.outliers import negative_values, outlier_users, outlier_values
from core.events.quality.places import zero_places
from core.events.quality.rejected_rows import rejected_rows
from core.events.quality.sessions import endless_sessions, shared_sessions
from core.events.quality.time_zone import time_zone
from core.events.quality.type_spans import type_spans
from core.events.quality.version_drift import version_drift
from core.storage.catalogue import find_manifest
from core.storage.engine import open_log
from tests.events.quality.conftest import Planted

ALL = {
    anonymous_users, bursts, clock_jumps, drift, dull_attributes, duplicates, endless_sessions, far_moments, future,
    gaps, incomplete_edges, item_text, machine_rhythm, negative_values, nulls, order, outlier_users, outlier_values,
    rare_types, rejected_rows, repeats, resolution, shared_sessions, spelling, ties, time_zone, type_spans,
    version_drift, zero_places,
}  # fmt: skip
MENDED = (
    "duplicates", "spelling", "rare_types", "zero_places", "anonymous_users", "machine_rhythm", "repeats", "incomplete_edges",
)  # fmt: skip


def test_every_check_is_listed_under_its_own_name() -> None:
    assert {name: choice.load().__name__ for name, choice in CHECKS.items()} == {name: name for name in CHECKS}
    assert {choice.load() for choice in CHECKS.values()} == ALL


def test_the_log_that_the_fixes_leave_passes_the_checks_that_proposed_them(
    planted: Planted, faulty_checks: dict[str, dict[str, Any]]
) -> None:
    base = find_manifest(planted.workspace, "faulty")
    recipe = Recipe.read({"steps": [faulty_checks[name]["fix"] for name in (*MENDED, "nulls")]})
    cleaned = clean_log(planted.workspace, base, recipe, lambda share, message: None)
    log = open_log(planted.workspace, "faulty", cleaned["version_id"])
    checks = planted.checks(log)
    left = {name: checks[name]["sentence"] for name in MENDED if checks[name]["passed"] is not True}
    assert not left
    assert "device" not in checks["nulls"]["sentence"]  # one column a fix; the texts are still missing
    assert checks["version_drift"]["severity"] == "info"  # what was asked for is no alarm
