"""Trimming as a field of a form, and what a trimmed study shows of whom it left out."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from pages.shared import controls
from pages.shared.rule_table import show_rules

NOBODY: Final = "nobody"
TITLES: Final = {
    NOBODY: "nobody",
    "auto": "by the best cut (Crump et al.)",
    "0.01": "under 1 % or over 99 %",
    "0.05": "under 5 % or over 95 %",
    "0.1": "under 10 % or over 90 %",
}
HELP: Final = (
    "Trimming: units whose probability of treatment (propensity) is so low or high that hardly anybody like them was "
    "in the other arm. Everything is then learnt again on those who remain, and the effect is theirs alone, which the "
    "verdict says. For the effect on the treated only high probabilities count."
)


def trim_option(trim: float | str | None) -> str:
    """What stands for a setting in the picker."""
    return NOBODY if trim is None else trim if isinstance(trim, str) else f"{trim:g}"


def trim_field(held: str = NOBODY, *, key: str | None = None) -> float | str | None:
    """Draw the picker; returns the setting. held: an option to offer besides, such as one of a link."""
    options = list(dict.fromkeys([*TITLES, held]))
    chosen = st.selectbox("Leave out who has no comparable units", options, format_func=_title, key=key, help=HELP)
    return None if chosen == NOBODY else chosen if chosen == "auto" else float(chosen)


def show_trimming(trimming: Mapping[str, Any] | None) -> None:
    """Who was left out of a study, as it was asked; nothing where nobody was to be."""
    if trimming is None:
        return
    st.info(controls.plain(trimming["sentence"]), icon=":material/content_cut:")
    if not trimming["rules"]:
        return
    titles = ("left out: units with", "propensity mostly", "of them trimmed")
    show_rules(trimming["rules"], titles=titles, name="trimmed", alt="Rules for the units that were left out")
    st.caption("The cut is on the propensity; the rules only say in the covariates' own units who that mostly is.")


def _title(option: str) -> str:
    if option in TITLES:
        return TITLES[option]
    cut = 100 * float(option)
    return f"under {cut:g} % or over {100 - cut:g} %"
