"""The steps of a recipe as cards: what each does, what it did, and the ways to change it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import WhypathError
from core.events.cleaning import GROUPS, STEPS
from core.events.cleaning.accounts import Account
from core.events.cleaning.recipe import Step
from pages.shared import controls, recipe_draft, state
from pages.shared.recipe_form import settings_form

FUTURE = "Judges events by what comes after them, so a causal question refuses this log while the step is on."
NEW = "new"


def show_cards(manifest: Mapping[str, Any], accounts: list[Account | None]) -> None:
    """One card per step of the draft, in order."""
    draft = recipe_draft.draft_recipe(manifest)
    for place, step in enumerate(draft):
        with st.container(border=True, key=f"step-{place}", gap="small"):
            if recipe_draft.edited_step() == place:
                _edit(manifest, place, step)
            else:
                _card(manifest, place, step, accounts[place] if place < len(accounts) else None, last=len(draft) - 1)


def _card(manifest: Mapping[str, Any], place: int, step: dict[str, Any], account: Account | None, *, last: int) -> None:
    enabled = step.get("enabled", True)
    choice = STEPS.get(step["step"])
    told, buttons = st.columns([5, 2], vertical_alignment="center")
    with told:
        title = controls.plain(choice.title if choice else step["step"])
        st.markdown(f"**{place + 1}. {title}**" if enabled else f":gray[{place + 1}. {title} (off)]")
        try:
            settings = Step.read(step).read_settings()
            st.caption(controls.plain(_sentence(settings.words())) or "Nothing to set.")
            if enabled and settings.looks_ahead:
                st.badge("uses the future", icon=":material/update:", color="orange", help=FUTURE)
        except WhypathError as error:
            st.error(controls.plain(str(error)))
        if enabled:
            _account(account)
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="xxsmall"):
        _buttons(manifest, place, enabled=enabled, last=last)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _account(account: Account | None) -> None:
    """Rows and users in and out, values changed, notes; or that nobody knows yet."""
    if account is None:
        st.caption(":material/hourglass_empty: Not counted yet: preview or apply.")
        return
    gone = account["rows_in"] - account["rows_out"]
    dropped = f" (\u2212{gone:,}, {100 * gone / account['rows_in']:.2f} %)" if gone else ""
    users = account["users_in"] - account["users_out"]
    parts = [f"**{account['rows_in']:,} \u2192 {account['rows_out']:,} events**{dropped}"]
    left = f"{account['users_in']:,} \u2192 {account['users_out']:,} users (\u2212{users:,})"
    parts += [left if users else f"{account['users_in']:,} users"]
    parts += [f"{account['changed']:,} changed"] if account["changed"] else []
    st.markdown(" · ".join(parts))
    controls.notes(account["notes"])


def _buttons(manifest: Mapping[str, Any], place: int, *, enabled: bool, last: int) -> None:
    actions = (
        ("toggle", "toggle_on" if enabled else "toggle_off", "Switch off" if enabled else "Switch on", False,
         recipe_draft.switch_step, (manifest, place)),
        ("up", "arrow_upward", "Earlier", place == 0, recipe_draft.move_step, (manifest, place, -1)),
        ("down", "arrow_downward", "Later", place == last, recipe_draft.move_step, (manifest, place, 1)),
        ("edit", "edit", "Change its settings", False, recipe_draft.edit_step, (place,)),
        ("remove", "delete", "Remove", False, recipe_draft.remove_step, (manifest, place)),
    )  # fmt: skip
    for name, icon, says, idle, act, args in actions:
        st.button(
            "", icon=f":material/{icon}:", key=f"{name}-{place}", help=says, type="tertiary", on_click=act, args=args,
            disabled=idle,
        )  # fmt: skip


def _edit(manifest: Mapping[str, Any], place: int, step: dict[str, Any]) -> None:
    st.markdown(f"**{place + 1}. {STEPS[step['step']].title}**")
    settings = settings_form(step["step"], step["settings"], manifest, form=str(place))
    with st.container(horizontal=True):
        if _checked_button("Save", f"save-{place}", step["step"], settings):
            recipe_draft.change_step(manifest, place, {**step, "settings": settings})
            st.rerun()
        st.button("Cancel", key=f"leave-{place}", on_click=recipe_draft.edit_step, args=(None,))


def show_chooser(manifest: Mapping[str, Any]) -> None:
    """Choose a step, set it, add it at the end of the draft."""
    steps = len(recipe_draft.draft_recipe(manifest))  # once it is added, another one may be chosen
    groups = {name: group for group, names in GROUPS.items() for name in names}
    name = st.selectbox(
        "Add a step", list(groups), None, key=f"{state.NEW_STEP}-{steps}", placeholder="Choose what to do",
        format_func=lambda step: f"{groups[step]}: {STEPS[step].title}",
    )  # fmt: skip
    if name is None:
        return
    st.caption(STEPS[name].says)
    settings = settings_form(name, {}, manifest, form=f"{NEW}-{steps}")
    if _checked_button("Add to the recipe", "add-step", name, settings):
        recipe_draft.add_to_draft(manifest, {"step": name, "settings": settings})
        st.rerun()


def _checked_button(label: str, key: str, step: str, settings: dict[str, Any]) -> bool:
    """A button that does nothing but say what is wrong, while something is."""
    if not st.button(label, key=key, icon=":material/check:"):
        return False
    try:
        Step.read({"step": step, "settings": settings})
    except WhypathError as error:
        st.error(controls.plain(str(error)))
        return False
    return True
