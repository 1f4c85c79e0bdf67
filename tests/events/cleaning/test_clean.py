"""A log cleaned by a recipe: a new version beside the uncleaned one, which every later cleaning starts from."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.errors import BadSpec, NotEnoughData
from core.events.cleaning.clean import base_of, clean_log
from core.events.cleaning.clean import work as clean
from core.events.cleaning.preview import preview_recipe
from core.events.cleaning.recipe import Recipe
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.jobs.queue import insert_run
from core.storage.catalogue import find_manifest, list_versions
from core.storage.engine import open_log
from core.storage.runs import Run
from core.storage.workspace import Workspace
from tests.conftest import REPOSITORY

DUPLICATES = {"step": "drop_duplicates"}
NOBODY = {"step": "drop_users", "user_ids": ["u0", "u1", "u2"]}


def silent(_share: float, _message: str) -> None:
    """Nobody listens."""


@pytest.fixture
def shop(workspace: Workspace, tmp_path: Path) -> dict[str, Any]:
    """60 events of three users, every third one twice, with a value and an attribute."""
    rows = ["user,event,item,time,price,colour"]
    for place in range(60):
        row = (
            f"u{place % 3},{'buy' if place % 4 else 'view'},i{place % 5},2024-01-01 {place // 4:02d}:{place % 4:02d}:00"
        )
        rows += [f"{row},{place % 10},{'red' if place % 2 else 'blue'}"] * (2 if place % 3 == 0 else 1)
    file = tmp_path / "shop.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    mapping = {"user_id": "user", "event_type": "event", "item_id": "item", "timestamp": "time", "value": "price"}
    return import_log(workspace, ImportSpec(files=(str(file),), name="shop", mapping=mapping), silent)


def events(workspace: Workspace, manifest: dict[str, Any]) -> pd.DataFrame:
    log = open_log(workspace, manifest["log_id"], manifest["version_id"])
    try:
        return log.fetch(log.table())
    finally:
        log.close()


def recipe(*steps: dict[str, Any]) -> Recipe:
    return Recipe.read({"steps": steps})


def test_a_cleaned_version_says_what_each_step_did_and_keeps_the_uncleaned_one(
    workspace: Workspace, shop: dict[str, Any]
) -> None:
    made = clean_log(workspace, shop, recipe(DUPLICATES, {"step": "drop_users", "user_ids": ["u1"]}), silent)
    assert (shop["events"], made["events"], made["users"]) == (80, 40, 2)
    assert [(step["rows_in"], step["rows_out"]) for step in made["steps"]] == [(80, 60), (60, 40)]
    assert (made["made_by"], made["base_version_id"]) == ("clean", shop["version_id"])
    assert find_manifest(workspace, shop["log_id"])["version_id"] == made["version_id"]
    assert len(events(workspace, shop)) == 80


def test_a_second_cleaning_starts_from_the_uncleaned_events(workspace: Workspace, shop: dict[str, Any]) -> None:
    first = clean_log(workspace, shop, recipe({"step": "drop_users", "user_ids": ["u1"]}), silent)
    second = clean_log(workspace, base_of(workspace, first), recipe(DUPLICATES), silent)
    assert (second["users"], second["events"], second["base_version_id"]) == (3, 60, shop["version_id"])


def test_the_same_recipe_makes_the_same_log_and_even_on_its_own_result_changes_nothing(
    workspace: Workspace, shop: dict[str, Any]
) -> None:
    steps = recipe(
        DUPLICATES, {"step": "outliers", "columns": ["value"], "detect": "quantile", "action": "drop", "low_share": 0.1},
        {"step": "scale", "column": "value"}, {"step": "shift_time", "hours": 1}, {"step": "encode", "column": "colour"},
    )  # fmt: skip
    once = clean_log(workspace, shop, steps, silent)
    again = clean_log(workspace, base_of(workspace, once), steps, silent)
    on_itself = clean_log(workspace, once, steps, silent)
    assert 0 < once["events"] < shop["events"]
    for other in (again, on_itself):
        pd.testing.assert_frame_equal(events(workspace, once), events(workspace, other))


def test_sessions_by_start_event_survive_being_taken_up_again(workspace: Workspace, shop: dict[str, Any]) -> None:
    by_view = clean_log(
        workspace, shop, recipe({"step": "sessions", "by": "start_event", "start_event": "view"}), silent
    )
    assert by_view["has_sessions"]
    starts = events(workspace, by_view).query("session_position == 1 and session_number.notna()")
    assert set(starts["event_type"]) == {"view"}
    taken_up = clean_log(workspace, by_view, recipe({"step": "drop_events", "event_types": ["nothing"]}), silent)
    assert taken_up["sessions"] == by_view["sessions"]


def test_a_recipe_that_leaves_no_event_is_refused_and_nothing_is_published(
    workspace: Workspace, shop: dict[str, Any]
) -> None:
    with pytest.raises(NotEnoughData, match="'Drop users' drops the last ones"):
        clean_log(
            workspace,
            shop,
            recipe(DUPLICATES, NOBODY, {"step": "fill_missing", "column": "value", "method": "mean"}),
            silent,
        )
    with pytest.raises(BadSpec, match="no column 'weight'"):
        clean_log(workspace, shop, recipe({"step": "drop_missing", "columns": ["weight"]}), silent)
    assert len(list_versions(workspace, shop["log_id"])) == 1


def test_a_preview_counts_the_same_and_publishes_nothing(workspace: Workspace, shop: dict[str, Any]) -> None:
    steps = recipe(DUPLICATES, {"step": "drop_users", "user_ids": ["u1"]})
    seen = preview_recipe(workspace, shop, steps, silent)
    assert len(list_versions(workspace, shop["log_id"])) == 1
    made = clean_log(workspace, shop, steps, silent)
    assert (seen["events"], seen["users"], seen["steps"]) == (made["events"], made["users"], made["steps"])
    assert preview_recipe(workspace, shop, recipe(NOBODY), silent)["events"] == 0


def test_switching_every_step_off_brings_the_uncleaned_log_back(workspace: Workspace, shop: dict[str, Any]) -> None:
    clean_log(workspace, shop, recipe(DUPLICATES), silent)
    spec = recipe({**DUPLICATES, "enabled": False}).plain()
    run_id = insert_run(workspace, "clean", spec, title="", log_id=shop["log_id"], version_id=None, dedupe=None)
    clean(Run(workspace, run_id, "clean", spec, shop["log_id"], None))
    assert find_manifest(workspace, shop["log_id"])["version_id"] == shop["version_id"]


def test_a_cancelled_cleaning_leaves_no_trace(workspace: Workspace, shop: dict[str, Any]) -> None:
    def cancel(share: float, _message: str) -> None:
        if share > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clean_log(workspace, shop, recipe(DUPLICATES), cancel)
    assert [version["version_id"] for version in list_versions(workspace, shop["log_id"])] == [shop["version_id"]]


def test_the_command_line_previews_and_cleans(workspace: Workspace, shop: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps({"steps": [DUPLICATES]}), encoding="utf-8")

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "core", "clean", "--log", shop["log_id"], *arguments, "--json"], cwd=REPOSITORY,
            env={"PATH": "/usr/bin:/bin", "WHYPATH_WORKSPACE": str(workspace.root)}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    assert json.loads(command("--recipe", str(file), "--preview").stdout)["events"] == 60
    assert find_manifest(workspace, shop["log_id"])["version_id"] == shop["version_id"]
    assert json.loads(command("--recipe", str(file)).stdout)["steps"][0]["rows_out"] == 60
    file.write_text('{"steps": [{"step": "wash"}]}', encoding="utf-8")
    refused = command("--recipe", str(file))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no cleaning step 'wash'" in refused.stderr
