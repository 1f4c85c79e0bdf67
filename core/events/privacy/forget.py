"""Forget users: out of every version of a log, out of what was kept aside, out of the runs; with a receipt.

Each version that knows them is made anew without them, beside the old one. Then one transaction puts the new versions
in the places of the old ones, and only then do the old files go: a crash before it leaves the old state, a crash after
it leaves files that no row names, which are swept. A run that is killed goes on where it was.
"""

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from core.errors import BadSpec
from core.events.building import Building, sweep
from core.events.kept import Kept, take_events
from core.events.kept_aside import FILE
from core.events.privacy.keyed_hash import key_of, keyed_hash
from core.events.privacy.scrub import Scrubber
from core.events.rebuild import rebuild
from core.events.stages import Progress, Stage
from core.specs import Spec
from core.storage.catalogue import find_manifest, list_versions
from core.storage.engine import Writer, literal, writer
from core.storage.locks import log_lock
from core.storage.replaced import note_forgetting, replace_versions, runs_of, scrub_rows
from core.storage.runs import Run, mark_stale, stale_reason
from core.storage.workspace import Workspace, new_id

MOST_USERS = 10_000
RECORDS = ("import", "clean", "forget", "fetch")  # kinds of runs whose results are versions, not findings
LEARNED = "trained with data of a user who was forgotten since; train again to be rid of what it learned"
COUNTED = "counted with data of a user who was forgotten since"
REMAINS = (
    "files that were exported or downloaded before, and backups of the workspace",
    "the files that the log was imported from, where they still are",
)


class ForgetSpec(Spec):
    """user_ids: as they are written in the files that were imported (hashed here if the log holds hashes)."""

    user_ids: tuple[str, ...]


def work(run: Run) -> dict[str, Any]:
    """The job's procedure. The ids leave the run's own records too, once they are forgotten."""
    spec = ForgetSpec.read(run.spec)
    return forget(run.workspace, str(run.log_id), spec.user_ids, run.progress, run_id=run.run_id)


def forget(
    workspace: Workspace, log_id: str, user_ids: Sequence[str], progress: Progress, *, run_id: str | None = None
) -> dict[str, Any]:
    """Forget these users of a log and return the receipt, which does not name them:

    {log_id, found, users: [keyed hashes], versions: [{version_id, replaces, events_removed}], rejects_withheld,
    runs: [{run_id, kind, title, done}], remains: [sentences]}. Raises BadSpec if nobody else would be left, or while
    another run (than run_id) works on the log.
    """
    with log_lock(workspace, log_id, wait=lambda: progress(0.0, "Waiting for another run on this log")):
        manifest = find_manifest(workspace, log_id)
        busy = [row for row in runs_of(workspace, log_id, active=True) if row["run_id"] != run_id]
        if busy:
            raise BadSpec(f"{len(busy)} runs work on this log or wait for it; cancel them, or try again afterwards.")
        stored = _stored(workspace, manifest, user_ids)
        stage = Stage(progress, 0.0, 0.9, "Looking for them")
        made = _rewrite(workspace, log_id, stored, stage)
        withheld = sum(entry.pop("rejects_withheld") for entry in made)
        replace_versions(workspace, log_id, {entry["replaces"]: entry["version_id"] for entry in made})
        for entry in made:
            shutil.rmtree(workspace.version(log_id, entry["replaces"]), ignore_errors=True)
        sweep(workspace)
        progress(0.95, "Looking through the runs")
        runs = _scrub_runs(workspace, log_id, Scrubber([*user_ids, *stored]), touched=bool(made))
        runs = [row for row in runs if row["run_id"] != run_id]
        key = key_of(workspace, log_id, make=True)
    note_forgetting(workspace)
    remains = [*REMAINS, *_cannot_know(manifest)]
    return {
        "log_id": log_id, "found": bool(made), "users": [keyed_hash(key, user)[:16] for user in user_ids],
        "versions": made, "rejects_withheld": withheld, "runs": runs, "remains": remains,
    }  # fmt: skip


def _stored(workspace: Workspace, manifest: Mapping[str, Any], user_ids: Sequence[str]) -> list[str]:
    """The ids as the log holds them: hashed where it hashes, and with those that were merged into them."""
    wanted = list(dict.fromkeys(user for user in user_ids if user))
    if not wanted or len(wanted) > MOST_USERS:
        raise BadSpec(f"Name the users to forget, at most {MOST_USERS:,} at a time (got {len(wanted):,}).")
    if (manifest.get("privacy") or {}).get("hash_users"):
        key = key_of(workspace, manifest["log_id"])
        wanted = [keyed_hash(key, user) for user in wanted] + wanted  # hashes may be given as they are shown
    merged = [
        anonymous
        for version in list_versions(workspace, manifest["log_id"])
        for step in version["manifest"].get("steps") or ()
        if step["step"] == "merge_users"
        for anonymous, known in (step["settings"].get("pairs") or {}).items()
        if known in wanted
    ]
    return list(dict.fromkeys([*wanted, *merged]))


def _cannot_know(manifest: Mapping[str, Any]) -> list[str]:
    steps = [step for step in manifest.get("steps") or () if step["step"] == "merge_users"]
    if any(step["settings"].get("event_type") for step in steps):
        return ["anonymous ids that the cleaning merged by an event: forget those by their own ids, if you know them"]
    return []


def _rewrite(workspace: Workspace, log_id: str, users: list[str], stage: Stage) -> list[dict[str, Any]]:
    """Make each version that knows the users anew, not yet in the old one's place."""
    versions = list_versions(workspace, log_id)
    done = {v["manifest"]["replaces"]: v for v in versions if v["manifest"].get("replaces")}
    made = []
    for place, version in enumerate(reversed(versions)):
        old = version["manifest"]
        part = stage.part(place / len(versions), (place + 1) / len(versions))
        if old.get("replaces") in {v["version_id"] for v in versions}:
            continue  # made by this run before it was killed
        events, rejects = _count(workspace, old, users)
        if not events and not rejects:
            continue
        if events == old["events"]:
            raise BadSpec(f"The log '{old['name']}' has no other user in one of its versions; delete the log instead.")
        new = (
            done[old["version_id"]]["manifest"] if old["version_id"] in done else _without(workspace, old, users, part)
        )
        made.append(
            {
                "version_id": new["version_id"], "replaces": old["version_id"], "events_removed": events,
                "rejects_withheld": rejects,
            }
        )  # fmt: skip
    return made


def _count(workspace: Workspace, manifest: Mapping[str, Any], users: list[str]) -> tuple[int, int]:
    """How many events and how many rejects of a version are theirs."""
    folder = workspace.version(manifest["log_id"], manifest["version_id"])
    with writer(workspace) as engine:
        _add_users(engine, users)
        engine.execute(f"ATTACH {literal(str(folder / 'log.duckdb'))} AS taken (READ_ONLY)")
        events = engine.rows(
            "SELECT coalesce(sum(events), 0) FROM taken.users WHERE user_id IN (SELECT user_id FROM forgotten)"
        )[0][0]
        rejects = 0
        if (folder / FILE).exists():
            table = f"read_parquet({literal(str(folder / FILE))})"
            rejects = engine.rows(f"SELECT count(*) FROM {table} AS r WHERE {NAMES_THEM}")[0][0]
    return int(events), int(rejects)


# Whether a row that was kept aside names one of them: as its value, or as a word of its text.
NAMES_THEM = (
    "EXISTS (SELECT 1 FROM forgotten f WHERE r.value = f.user_id OR contains(r.raw, f.user_id) AND "
    "regexp_matches(r.raw, '(^|[^A-Za-z0-9@._-])' || f.pattern || '($|[^A-Za-z0-9@_-])'))"
)


def _add_users(engine: Writer, users: list[str]) -> None:
    engine.add("forgotten", pa.table({"user_id": pa.array(users, pa.string())}))
    engine.execute("ALTER TABLE forgotten ADD COLUMN pattern VARCHAR")
    engine.execute("UPDATE forgotten SET pattern = regexp_escape(user_id)")


def _without(workspace: Workspace, old: dict[str, Any], users: list[str], stage: Stage) -> dict[str, Any]:
    def fill(engine: Writer, made: Building, part: Stage) -> tuple[Kept, dict[str, Any]]:
        _add_users(engine, users)
        kept = take_events(engine, workspace, old, where="user_id NOT IN (SELECT user_id FROM forgotten)")
        before = workspace.version(old["log_id"], old["version_id"]) / FILE
        if before.exists():
            engine.execute(
                f"COPY (SELECT * REPLACE (CASE WHEN {NAMES_THEM} THEN NULL ELSE value END AS value, "
                f"CASE WHEN {NAMES_THEM} THEN NULL ELSE raw END AS raw) "
                f"FROM read_parquet({literal(str(before))}) AS r) "
                f"TO {literal(str(made.folder / FILE))} (FORMAT parquet)"
            )
        part(1.0)
        scrubbed: dict[str, Any] = Scrubber(users).value(old)
        return kept, {**scrubbed, "version_id": version_id, "replaces": old["version_id"]}

    made_by, version_id = str(old.get("made_by") or "import"), new_id("version")
    return rebuild(
        workspace, old, fill, made_by=made_by, version_id=version_id, current=False,
        progress=lambda share, message: stage(share),
    )  # fmt: skip


def _scrub_runs(workspace: Workspace, log_id: str, scrubber: Scrubber, *, touched: bool) -> list[dict[str, Any]]:
    found = []
    scrub_rows(workspace, log_id, scrubber.value)
    for row in runs_of(workspace, log_id):
        folder = workspace.run(row["run_id"])
        changed, learned = scrubber.folder(folder) if folder.exists() else (0, False)
        if row["kind"] in RECORDS or not touched:
            done = "its records no longer name them" if changed else ""
        elif stale_reason(workspace, row["run_id"]) is None:
            done = LEARNED if learned else COUNTED
            mark_stale(workspace, row["run_id"], done)
        else:
            done = ""
        if done:
            found.append({"run_id": row["run_id"], "kind": row["kind"], "title": row["title"], "done": done})
    return found
