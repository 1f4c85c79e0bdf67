"""What changed between versions is told; old ones go by rule, the rest is spared; a log that is in use stays."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import BadSpec, NotFound
from core.events.cleaning.clean import work as clean
from core.events.prune import PruneRule, delete_log, keep_rule, prunable, prune, restore
from core.events.version_diff import described_versions
from core.jobs.queue import insert_run
from core.storage.catalogue import database, find_manifest, list_logs, list_versions
from core.storage.engine import open_log
from core.storage.locks import log_lock
from core.storage.runs import Run, find_result
from core.storage.workspace import Workspace, write_json
from tests.events.parts import DROP_VIEWS, FIRST, SECOND


def test_versions_are_described_with_what_changed(workspace: Workspace, bring: Callable[..., Any]) -> None:
    log_id = bring(FIRST)["log_id"]
    bring(SECOND, append_to=log_id)
    newest, oldest = described_versions(workspace, log_id)
    assert (newest["made_by"], newest["current"], newest["diff"]["events"], newest["diff"]["users"]) == (
        "append", True, 2, 1,
    )  # fmt: skip
    assert newest["diff"]["event_types"] == [
        {"event_type": "share", "before": 0, "after": 1},
        {"event_type": "view", "before": 2, "after": 3},
    ]
    assert oldest["diff"] is None
    assert oldest["bytes"] > 0


def test_pruning_spares_the_current_one_its_base_and_what_a_run_waits_for(
    workspace: Workspace, bring: Callable[..., Any]
) -> None:
    log_id = bring(FIRST, recipe=DROP_VIEWS)["log_id"]
    base, cleaned = reversed([version["version_id"] for version in list_versions(workspace, log_id)])
    waited_for = bring(SECOND, replace=log_id)["version_id"]
    gone = bring(FIRST, replace=log_id)["version_id"]
    bring(SECOND, replace=log_id)
    restore(workspace, log_id, cleaned)
    insert_run(workspace, "study", {}, title="x", log_id=log_id, version_id=waited_for, dedupe=None)
    assert [version["version_id"] for version in prunable(workspace, log_id, PruneRule(keep=1))] == [gone]
    assert prunable(workspace, log_id, PruneRule(keep=1, older_than_days=1)) == []
    result = prune(workspace, log_id, PruneRule(keep=1))
    assert ([version["version_id"] for version in result["removed"]], result["kept"]) == ([gone], 4)
    assert result["bytes"] > 0
    left = {folder.name for folder in workspace.version(log_id, base).parent.iterdir()}
    assert left == {version["version_id"] for version in list_versions(workspace, log_id)}
    assert {base, cleaned, waited_for} < left
    with pytest.raises(NotFound, match="was pruned, or never was"):
        open_log(workspace, log_id, gone)


def test_a_run_on_a_pruned_version_stays_readable_and_says_so(workspace: Workspace, bring: Callable[..., Any]) -> None:
    first = bring(FIRST)
    ids = {"log_id": first["log_id"], "version_id": first["version_id"]}
    run_id = insert_run(workspace, "study", {}, title="x", **ids, dedupe=None)
    write_json(workspace.run(run_id) / "result.json", {**ids, "notes": ["Three users."]})
    end_run(workspace, run_id)
    assert find_result(workspace, run_id)["notes"] == ["Three users."]
    bring(SECOND, replace=first["log_id"])
    prune(workspace, first["log_id"], PruneRule(keep=1))
    result = find_result(workspace, run_id)
    assert result["version_pruned"]
    assert "was removed since" in result["notes"][1]


def test_a_cleaning_that_waited_for_an_append_cleans_what_was_appended(
    workspace: Workspace, bring: Callable[..., Any]
) -> None:
    first = bring(FIRST)
    ids = {"log_id": first["log_id"], "version_id": first["version_id"]}
    run_id = insert_run(workspace, "clean", DROP_VIEWS, title="x", **ids, dedupe=None)
    bring(SECOND, append_to=first["log_id"])
    cleaned = clean(Run(workspace, run_id, "clean", DROP_VIEWS, **ids))
    assert cleaned["steps"][0]["rows_in"] == 5
    assert find_manifest(workspace, first["log_id"])["version_id"] == cleaned["version_id"]


def test_the_logs_own_rule_prunes_after_an_import(workspace: Workspace, bring: Callable[..., Any]) -> None:
    first = bring(FIRST)
    keep_rule(workspace, first["log_id"], PruneRule(keep=1))
    result = bring(SECOND, replace=first["log_id"])
    assert [version["version_id"] for version in result["pruned"]] == [first["version_id"]]
    keep_rule(workspace, first["log_id"], PruneRule(keep=1, automatic=False))
    assert "pruned" not in bring(FIRST, replace=first["log_id"])


def test_a_log_in_use_is_not_deleted_and_a_deleted_one_leaves_nothing(
    workspace: Workspace, bring: Callable[..., Any]
) -> None:
    log_id = bring(FIRST)["log_id"]
    run_id = insert_run(workspace, "study", {}, title="x", log_id=log_id, version_id=None, dedupe=None)
    with pytest.raises(BadSpec, match="in use by 1 run"):
        delete_log(workspace, log_id)
    end_run(workspace, run_id)
    assert delete_log(workspace, log_id)["versions"] == 1
    assert list_logs(workspace) == []
    assert list(workspace.logs.iterdir()) == []
    assert list(workspace.locks.iterdir()) == []


def end_run(workspace: Workspace, run_id: str) -> None:
    with database(workspace) as rows:
        rows.execute("UPDATE runs SET status='done' WHERE run_id=?", (run_id,))


def test_a_log_that_is_being_changed_is_neither_pruned_nor_deleted(
    workspace: Workspace, bring: Callable[..., Any]
) -> None:
    log_id = bring(FIRST)["log_id"]
    refused: list[str] = []

    def try_to(act: Callable[[], object]) -> None:
        try:
            act()
        except BadSpec as error:
            refused.append(str(error))

    with log_lock(workspace, log_id):
        for act in (lambda: prune(workspace, log_id, PruneRule()), lambda: delete_log(workspace, log_id)):
            thread = threading.Thread(target=try_to, args=(act,))
            thread.start()
            thread.join()
    assert len(refused) == 2
    assert all("making a version" in sentence for sentence in refused)
