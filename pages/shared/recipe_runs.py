"""Previewing and applying the recipe in hand: the runs that do it, and what they leave."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.events.cleaning.recipe import Recipe
from core.events.prune import restore
from core.jobs.queue import submit
from core.storage.engine import Log
from core.storage.runs import find_result, find_run
from pages.shared import cached, controls, recipe_draft, state


def watch_cleaning(log: Log) -> None:
    """Follow the cleaning under way; once it is done, the draft is what is applied."""
    run_id = _run_of(state.CLEANING, log)
    if run_id is None or controls.watch(run_id) != "done":
        return
    result = find_result(cached.workspace(), run_id)
    state.forget(state.CLEANING, state.PREVIEW)
    recipe_draft.discard_draft(log.manifest)
    st.toast(f"Applied: {result['events']:,} events of {result['users']:,} users.", icon=":material/check_circle:")


def watch_preview(log: Log, base: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the last preview found, if it was of this log's uncleaned events."""
    run_id = _run_of(state.PREVIEW, log)
    if run_id is None or controls.watch(run_id) != "done":
        return None
    found = find_result(cached.workspace(), run_id)
    return found if found["base_version_id"] == base["version_id"] else None


def _run_of(key: str, log: Log) -> str | None:
    """The run that is remembered under a key, if it is about this log."""
    run_id = state.recall(key)
    if run_id is None:
        return None
    return run_id if find_run(cached.workspace(), run_id)["log_id"] == log.log_id else None


def show_size(manifest: Mapping[str, Any], base: Mapping[str, Any], preview: Mapping[str, Any] | None) -> None:
    """How much the log holds uncleaned, as it is, and as the preview would leave it."""
    cleaned = manifest["version_id"] != base["version_id"]
    sizes = [("Uncleaned", base["events"], base["users"])]
    sizes += [("As it is, cleaned", manifest["events"], manifest["users"])] if cleaned else []
    same = preview is not None and preview["recipe"]["steps"] == _plain(recipe_draft.draft_recipe(manifest))
    sizes += [("With this recipe (preview)", preview["events"], preview["users"])] if preview and same else []
    for column, (title, events, users) in zip(st.columns(max(3, len(sizes))), sizes, strict=False):
        column.metric(title, f"{events:,} events", f"{users:,} users", delta_color="off", delta_arrow="off")


def _plain(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"step": step["step"], "settings": step["settings"], "enabled": step.get("enabled", True)} for step in steps
    ]


def show_actions(log: Log, recipe: Recipe | None) -> None:
    """Preview, apply, discard, back; each is there only where it does something."""
    manifest = log.manifest
    changed = recipe_draft.is_changed(manifest)
    with st.container(horizontal=True, vertical_alignment="center", key="recipe-actions"):
        if changed and recipe is not None:
            if st.button("Apply", type="primary", icon=":material/play_arrow:", key="apply"):
                _start(log, recipe, "clean", state.CLEANING)
            if st.button("Preview", icon=":material/visibility:", key="preview"):
                _start(log, recipe, "preview", state.PREVIEW)
        if changed:
            st.button(
                "Discard changes", key="discard", icon=":material/undo:", on_click=recipe_draft.discard_draft,
                args=(manifest,),
            )  # fmt: skip
        if manifest.get("base_version_id"):
            st.button(
                "Back to the uncleaned log",
                key="uncleaned",
                icon=":material/restore:",
                on_click=_back,
                args=(manifest,),
            )
    if recipe is None:
        st.caption("A step above cannot be carried out as it is; change or remove it, then preview or apply.")
    elif changed:
        st.caption("Nothing is lost by applying: the uncleaned events stay, and every step can be taken back.")


def _start(log: Log, recipe: Recipe, kind: str, key: str) -> None:
    title = f"{'Cleaning' if kind == 'clean' else 'Preview of cleaning'} {log.manifest['name']}"
    run_id = submit(cached.workspace(), kind, recipe.plain(), title=title, log_id=log.log_id, version_id=log.version_id)
    state.remember(key, run_id)
    st.rerun()


def _back(manifest: Mapping[str, Any]) -> None:
    """Open the uncleaned version; the steps stay in the draft, to be applied again."""
    recipe_draft.put_draft(manifest, recipe_draft.draft_recipe(manifest))
    restore(cached.workspace(), manifest["log_id"], manifest["base_version_id"])
