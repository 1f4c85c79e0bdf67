"""Append files to a log: a new version with the events of the version before and those of the files not yet in it.

An event of the files is already there if its own id (`insert_id`) is; where log or event has none, if the user, the
event type, the item and the timestamp agree; where the log has no users, if everything agrees. The event that is there
stays as it is; duplicates within the files count once. How many were left out is counted and said.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import BadSpec, WhypathError
from core.events.building import Building
from core.events.columns import EVENT_ID, EVENT_TYPE, INSERT_ID, ITEM_ID, TIMESTAMP, TIMESTAMP_US, USER_ID
from core.events.import_spec import ONCE, ImportSpec
from core.events.ingest import check_disk
from core.events.kept import SESSION_VALUE, Kept, replace_kept, take_events
from core.events.kept_aside import FILE, join_kept_aside
from core.events.privacy.keyed_hash import key_of
from core.events.privacy.spec import hashes_users
from core.events.prune import version_bytes
from core.events.read_files import ReadFiles, inspected, read_files
from core.events.reading.names import parts_of
from core.events.rebuild import rebuild
from core.events.recognise import recognise
from core.events.stages import Progress, Stage
from core.events.union import Union, unite
from core.storage.engine import Writer, quoted
from core.storage.workspace import Workspace

NEEDED = (USER_ID, EVENT_TYPE, TIMESTAMP)  # a column that the log has for these must be in the files too
BASE_FACTOR = 4  # of the log's size: the copy that is sorted, and the new version
SAME_EVENT = (USER_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP_US)


class NothingNew(WhypathError):
    """The files hold no event that the log lacks, so there is no version to make. account: as in `appended`."""

    def __init__(self, account: dict[str, Any]) -> None:
        super().__init__(sentence(account))
        self.account = account


def append_files(
    workspace: Workspace, base: Mapping[str, Any], spec: ImportSpec, progress: Progress, *,
    version_id: str | None = None, current: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Publish a version with the events of `base` (an uncleaned version's manifest) and the new ones of the files.

    Returns the manifest; its `appended` is {files, rows, added, duplicates_in_files, duplicates_in_log, differing,
    rejected, by}. rows = added + duplicates + rejected; differing: duplicates that differ from the event that stays in
    another column. Raises NothingNew if nothing is to be added or kept aside.
    """
    reading, left_out = spec_for(workspace, base, spec)
    key = key_of(workspace, base["log_id"]) if hashes_users(reading.privacy) else None
    sources = inspected(reading)
    check_disk(
        workspace, sources, beside_bytes=BASE_FACTOR * version_bytes(workspace, base["log_id"], base["version_id"])
    )

    def fill(engine: Writer, made: Building, stage: Stage) -> tuple[Kept, dict[str, Any]]:
        read = read_files(engine, made, reading, sources, stage.part(0.0, 0.7), key=key)
        engine.execute("ALTER TABLE kept RENAME TO arrived")
        old = take_events(engine, workspace, base)
        union = unite(engine, old, read.kept)
        account = _add(engine, union, base, read, stage.part(0.7, 1.0).named("Comparing with the events there are"))
        before = workspace.version(base["log_id"], base["version_id"]) / FILE
        reasons = join_kept_aside(engine, before, made.folder, made.scratch)
        rejected = int(base["rejected"]) + read.manifest["rejected"]
        notes = [sentence(account), *left_out, *union.notes, *read.manifest["notes"]]
        entries = _entries(base, read, union, account, rejected)
        return union.kept, {**entries, "reject_reasons": reasons, "notes": _once([*base["notes"], *notes])}

    return rebuild(workspace, base, fill, made_by="append", progress=progress, version_id=version_id, current=current)


def spec_for(workspace: Workspace, base: Mapping[str, Any], spec: ImportSpec) -> tuple[ImportSpec, list[str]]:
    """How to read the files: as the log was read, but for what `spec` says otherwise; and what they lack, in words.

    Raises BadSpec if a column that the log needs is not in the files.
    """
    log_reading = {key: value for key, value in base["spec"].items() if key in ImportSpec.model_fields}
    plain, defaults = spec.plain(), ImportSpec(files=spec.files).plain()
    asked = {key: value for key, value in plain.items() if value != defaults[key] and key not in (*ONCE, "mapping")}
    mapping = spec.mapping or log_reading["mapping"]
    for role in (USER_ID,):
        if (role in mapping) != bool(base["has_users"]):
            has = "has" if base["has_users"] else "has no"
            raise BadSpec(f"The log '{base['name']}' {has} users, and so must what is appended; see its mapping.")
    names = [column for column, *_ in recognise(workspace, Path(spec.files[0])).columns]
    lacking = {role: column for role, column in mapping.items() if not parts_of(column, names)}
    for role, column in lacking.items():
        if role in NEEDED or spec.mapping:
            raise BadSpec(
                f"'{Path(spec.files[0]).name}' has no column '{column[:80]}', which is the {role} of the log; say "
                f"which column is it with --map {role}=COLUMN (its columns are {', '.join(names[:20])})."
            )
    mapping = {role: column for role, column in mapping.items() if role not in lacking}
    left_out = [f"The appended files have no column '{column}' ({role}); it is empty for their events."
                for role, column in lacking.items()]  # fmt: skip
    return ImportSpec.read({**log_reading, **asked, "files": spec.files, "mapping": mapping}), left_out


def sentence(account: Mapping[str, Any]) -> str:
    """What an append did, in words."""
    inside, before = account["duplicates_in_files"], account["duplicates_in_log"]
    added = f"{account['added']:,} events were added" if account["added"] else "Nothing was added"
    parts = [f"{before:,} were in the log already" if before else "", f"{inside:,} repeat others" if inside else ""]
    said = " and ".join(part for part in parts if part)
    known = " This very file was imported into the log before." if account["known_files"] else ""
    differing = (
        f" {account['differing']:,} of them differ from the event that stays in another column."
        if account["differing"] else ""
    )  # fmt: skip
    return (
        f"{added} from {', '.join(account['files'])} ({account['rows']:,} rows): {said or 'none was there before'}"
        f"{', compared by ' + account['by'] if said else ''}; {account['rejected']:,} rows kept aside."
        f"{differing}{known}"
    )


def _add(engine: Writer, union: Union, base: Mapping[str, Any], read: ReadFiles, stage: Stage) -> dict[str, Any]:
    """Make `kept` of the events there are and those of `arrived` that are new; returns the account."""
    by_id = bool(base.get("insert_id_column")) and bool(read.manifest.get("insert_id_column"))
    keys = SAME_EVENT if base["has_users"] else tuple(c for c in union.kept.columns if c not in (EVENT_ID, USER_ID))
    new_id = f"a.{INSERT_ID}"
    engine.execute("CREATE TABLE dropped (event_id BIGINT, in_log BOOLEAN)")
    drop = "INSERT INTO dropped SELECT a.event_id, true FROM new_side a SEMI JOIN old_side b ON "
    if by_id:
        engine.watched(f"{drop} {new_id} = b.{INSERT_ID}", stage.part(0.0, 0.15))
    without = f" AND {new_id} IS NULL" if by_id else ""
    engine.watched(f"{drop} {_agree(keys)}{without}", stage.part(0.15, 0.4))
    parts = ", ".join(
        (f"CASE WHEN {new_id} IS NULL THEN a.{quoted(k)} END" if by_id else f"a.{quoted(k)}") for k in keys
    )
    partition = f"{new_id}, {parts}" if by_id else parts
    engine.watched(
        "INSERT INTO dropped SELECT event_id, false FROM (SELECT a.event_id, row_number() OVER "
        f"(PARTITION BY {partition} ORDER BY a.event_id) AS place FROM new_side a ANTI JOIN dropped USING (event_id)) "
        "WHERE place > 1",
        stage.part(0.4, 0.6),
    )
    before, inside = engine.rows("SELECT count(*) FILTER (in_log), count(*) FILTER (NOT in_log) FROM dropped")[0]
    arrived = engine.rows("SELECT count(*) FROM arrived")[0][0]
    known = {file["sha256"] for file in base["files"]}
    account = {
        "files": [file["name"] for file in read.manifest["files"]], "rows": arrived + read.manifest["rejected"],
        "added": arrived - before - inside, "duplicates_in_files": inside, "duplicates_in_log": before,
        "differing": 0, "rejected": read.manifest["rejected"],
        "by": "their own id" if by_id else "user, event type, item and time" if base["has_users"] else "whole rows",
        "known_files": [file["name"] for file in read.manifest["files"] if file["sha256"] in known],
    }  # fmt: skip
    if not account["added"] and (not account["rejected"] or len(account["known_files"]) == len(account["files"])):
        raise NothingNew(account)
    _join(engine, union, has_users=bool(base["has_users"]), stage=stage.part(0.6, 0.9))
    others = [column for column in union.kept.columns if column not in (EVENT_ID, SESSION_VALUE, TIMESTAMP)]
    engine.execute("ALTER TABLE joined RENAME TO b")
    account["differing"] = engine.rows(
        f"SELECT count(*) FROM new_side a SEMI JOIN dropped USING (event_id) WHERE NOT EXISTS "
        f"(SELECT 1 FROM b WHERE {_agree(others)})"
    )[0][0]
    engine.execute("ALTER TABLE b RENAME TO joined")
    for name in ("VIEW new_side", "VIEW old_side", "TABLE arrived", "TABLE dropped"):
        engine.execute(f"DROP {name}")
    replace_kept(engine, "joined")
    return account


def _join(engine: Writer, union: Union, *, has_users: bool, stage: Stage) -> None:
    """Make `joined`: event ids go on after the highest there is; in a log without users each row is one."""
    highest = engine.rows("SELECT coalesce(max(event_id), 0) FROM kept")[0][0]
    replaced = f"{highest} + row_number() OVER (ORDER BY event_id) AS event_id"
    columns = ", ".join(quoted(column) for column in union.kept.columns if column != EVENT_ID)
    fresh = f"SELECT {replaced}, {columns} FROM new_side ANTI JOIN dropped USING (event_id)"
    if not has_users:
        fresh = f"SELECT * REPLACE (CAST(event_id AS VARCHAR) AS user_id) FROM ({fresh})"
    engine.watched(f"CREATE TABLE joined AS SELECT * FROM old_side UNION ALL BY NAME {fresh}", stage)


def _agree(columns: tuple[str, ...] | list[str]) -> str:
    """SQL: a and b agree in these columns; nulls agree with each other."""
    return " AND ".join(f"a.{quoted(column)} IS NOT DISTINCT FROM b.{quoted(column)}" for column in columns)


def _entries(
    base: Mapping[str, Any], read: ReadFiles, union: Union, account: dict[str, Any], rejected: int
) -> dict[str, Any]:
    """The manifest's entries that differ from the base's."""
    new = read.manifest
    return {
        "files": [*base["files"], *new["files"]],
        "columns": {union.renamed.get(column, column): title for column, title in new["columns"].items()}
        | base["columns"],
        "has_event_types": bool(base["has_event_types"] or new["has_event_types"]),
        "session_column": union.session_column(base, new),
        "insert_id_column": base.get("insert_id_column") or new.get("insert_id_column"),
        "rejected": rejected,
        "appended": account,
    }


def _once(notes: list[str]) -> list[str]:
    return list(dict.fromkeys(notes))
