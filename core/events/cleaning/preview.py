"""What a recipe would do: every step counted on the whole log, nothing published."""

from typing import Any

from core.events.cleaning.apply import apply_recipe
from core.events.cleaning.clean import base_of
from core.events.cleaning.recipe import Recipe
from core.events.kept import take_events
from core.events.stages import Progress, Stage
from core.storage.catalogue import find_manifest
from core.storage.engine import writer
from core.storage.runs import Run
from core.storage.workspace import Workspace


def work(run: Run) -> dict[str, Any]:
    """The job's procedure: the run's spec is a recipe, its version the one to clean."""
    base = base_of(run.workspace, find_manifest(run.workspace, str(run.log_id), run.version_id))
    return preview_recipe(run.workspace, base, Recipe.read(run.spec), run.progress)


def preview_recipe(workspace: Workspace, base: dict[str, Any], recipe: Recipe, progress: Progress) -> dict[str, Any]:
    """{recipe, base_version_id, events, users, steps}: what would be left, and the account of each step (`apply`)."""
    with writer(workspace) as engine:
        stage = Stage(progress, 0.1, 0.98, "Previewing")
        progress(0.02, "Reading the events")
        kept = take_events(engine, workspace, base)
        _, steps = apply_recipe(engine, kept, recipe, stage)
        events, users = engine.rows("SELECT count(*), count(DISTINCT user_id) FROM kept")[0]
    return {
        "recipe": recipe.plain(), "base_version_id": base["version_id"], "events": events, "users": users,
        "steps": steps,
    }  # fmt: skip
