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
from core.events.import_job import work
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.kept_aside import kept_aside
from core.events.prune import restore
from core.storage.catalogue import find_manifest, list_logs, list_versions
from core.storage.engine import open_log
from core.storage.runs import Run
from core.storage.workspace import Workspace, new_id
from tests.events.parts import DROP_VIEWS, FIRST, SECOND


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
