"""How small an effect a study could have seen, and how many units another one would take."""

from typing import Any

import pandas as pd
import streamlit as st

from core.effects.diagnosis.power import units_needed
from pages.shared import controls, state, words


def show_power(found: dict[str, Any]) -> None:
    """The minimal detectable effects, and the units that a smaller effect would need."""
    st.subheader("How small an effect could be seen?", anchor=False)
    st.markdown(f"{words.ANSWERS[found['passed']]} {controls.plain(found['sentence'])}")
    if found["after"] is None:
        return
    first, second, third = st.columns(3)
    for column, when in ((first, "before"), (second, "after")):
        with column.container(border=True):
            st.metric(f"{when.capitalize()} adjusting", _size(found, when))
            st.caption(_relative(found, when))
    with third:
        scale = 100 if found["unit"] == "share" else 1
        name = "percentage points" if found["unit"] == "share" else found["unit"]
        wanted = st.number_input(
            f"Effect that would matter, in {controls.plain(name)}",
            min_value=0.0,
            value=float(f"{scale * found['after'] / 2:.2g}"),
            format="%g",
            key=state.WANTED_EFFECT,
        )
        if wanted > 0:
            needed = units_needed(wanted / scale, found["units"], found["after"])
            st.caption(f"To see it 4 times in 5 takes about **{needed:,} units**; there are {found['units']:,}.")
    if found["rows"]:
        with st.expander("Units needed for other effects"):
            frame = pd.DataFrame(
                [
                    {
                        "of the control mean": f"{100 * row['relative']:.0f} %",
                        "effect": words.effect(row["effect"], found["unit"]),
                        "units": row["units"],
                    }
                    for row in found["rows"]
                ]
            )
            controls.table(frame, name="power", alt="Units needed for effects of several sizes")


def _size(found: dict[str, Any], when: str) -> str:
    value = found[when]
    return "unknown" if value is None else words.effect(value, found["unit"]).removeprefix("+")


def _relative(found: dict[str, Any], when: str) -> str:
    share = found[f"{when}_relative"]
    return "not relative to a control mean" if share is None else f"{100 * share:.2g} % of the control mean"
