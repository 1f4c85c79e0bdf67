"""Carry out a recipe on `kept`, step by step, and count what each did."""

from typing import Any

from core.events.cleaning import STEPS
from core.events.cleaning.recipe import Recipe, Step
from core.events.cleaning.step import Cleaned
from core.events.kept import Kept
from core.events.stages import Stage
from core.storage.engine import Writer


def apply_recipe(engine: Writer, kept: Kept, recipe: Recipe, stage: Stage) -> tuple[Kept, list[dict[str, Any]]]:
    """Run the enabled steps in order; returns what `kept` then holds and, per step, its account:
    {step, title, settings, enabled, rows_in, rows_out, users_in, users_out, changed, notes, uses_future}."""
    accounts = []
    for place, step in enumerate(recipe.steps):
        part = stage.part(place / len(recipe.steps), (place + 1) / len(recipe.steps)).named(STEPS[step.step].title)
        before = _size(engine)
        done = _run(engine, kept, step, part) if step.enabled else Cleaned(kept)
        after = _size(engine)
        kept = done.kept
        accounts.append(
            {
                "step": step.step, "title": STEPS[step.step].title, "settings": step.settings, "enabled": step.enabled,
                "rows_in": before[0], "rows_out": after[0], "users_in": before[1], "users_out": after[1],
                "changed": done.changed, "notes": list(done.notes), "uses_future": done.uses_future,
            }
        )  # fmt: skip
    return kept, accounts


def _run(engine: Writer, kept: Kept, step: Step, stage: Stage) -> Cleaned:
    done: Cleaned = STEPS[step.step].load()(engine, kept, step.read_settings(), stage)
    return done


def _size(engine: Writer) -> tuple[int, int]:
    rows, users = engine.rows("SELECT count(*), count(DISTINCT user_id) FROM kept")[0]
    return rows, users
