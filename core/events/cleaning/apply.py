"""Carry out a recipe on `kept`, step by step, and count what each did."""

from dataclasses import replace
from typing import Any

from core.events.cleaning import STEPS
from core.events.cleaning.recipe import Recipe, Step
from core.events.cleaning.step import Cleaned
from core.events.kept import Kept
from core.events.stages import Stage
from core.storage.engine import Writer


def apply_recipe(engine: Writer, kept: Kept, recipe: Recipe, stage: Stage) -> tuple[Kept, list[dict[str, Any]]]:
    """Run the enabled steps in order; returns what `kept` then holds and, per step, its account:
    {step, title, settings, enabled, key, rows_in, rows_out, users_in, users_out, changed, notes, uses_future}.

    A step that was done to these events already (`kept.done`) is not done again, so cleaning twice is cleaning once:
    bounds and means learnt from what is left would otherwise cut a little more each time.
    """
    accounts = []
    for place, (step, key) in enumerate(zip(recipe.steps, recipe.keys(), strict=True)):
        part = stage.part(place / len(recipe.steps), (place + 1) / len(recipe.steps)).named(STEPS[step.step].title)
        before = _size(engine)
        done = _run(engine, kept, step, key, part) if step.enabled else Cleaned(kept)
        after, kept = _size(engine), done.kept
        mattered = before != after or done.changed > 0
        accounts.append(
            {
                "step": step.step, "title": STEPS[step.step].title, "settings": step.settings, "enabled": step.enabled,
                "key": key, "rows_in": before[0], "rows_out": after[0], "users_in": before[1], "users_out": after[1],
                "changed": done.changed, "notes": list(done.notes),
                "uses_future": mattered and step.read_settings().looks_ahead,
            }
        )  # fmt: skip
    return kept, accounts


def _run(engine: Writer, kept: Kept, step: Step, key: str, stage: Stage) -> Cleaned:
    if key in kept.done:
        return Cleaned(kept, notes=("Done to these events already.",))
    done: Cleaned = STEPS[step.step].load()(engine, kept, step.read_settings(), stage)
    return replace(done, kept=replace(done.kept, done=(*done.kept.done, key)))


def _size(engine: Writer) -> tuple[int, int]:
    rows, users = engine.rows("SELECT count(*), count(DISTINCT user_id) FROM kept")[0]
    return rows, users
