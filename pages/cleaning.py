"""Cleaning: a visible list of steps, each of which can be taken back."""

import streamlit as st

from core.errors import WhypathError
from core.events.cleaning.accounts import known_accounts
from core.events.cleaning.clean import base_of
from core.events.cleaning.recipe import Recipe
from pages.shared import cached, controls, recipe_cards, recipe_draft, recipe_files, recipe_runs

controls.header("Cleaning", "What should not count? A visible list of steps, each of which can be taken back.")
log = controls.open_log_or_wait()

try:
    base = base_of(cached.workspace(), log.manifest)
    recipe_runs.watch_cleaning(log)
    preview = recipe_runs.watch_preview(log, base)
    recipe_runs.show_size(log.manifest, base, preview)
    draft = recipe_draft.draft_recipe(log.manifest)
    recipe: Recipe | None = None
    try:
        recipe = Recipe.read({"steps": draft})
        accounts = known_accounts(recipe, log.manifest.get("steps") or (), (preview or {}).get("steps", ()))
    except WhypathError:
        accounts = []  # the card of the step says what is wrong
    if not draft:
        st.info(
            "No step yet. Add one below, or let the Quality page propose some.", icon=":material/cleaning_services:"
        )
        controls.go_to("quality.py", "What is wrong with this log?")
    recipe_cards.show_cards(log.manifest, accounts)
    with st.container(border=True, key="add-a-step"):
        recipe_cards.show_chooser(log.manifest)
    recipe_runs.show_actions(log, recipe)
    recipe_files.show_files(log, recipe)
except WhypathError as error:
    st.error(controls.plain(str(error)))
