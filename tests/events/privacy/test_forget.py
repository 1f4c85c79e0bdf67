"""A forgotten user is in no file of the workspace; everything else is as it was; a crash leaves one state or the other."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import BadSpec
from core.events.append import append_files
from core.events.cleaning.clean import clean_log
from core.events.cleaning.recipe import Recipe
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.privacy.forget import forget
from core.events.privacy.spec import PrivacySpec
from core.jobs.queue import insert_run
from core.jobs.work import run_here
from core.storage import shelf
from core.storage.catalogue import find_manifest, keep_spec, list_versions
from core.storage.engine import open_log
from core.storage.runs import stale_reason
from core.storage.workspace import Workspace, write_json

ROOT = Path(__file__).resolve().parents[3]
GONE = "gone.user@example.org"


def silent(share: float, message: str) -> None: ...


@pytest.fixture
def files(write: Callable[..., Path]) -> tuple[Path, Path]:
    header = "user_id,event,timestamp,note\n"
    first = "".join(
        f"{GONE if n % 10 == 0 else f'u{n % 10}'},view,2024-01-{1 + n % 28:02d} 10:{n % 60:02d}:00,n{n}\n"
        for n in range(400)
    )
    bad = f"{GONE},view,never,x\nu1,view,never,about {GONE} and others\nu2,view,never,fine\n"
    second = "".join(
        f"{GONE if n % 5 == 0 else f'u{n % 5}'},buy,2024-02-{1 + n % 28:02d} 11:{n % 60:02d}:00,m{n}\n"
        for n in range(100)
    )
    return write(header + first + bad, name="first.csv"), write(header + second, name="second.csv")


@pytest.fixture
def manifest(workspace: Workspace, files: tuple[Path, Path]) -> dict[str, object]:
    """A log with three versions: imported, appended to, cleaned."""
    base = import_log(workspace, ImportSpec(files=(str(files[0]),), name="shop"), silent)
    appended = append_files(workspace, base, ImportSpec(files=(str(files[1]),)), silent)
    recipe = Recipe.read({"steps": [{"step": "drop_users", "user_ids": ["u9"]}, {"step": "drop_duplicates"}]})
    return clean_log(workspace, appended, recipe, silent)


def anywhere(workspace: Workspace, text: str) -> list[str]:
    return [
        str(path.relative_to(workspace.root))
        for path in workspace.root.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def events_of(workspace: Workspace, manifest: dict[str, object], version_id: str) -> pd.DataFrame:
    log = open_log(workspace, str(manifest["log_id"]), version_id)
    return log.fetch(log.table().order_by("event_id"))


def test_nothing_of_them_is_left_and_the_others_are_as_they_were(
    workspace: Workspace, manifest: dict[str, object]
) -> None:
    log_id = str(manifest["log_id"])
    before = {v["version_id"]: v for v in list_versions(workspace, log_id)}
    others = {
        key: frame[frame["user_id"] != GONE].reset_index(drop=True)
        for key in before
        for frame in [events_of(workspace, manifest, key)]
    }
    receipt = forget(workspace, log_id, [GONE], silent)
    assert receipt["found"]
    assert anywhere(workspace, GONE) == []
    assert GONE not in str(receipt)
    after = list_versions(workspace, log_id)
    assert [(v["created_at"], v["current"]) for v in after] == [
        (v["created_at"], v["current"]) for v in before.values()
    ]
    new_of = {entry["replaces"]: entry["version_id"] for entry in receipt["versions"]}
    assert sorted(new_of) == sorted(before)
    assert [entry["events_removed"] for entry in receipt["versions"]] == [40, 60, 60]
    for old, frame in others.items():
        found = events_of(workspace, manifest, new_of[old])
        kept = ["event_id", "user_id", "timestamp", "event_type", "session_id", "history_position", "note"]
        pd.testing.assert_frame_equal(found[kept], frame[kept])
        new = find_manifest(workspace, log_id, new_of[old])
        link = before[old]["manifest"].get("base_version_id")
        assert new.get("base_version_id") == (new_of[link] if link else None)
        assert new["made_by"] == before[old]["manifest"]["made_by"]
        assert new["rejected"] == 3
    folders = {path.name for path in (workspace.logs / log_id / "versions").iterdir()}
    assert folders == set(new_of.values())


def test_rejects_keep_their_place_and_lose_what_names_the_user(
    workspace: Workspace, manifest: dict[str, object]
) -> None:
    log_id = str(manifest["log_id"])
    receipt = forget(workspace, log_id, [GONE], silent)
    assert receipt["rejects_withheld"] == 6  # two rows in each of three versions
    rejects = pd.read_parquet(
        workspace.version(log_id, str(find_manifest(workspace, log_id)["version_id"])) / "rejects.parquet"
    )
    assert rejects["raw"].isna().tolist() == [True, True, False]
    assert rejects["line"].tolist() == [402, 403, 404]


def test_runs_are_cleared_of_them_and_marked_where_something_was_learned(
    workspace: Workspace, manifest: dict[str, object]
) -> None:
    log_id, version_id = str(manifest["log_id"]), str(manifest["version_id"])
    run_ids = []
    for kind in ("train", "quality"):
        run_ids.append(
            insert_run(workspace, kind, {"model": "x"}, title=kind, log_id=log_id, version_id=version_id, dedupe=None)
        )
        folder = workspace.run(run_ids[-1])
        write_json(folder / "result.json", {"example": f"user {GONE} did it", "users": [GONE, "u1"], "n": 7})
        (folder / "log.txt").write_text(f"looking at {GONE}.\n")
        (folder / "progress.jsonl").write_text('{"step": 1}\n' + json.dumps({"user": GONE}) + '\n{"torn')
    pq.write_table(
        pa.table({"user_id": [GONE, "u1"], "items": [[1], [2]]}), workspace.run(run_ids[0]) / "recommendations.parquet"
    )
    (workspace.run(run_ids[0]) / "weights.pt").write_bytes(b"learned")
    from core.storage.catalogue import database

    with database(workspace) as rows:
        rows.execute("UPDATE runs SET status='done'")
    shelf.keep(
        workspace,
        "recipes",
        "mine",
        {"steps": [{"step": "drop_users", "settings": {"user_ids": [GONE, "u1"]}}]},
        log_id=log_id,
    )
    keep_spec(workspace, {"sql": f"SELECT * FROM events WHERE user_id='{GONE}'"})
    receipt = forget(workspace, log_id, [GONE], silent)
    assert anywhere(workspace, GONE) == []
    assert pq.read_table(workspace.run(run_ids[0]) / "recommendations.parquet")["user_id"].to_pylist() == ["u1"]
    assert "train again" in str(stale_reason(workspace, run_ids[0]))
    assert "counted" in str(stale_reason(workspace, run_ids[1]))
    assert {run["run_id"] for run in receipt["runs"]} >= set(run_ids)
    assert shelf.kept(workspace, "recipes", log_id=log_id)["mine"]["steps"][0]["settings"]["user_ids"] == ["u1"]


def test_a_hashed_log_forgets_by_the_raw_id(workspace: Workspace, files: tuple[Path, Path]) -> None:
    spec = ImportSpec(files=(str(files[0]),), privacy=PrivacySpec(hash_users=True))
    hashed = import_log(workspace, spec, silent)
    receipt = forget(workspace, hashed["log_id"], [GONE], silent)
    assert receipt["versions"][0]["events_removed"] == 40
    assert find_manifest(workspace, hashed["log_id"])["users"] == 9


def test_an_unknown_user_changes_nothing_and_the_last_one_is_refused(
    workspace: Workspace, manifest: dict[str, object]
) -> None:
    log_id = str(manifest["log_id"])
    before = [v["version_id"] for v in list_versions(workspace, log_id)]
    assert not forget(workspace, log_id, ["nobody"], silent)["found"]
    with pytest.raises(BadSpec, match="delete the log instead"):
        forget(workspace, log_id, [GONE, *(f"u{n}" for n in range(10))], silent)
    with pytest.raises(BadSpec, match="Name the users"):
        forget(workspace, log_id, [], silent)
    assert [v["version_id"] for v in list_versions(workspace, log_id)] == before


KILLED = """
import os, signal, sys
from pathlib import Path
import core.storage.replaced as replaced
from core.events.privacy import forget as module
from core.storage.workspace import Workspace
root, log_id, user, point = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
calls = [0]
if point == "before the swap":
    module.replace_versions = die
elif point == "after the swap":
    module.sweep = die
    module.shutil.rmtree = die
elif point == "before the runs":
    module._scrub_runs = die
def progress(share, message):
    calls[0] += 1
    if point.isdigit() and calls[0] >= int(point): die()
module.forget(Workspace(root), log_id, [user], progress)
"""


@pytest.mark.parametrize("point", ["3", "15", "30", "before the swap", "after the swap", "before the runs"])
def test_a_kill_leaves_one_state_or_the_other_and_the_next_try_finishes(
    workspace: Workspace, manifest: dict[str, object], point: str
) -> None:
    log_id = str(manifest["log_id"])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(workspace.root), log_id, GONE, point],
        cwd=ROOT,
        env=os.environ,
        check=False,
        capture_output=True,
    )
    assert done.returncode in (-signal.SIGKILL, 0), done.stderr.decode()
    for version in list_versions(workspace, log_id):
        log = open_log(workspace, log_id, version["version_id"])
        assert log.fetch(log.table().count().as_table()).iloc[0, 0] == version["manifest"]["events"]
        log.close()
    forget(workspace, log_id, [GONE], silent)
    assert anywhere(workspace, GONE) == []
    assert len(list_versions(workspace, log_id)) == 3
    assert len(list((workspace.logs / log_id / "versions").iterdir())) == 3


def test_the_job_forgets_its_own_request_too(workspace: Workspace, manifest: dict[str, object]) -> None:
    receipt = run_here(
        workspace,
        "forget",
        {"user_ids": [GONE]},
        title="Forget",
        say=silent,
        log_id=str(manifest["log_id"]),
        version_id=None,
    )
    assert receipt["found"]
    assert anywhere(workspace, GONE) == []
