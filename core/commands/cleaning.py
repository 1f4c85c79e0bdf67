"""Cleaning on the command line: apply a recipe to a log, or see what it would do."""

import argparse
from pathlib import Path

from core.commands.options import Answer, Command, json_file, run
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("clean", clean)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--recipe", required=True, metavar="FILE", help="JSON, or the name of a kept recipe")
    added.add_argument("--preview", action="store_true", help="count what each step would do, and change nothing")
    command("cleaning-steps", cleaning_steps)


def clean(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Apply a cleaning recipe to the uncleaned events of a log, as a new version."""
    from core.events.cleaning.recipe import Recipe
    from core.events.cleaning.saved import kept_recipes
    from core.storage.catalogue import find_manifest

    log = find_manifest(workspace, options.log)
    kept = kept_recipes(workspace)
    if Path(options.recipe).exists() or options.recipe not in kept:
        recipe = Recipe.read(json_file(Path(options.recipe)))
    else:
        recipe = Recipe.read(kept[options.recipe])
    kind = "preview" if options.preview else "clean"
    return run(workspace, kind, recipe.plain(), title=f"Clean {log['name']}", log=log)


def cleaning_steps(_workspace: Workspace, _options: argparse.Namespace) -> Answer:
    """List the steps that a recipe may have, with their settings."""
    from core.events.cleaning import STEPS

    return {
        "steps": [
            {"step": name, "title": choice.title, "says": choice.says, "settings": list(choice.spec.model_fields)}
            for name, choice in STEPS.items()
            if choice.spec is not None
        ]
    }
