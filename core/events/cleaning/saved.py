"""Recipes kept by name, for any log; and a recipe as a file."""

import json
from typing import Any

from core.errors import BadSpec
from core.events.cleaning.recipe import Recipe
from core.storage.shelf import keep, kept, take_off
from core.storage.workspace import Workspace

SHELF = "recipes"
MAX_NAME = 80
MAX_BYTES = 2_000_000


def keep_recipe(workspace: Workspace, name: str, recipe: Recipe) -> str:
    """Keep a recipe under a name, in the place of one of the same name; returns the name without spaces around it."""
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise BadSpec(f"A recipe needs a name of 1 to {MAX_NAME} characters.")
    if not recipe.steps:
        raise BadSpec("The recipe has no step to keep; add one first.")
    keep(workspace, SHELF, name, recipe.plain())
    return name


def kept_recipes(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The kept recipes by name."""
    return kept(workspace, SHELF)


def drop_recipe(workspace: Workspace, name: str) -> None:
    """Remove a kept recipe, if it is there."""
    take_off(workspace, SHELF, name)


def recipe_file(recipe: Recipe) -> str:
    """The recipe as the text of a JSON file."""
    return json.dumps(recipe.plain(), ensure_ascii=False, indent=2) + "\n"


def read_recipe_file(content: bytes) -> Recipe:
    """The recipe in a JSON file; raises BadSpec with one sentence."""
    if len(content) > MAX_BYTES:
        raise BadSpec(f"The file has {len(content):,} bytes; a recipe has at most {MAX_BYTES:,}.")
    try:
        value = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadSpec(f"The file is no JSON ({error}); a recipe is {{'steps': [{{'step': ...}}]}}.") from None
    if not isinstance(value, dict):
        raise BadSpec("The file must hold one JSON object with 'steps'.")
    return Recipe.read(value)
