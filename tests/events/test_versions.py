"""Append, replace, restore, prune and delete: nothing lost, nothing twice, and what was left out is counted."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadSpec, NotEnoughData, NotFound
from core.events.cleaning.clean import work as clean
from core.events.import_job import work
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.kept_aside import kept_aside
from core.events.prune import PruneRule, delete_log, keep_rule, prunable, prune, restore
from core.events.version_diff import described_versions
from core.jobs.queue import insert_run
from core.storage.catalogue import database, find_manifest, list_logs, list_versions
from core.storage.engine import open_log
from core.storage.locks import log_lock
from core.storage.runs import Run, find_result
from core.storage.workspace import Workspace, new_id, write_json

FIRST = """user,item,event,time,price,city
u1,lamp,view,2026-03-02T09:14:05Z,,Rome
u1,lamp,cart,2026-03-02T09:15:40Z,3,Rome
u2,desk,view,2026-03-02T11:02:11Z,,Oslo
,desk,view,2026-03-02T11:02:11Z,,Oslo
"""
# One event that is there already (with another price), one twice, one bad row, a new column, a column of another kind.
SECOND = """user,item,event,time,price,city,device
u1,lamp,cart,2026-03-02T09:15:40Z,4,1,phone
u3,,view,2026-03-03T11:02:11Z,,2,phone
u3,,view,2026-03-03T11:02:11Z,,2,phone
u3,desk,share,2026-03-03T12:02:11Z,,3,phone
u3,desk,share,never,,3,phone
"""
DROP_VIEWS = {"steps": [{"step": "drop_duplicates", "settings": {"by": ["user_id", "event_type"]}}]}


@pytest.fixture
def bring(workspace: Workspace, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """bring(text, **settings) carries out an import run and returns its result."""

    def carry_out(text: str, name: str = "part.csv", **asked: Any) -> dict[str, Any]:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        run = Run(workspace, new_id("import"), "import", {"files": [str(file)], **asked}, None, None)
        run.folder.mkdir(parents=True)
        return work(run)

    return carry_out


def events_of(workspace: Workspace, log_id: str) -> pd.DataFrame:
    log = open_log(workspace, log_id)
    frame = log.fetch(log.table())
    log.close()
    return frame.sort_values("event_id", ignore_index=True)


def test_an_append_adds_what_is_new_and_counts_the_rest(workspace: Workspace, bring: Callable[..., Any]) -> None:
    log_id = bring(FIRST)["log_id"]
    result = bring(SECOND, append_to=log_id)
    account = result["appended"]
    assert {key: account[key] for key in account if key not in ("files", "by", "known_files")} == {
        "rows": 5, "added": 2, "duplicates_in_files": 1, "duplicates_in_log": 1, "differing": 1, "rejected": 1,
    }  # fmt: skip
    assert (result["log_id"], result["events"], result["rejected"]) == (log_id, 5, 2)
    events = events_of(workspace, log_id)
    assert events.event_id.tolist() == [1, 2, 3, 4, 5]
    assert events.value.tolist()[1] == 3  # the event that was there stays as it was
    assert events.city.tolist() == ["Rome", "Rome", "Oslo", "2", "3"]  # text and numbers become text, and it is said
    assert events.device.fillna("none").tolist()[2:] == ["none", "phone", "phone"]
    assert any("'city' was text in the log and number" in note for note in result["notes"])
    rejects = kept_aside(workspace, log_id, result["version_id"])
    assert sorted(rejects.line) == [5, 6]
    users = open_log(workspace, log_id).fetch_sql("SELECT user_id, events FROM users ORDER BY user_id")
    assert users.values.tolist() == [["u1", 2], ["u2", 1], ["u3", 2]]


def test_the_same_file_again_adds_nothing_and_says_so(workspace: Workspace, bring: Callable[..., Any]) -> None:
    log_id = bring(FIRST)["log_id"]
    bring(SECOND, append_to=log_id)
    before = list_versions(workspace, log_id)
    result = bring(SECOND, append_to=log_id)
    assert result["appended"]["added"] == 0
    assert result["notes"][0].startswith("Nothing was added from part.csv (5 rows)")
    assert "This very file was imported" in result["notes"][0]
    assert list_versions(workspace, log_id) == before
    assert result["version_id"] == before[0]["version_id"]


def test_an_event_with_its_own_id_is_known_by_it(workspace: Workspace, bring: Callable[..., Any]) -> None:
    head = "user,event,time,insert_id\n"
    mapping = {"user_id": "user", "event_type": "event", "timestamp": "time", "insert_id": "insert_id"}
    log_id = bring(head + "u1,view,2026-01-01,a\nu1,view,2026-01-01,b\nu9,buy,2026-01-01,\n", mapping=mapping)["log_id"]
    result = bring(head + "u1,view,2026-01-02,b\nu1,view,2026-01-01,c\nu9,buy,2026-01-01,\n", append_to=log_id)
    # b is there (at another time); c is new although everything else agrees; without an id the rest decides.
    assert (result["appended"]["added"], result["appended"]["duplicates_in_log"]) == (1, 2)
    assert events_of(workspace, log_id).insert_id.fillna("none").tolist() == ["a", "b", "none", "c"]


def test_a_log_without_users_compares_whole_rows_and_keeps_its_rows_apart(
    workspace: Workspace, bring: Callable[..., Any]
) -> None:
    head = "what,when,clicked\n"
    mapping = {"item_id": "what", "timestamp": "when"}
    log_id = bring(head + "a,2026-01-01,0\nb,2026-01-02,1\n", mapping=mapping)["log_id"]
    result = bring(head + "a,2026-01-01,0\na,2026-01-01,1\n", append_to=log_id)
    assert (result["appended"]["added"], result["users"], result["events"]) == (1, 3, 3)


def test_a_file_that_lacks_the_user_column_is_refused(workspace: Workspace, bring: Callable[..., Any]) -> None:
    log_id = bring(FIRST)["log_id"]
    with pytest.raises(BadSpec, match=r"has no column 'user'.*--map user_id=COLUMN"):
        bring("who,item,event,time\nu1,a,view,2026-01-01\n", append_to=log_id)
    mapping = {"user_id": "who", "item_id": "item", "event_type": "event", "timestamp": "time"}
    result = bring("who,item,event,time\nu1,a,view,2026-01-01\n", append_to=log_id, mapping=mapping)
    assert result["events"] == 4


def test_an_optional_column_may_be_missing_and_it_is_said(workspace: Workspace, bring: Callable[..., Any]) -> None:
    log_id = bring(FIRST)["log_id"]
    result = bring("user,item,event,time\nu1,a,view,2026-01-01\n", append_to=log_id)
    assert any("no column 'price' (value)" in note for note in result["notes"])


def test_a_replacement_is_a_new_version_of_the_same_log(workspace: Workspace, bring: Callable[..., Any]) -> None:
    first = bring(FIRST, name="shop.csv")
    result = bring(SECOND, replace=first["log_id"])
    assert (result["log_id"], result["name"], result["events"]) == (first["log_id"], "shop", 4)
    restore(workspace, first["log_id"], first["version_id"])
    assert find_manifest(workspace, first["log_id"])["events"] == 3
    with pytest.raises(NotFound, match="no version 'version-none'"):
        restore(workspace, first["log_id"], "version-none")


def test_an_import_may_clean_and_an_append_cleans_again(workspace: Workspace, bring: Callable[..., Any]) -> None:
    result = bring(FIRST, recipe=DROP_VIEWS)
    log_id = result["log_id"]
    assert [step["rows_out"] for step in result["steps"]] == [3]
    result = bring(SECOND, append_to=log_id)
    assert [(step["rows_in"], step["rows_out"]) for step in result["steps"]] == [(5, 5)]
    made = [(v["manifest"]["made_by"], v["current"]) for v in list_versions(workspace, log_id)]
    assert made == [("clean", True), ("append", False), ("clean", False), ("import", False)]
    current = find_manifest(workspace, log_id)
    assert current["base_version_id"] == list_versions(workspace, log_id)[1]["version_id"]
    assert len(kept_aside(workspace, log_id, current["version_id"])) == 2


def test_a_recipe_that_fails_leaves_the_old_state(workspace: Workspace, bring: Callable[..., Any]) -> None:
    nothing = {"steps": [{"step": "time_range", "settings": {"start_at": "2030-01-01"}}]}
    with pytest.raises(NotEnoughData):
        bring(FIRST, recipe=nothing)
    assert list_logs(workspace) == []
    log_id = bring(FIRST)["log_id"]
    with pytest.raises(NotEnoughData):
        bring(SECOND, append_to=log_id, recipe=nothing)
    assert len(list_versions(workspace, log_id)) == 1


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


def test_two_appends_at_once_both_arrive(workspace: Workspace, tmp_path: Path, bring: Callable[..., Any]) -> None:
    log_id = bring(FIRST)["log_id"]
    failures: list[BaseException] = []

    def append(number: int) -> None:
        try:
            text = f"user,item,event,time\nn{number},a,view,2026-04-0{number}\n"
            bring(text, name=f"more-{number}.csv", append_to=log_id)
        except BaseException as error:  # noqa: BLE001  shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=append, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(events_of(workspace, log_id).user_id) == {"u1", "u2", "n1", "n2", "n3"}


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


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"]), st.integers(0, 4)), min_size=1, max_size=8
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=ROWS, second=ROWS)
def test_an_append_is_the_union_of_events(workspace: Workspace, tmp_path: Path, first: Any, second: Any) -> None:
    """Whatever the rows: the log's own stay, each other event is there once, and the account adds up to the rows."""
    texts = [
        "user,event,time\n" + "".join(f"{user},{event},2026-01-01T00:00:0{second}Z\n" for user, event, second in rows)
        for rows in (first, second)
    ]
    paths = [tmp_path / f"{number}.csv" for number in (0, 1)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    log_id = import_log(workspace, ImportSpec(files=(str(paths[0]),)), lambda share, message: None)["log_id"]
    run = Run(workspace, new_id("import"), "import", {"files": [str(paths[1])], "append_to": log_id}, None, None)
    run.folder.mkdir(parents=True)
    account = work(run)["appended"]
    kept = events_of(workspace, log_id)
    found = sorted((row.user_id, row.event_type, row.timestamp.second) for row in kept.itertuples())
    assert found == sorted([*first, *(set(second) - set(first))])
    assert account["added"] + account["duplicates_in_log"] + account["duplicates_in_files"] == len(second)
    assert json.loads((run.checkpoint / "outcome.json").read_text())["log_id"] == log_id
