"""The cleaning recipe that the analyst is putting together for a log; it starts as the one that is applied.

A step is {"step", "settings"}, with "enabled": false if it is switched off. Nothing here touches the log. The draft is
kept as a spec whose hash stands in the URL, so that it survives a reload and can be shared as a link.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import NotFound
from core.storage.catalogue import find_spec, keep_spec
from pages.shared import cached, state

Manifest = Mapping[str, Any]
StepDict = dict[str, Any]


def draft_recipe(manifest: Manifest) -> list[StepDict]:
    """The steps of the draft for this log; the applied ones, unless the analyst changed something."""
    held = state.noted(state.DRAFT + str(manifest["log_id"]))
    if held is None:
        held = _linked(str(manifest["log_id"]))
    return [dict(step) for step in held] if held is not None else applied_steps(manifest)


def _linked(log_id: str) -> list[StepDict] | None:
    """The draft that the address names, if it is one of this log."""
    key = state.recall(state.LINKED_DRAFT)
    try:
        kept = find_spec(cached.workspace(), key) if key else {}
    except NotFound:
        return None
    return kept["steps"] if kept.get("log_id") == log_id else None


def applied_steps(manifest: Manifest) -> list[StepDict]:
    """The steps of the recipe that made this version; none if it is uncleaned."""
    return [plain_step(step) for step in (manifest.get("recipe") or {}).get("steps", ())]


def plain_step(step: Mapping[str, Any]) -> StepDict:
    """A step in its shortest form, so that equal steps are equal dicts."""
    off = {} if step.get("enabled", True) else {"enabled": False}
    return {"step": step["step"], "settings": dict(step.get("settings") or {}), **off}


def is_changed(manifest: Manifest) -> bool:
    """Whether the draft differs from what is applied."""
    return draft_recipe(manifest) != applied_steps(manifest)


def put_draft(manifest: Manifest, steps: Sequence[Mapping[str, Any]]) -> None:
    """Let the draft be these steps."""
    draft = [plain_step(step) for step in steps]
    state.note(state.DRAFT + str(manifest["log_id"]), draft)
    link = keep_spec(cached.workspace(), {"log_id": manifest["log_id"], "steps": draft})
    state.remember(state.LINKED_DRAFT, link)
    state.note(state.EDITED_STEP, None)


def discard_draft(manifest: Manifest) -> None:
    """Go back to the steps that are applied."""
    state.note(state.DRAFT + str(manifest["log_id"]), None)
    state.forget(state.LINKED_DRAFT)
    state.note(state.EDITED_STEP, None)


def add_to_draft(manifest: Manifest, step: Mapping[str, Any]) -> None:
    """Put a step at the end of the draft, unless it is there already."""
    steps = draft_recipe(manifest)
    if plain_step(step) not in steps:
        put_draft(manifest, [*steps, step])


def change_step(manifest: Manifest, place: int, step: Mapping[str, Any]) -> None:
    """Put another step in the place of one."""
    steps = draft_recipe(manifest)
    put_draft(manifest, [*steps[:place], step, *steps[place + 1 :]])


def switch_step(manifest: Manifest, place: int) -> None:
    """Switch a step off, or on again."""
    step = draft_recipe(manifest)[place]
    change_step(manifest, place, {**step, "enabled": not step.get("enabled", True)})


def move_step(manifest: Manifest, place: int, by: int) -> None:
    """Let a step change places with the one before (-1) or after (1)."""
    steps = draft_recipe(manifest)
    steps.insert(place + by, steps.pop(place))
    put_draft(manifest, steps)


def remove_step(manifest: Manifest, place: int) -> None:
    """Take a step out."""
    steps = draft_recipe(manifest)
    put_draft(manifest, [*steps[:place], *steps[place + 1 :]])


def edit_step(place: int | None) -> None:
    """Open one step for editing, or close it."""
    state.note(state.EDITED_STEP, place)


def edited_step() -> int | None:
    """The place of the step that is open for editing."""
    place = state.noted(state.EDITED_STEP)
    return place if isinstance(place, int) else None
