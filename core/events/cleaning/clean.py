"""Clean a log: apply a recipe to the uncleaned events of a version and publish the result as a new version."""

import json
from typing import Any

from core.errors import NotEnoughData
from core.events.building import Building
from core.events.cleaning.apply import apply_recipe
from core.events.cleaning.recipe import Recipe
from core.events.kept import Kept, take_events
from core.events.prune import prune_by_rule
from core.events.rebuild import rebuild
from core.events.stages import Progress, Stage
from core.storage.catalogue import find_manifest, list_versions, make_current, published
from core.storage.engine import Writer
from core.storage.locks import log_lock
from core.storage.runs import Run, find_run
from core.storage.workspace import Workspace, new_id, write_json

RESULT_KEYS = ("log_id", "version_id", "name", "events", "users", "items", "sessions", "base_version_id", "steps")


def work(run: Run) -> dict[str, Any]:
    """The job's procedure: the run's spec is a recipe, its version the one to clean.

    Returns the RESULT_KEYS of the manifest, and `pruned` if the log's rule then removed old versions.
    """
    target = run.checkpoint / "target.json"
    if not target.exists():
        write_json(target, {"version_id": new_id("version")})
    version_id = json.loads(target.read_text(encoding="utf-8"))["version_id"]
    recipe = Recipe.read(run.spec)
    log_id = str(run.log_id)
    with log_lock(run.workspace, log_id, wait=lambda: run.progress(0.0, "Waiting for another run on this log")):
        base = base_of(run.workspace, _version_to_clean(run, log_id))
        if not any(step.enabled for step in recipe.steps):
            make_current(run.workspace, log_id, base["version_id"])
            manifest = base
        elif version_id in published(run.workspace, log_id):
            manifest = find_manifest(run.workspace, log_id, version_id)
        else:
            manifest = clean_log(run.workspace, base, recipe, run.progress, version_id=version_id)
        pruned = prune_by_rule(run.workspace, log_id)
    return {key: manifest.get(key) for key in RESULT_KEYS} | ({"pruned": pruned} if pruned else {})


def _version_to_clean(run: Run, log_id: str) -> dict[str, Any]:
    """The run's version, or the current one if that was made while the run waited: its events must not go missing."""
    asked = find_run(run.workspace, run.run_id)["created_at"] if run.version_id else ""
    current = next(version for version in list_versions(run.workspace, log_id) if version["current"])
    if current["created_at"] > asked:
        manifest: dict[str, Any] = current["manifest"]
        return manifest
    return find_manifest(run.workspace, log_id, run.version_id)


def base_of(workspace: Workspace, manifest: dict[str, Any]) -> dict[str, Any]:
    """The uncleaned version behind a version; itself if it was never cleaned."""
    base_id = manifest.get("base_version_id")
    return find_manifest(workspace, manifest["log_id"], base_id) if base_id else manifest


def clean_log(
    workspace: Workspace, base: dict[str, Any], recipe: Recipe, progress: Progress, *, version_id: str | None = None
) -> dict[str, Any]:
    """Publish the base's events as the recipe leaves them; returns the manifest, with `recipe` and `steps` (the
    account of each step). Raises NotEnoughData if no event is left."""

    def fill(engine: Writer, _made: Building, stage: Stage) -> tuple[Kept, dict[str, Any]]:
        kept = take_events(engine, workspace, base)
        kept, steps = apply_recipe(engine, kept, recipe, stage)
        if not engine.rows("SELECT count(*) FROM kept")[0][0]:
            emptied = next(step["title"] for step in steps if not step["rows_out"])
            raise NotEnoughData(f"The recipe leaves no event: '{emptied}' drops the last ones; loosen that step.")
        made = {"recipe": recipe.plain(), "steps": steps, "session_column": kept.session_column}
        return kept, {**made, "base_version_id": base["version_id"]}

    return rebuild(workspace, base, fill, made_by="clean", progress=progress, version_id=version_id)
