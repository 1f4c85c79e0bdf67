"""Recipes beyond this log: as a JSON file, out and in, and kept by name."""

from typing import Any

import streamlit as st

from core.errors import WhypathError
from core.events.cleaning.recipe import Recipe
from core.events.cleaning.saved import MAX_NAME, drop_recipe, keep_recipe, kept_recipes, read_recipe_file, recipe_file
from core.storage.engine import Log
from pages.shared import cached, controls, recipe_draft, state


def show_files(log: Log, recipe: Recipe | None) -> None:
    """The recipe as JSON, kept recipes, and a recipe from a file."""
    with st.expander("Keep, save or bring a recipe", icon=":material/description:"):
        left, right = st.columns(2, gap="large")
        with left:
            _out(recipe)
        with right:
            _kept(log)
            _from_file(log)


def _out(recipe: Recipe | None) -> None:
    if recipe is None or not recipe.steps:
        st.caption("There is no recipe to save yet.")
        return
    text = recipe_file(recipe)
    st.code(text, language=None, height=260)
    st.download_button(
        "Save as JSON", text, file_name="recipe.json", mime="application/json", icon=":material/download:",
        key="recipe-json", on_click="ignore", help="Without a browser: python -m core clean --recipe recipe.json",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Keep it as", key=state.RECIPE_NAME, max_chars=MAX_NAME, placeholder="our usual cleaning")
        if st.button("Keep", key="keep-recipe", disabled=not name.strip(), help="Needs a name."):
            st.success(f"Kept as {controls.plain(keep_recipe(cached.workspace(), name, recipe))}.")


def _kept(log: Log) -> None:
    kept = kept_recipes(cached.workspace())
    if not kept:
        return
    name = st.selectbox("Kept recipes", list(kept), key=state.KEPT_RECIPE)
    with st.container(horizontal=True):
        st.button(
            "Use it", key="use-kept", on_click=_use, args=(log, kept[name]), help="In the place of the steps above."
        )
        st.button("Forget it", key="forget-kept", on_click=drop_recipe, args=(cached.workspace(), name))


def _from_file(log: Log) -> None:
    file = st.file_uploader("A recipe from a file (JSON)", type=["json"], key=state.RECIPE_UPLOAD, max_upload_size=2)
    if file is None:
        return
    try:
        recipe = read_recipe_file(file.getvalue())
    except WhypathError as error:
        st.error(controls.plain(str(error)))
        return
    st.button(
        f"Use its {len(recipe.steps)} steps", key="use-file", on_click=_use, args=(log, recipe.plain()),
        help="In the place of the steps above.",
    )  # fmt: skip


def _use(log: Log, recipe: dict[str, Any]) -> None:
    recipe_draft.put_draft(log.manifest, recipe["steps"])
