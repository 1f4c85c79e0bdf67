"""The job that brings files in: as a new log, appended to a log or in its place, and cleaned if a recipe says how."""

import json
from pathlib import Path
from typing import Any

from core.events.append import NothingNew, append_files, sentence
from core.events.cleaning.clean import base_of, clean_log
from core.events.cleaning.recipe import Recipe
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.prune import delete_log, prune_by_rule, remove_versions
from core.events.saved_mappings import save_mapping
from core.events.stages import Progress
from core.storage.arrivals import drop_upload
from core.storage.catalogue import find_manifest, published
from core.storage.locks import log_lock
from core.storage.runs import Run
from core.storage.workspace import Workspace, new_id, write_json

RESULT_KEYS = (
    "log_id", "version_id", "name", "events", "users", "items", "sessions", "rejected", "reject_reasons", "notes",
    "first_at", "last_at",
)  # fmt: skip


def work(run: Run) -> dict[str, Any]:
    """The job's procedure: do what the run's spec says and return the RESULT_KEYS of the log's current manifest.

    With them, where they apply: `appended` (the account of an append), `steps` (of the recipe), `pruned` (the versions
    that the log's rule removed). What was decided is kept in the run's checkpoint, so a run killed at any moment does
    nothing twice. What was uploaded for it is deleted at the end; other files stay.
    """
    spec = ImportSpec.read(run.spec)
    outcome = run.checkpoint / "outcome.json"
    if not outcome.exists():
        log_id = spec.append_to or spec.replace or run.log_id or _planned_log(run, spec)
        with log_lock(run.workspace, log_id, wait=lambda: run.progress(0.0, "Waiting for another run on this log")):
            write_json(outcome, _carry_out(run, spec, log_id))
    for file in spec.files:
        drop_upload(run.workspace, Path(file))
    result: dict[str, Any] = json.loads(outcome.read_text(encoding="utf-8"))
    return result


def _planned_log(run: Run, spec: ImportSpec) -> str:
    """The id of a new log, chosen once."""
    chosen = run.checkpoint / "log.json"
    if not chosen.exists():
        write_json(chosen, {"log_id": new_id(spec.name or Path(spec.files[0]).stem)})
    return str(json.loads(chosen.read_text(encoding="utf-8"))["log_id"])


def _carry_out(run: Run, spec: ImportSpec, log_id: str) -> dict[str, Any]:
    """Make the versions and return the result."""
    plan = _plan(run, spec, log_id)
    recipe = Recipe.read(plan["recipe"]) if plan["recipe"] else None
    both = recipe is not None
    try:
        made = _imported(run.workspace, spec, plan, _stretch(run.progress, 0.0, 0.6 if both else 1.0), current=not both)
    except NothingNew as nothing:
        manifest = find_manifest(run.workspace, log_id)
        notes = [sentence(nothing.account), *manifest["notes"]]
        return {**{key: manifest[key] for key in RESULT_KEYS}, "notes": notes, "appended": nothing.account}
    manifest = made
    if recipe is not None:
        manifest = _cleaned(run, plan, made, recipe, _stretch(run.progress, 0.6, 1.0))
    found = {
        "appended": made.get("appended"), "steps": manifest.get("steps"),
        "pruned": prune_by_rule(run.workspace, log_id),
    }  # fmt: skip
    return {key: manifest[key] for key in RESULT_KEYS} | {key: value for key, value in found.items() if value}


def _plan(run: Run, spec: ImportSpec, log_id: str) -> dict[str, Any]:
    """What a resumed run must find again: {log_id, version_id, cleaned_id, before, recipe}.

    before: the version that was current. If another one has become current since (the run was killed and another run
    came in between), what this run had made stands on old ground: it is removed and made anew.
    """
    workspace, file = run.workspace, run.checkpoint / "plan.json"
    there = published(workspace, log_id)
    current = find_manifest(workspace, log_id) if there else {}
    if file.exists():
        plan: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if current.get("version_id") in (plan["before"], plan["version_id"], plan["cleaned_id"]):
            return plan
        remove_versions(workspace, log_id, {plan["version_id"], plan["cleaned_id"]})
    elif spec.append_to or spec.replace:
        current = find_manifest(workspace, log_id)  # which says that there is no such log
    recipe = spec.recipe.plain() if spec.recipe else current.get("recipe") if spec.append_to else None
    plan = {
        "log_id": log_id, "version_id": new_id("version"), "cleaned_id": new_id("version"),
        "before": current.get("version_id"), "recipe": recipe,
    }  # fmt: skip
    write_json(file, plan)
    return plan


def _imported(
    workspace: Workspace, spec: ImportSpec, plan: dict[str, Any], progress: Progress, *, current: bool
) -> dict[str, Any]:
    """The uncleaned version, made or found again."""
    log_id, version_id = plan["log_id"], plan["version_id"]
    if version_id in published(workspace, log_id):
        return find_manifest(workspace, log_id, version_id)
    if spec.append_to:
        base = base_of(workspace, find_manifest(workspace, log_id))
        return append_files(workspace, base, spec, progress, version_id=version_id, current=current)
    made = import_log(workspace, spec, progress, log_id=log_id, version_id=version_id, current=current)
    save_mapping(workspace, spec, made)
    return made


def _cleaned(
    run: Run, plan: dict[str, Any], made: dict[str, Any], recipe: Recipe, progress: Progress
) -> dict[str, Any]:
    """The cleaned version, made or found again; if it cannot be made, the uncleaned one (or the new log) goes too."""
    log_id, cleaned_id = plan["log_id"], plan["cleaned_id"]
    if cleaned_id in published(run.workspace, log_id):
        return find_manifest(run.workspace, log_id, cleaned_id)
    try:
        return clean_log(run.workspace, made, recipe, progress, version_id=cleaned_id)
    except Exception:
        if plan["before"] is None:
            delete_log(run.workspace, log_id)
        remove_versions(run.workspace, log_id, {plan["version_id"]})
        raise


def _stretch(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a part of the whole."""
    return lambda share, message: progress(start + (end - start) * share, message)
