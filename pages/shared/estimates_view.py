"""Every estimate of a study: on one axis where they share a unit, as a table, and why they differ."""

from typing import Any

import pandas as pd
import streamlit as st

from core.effects.estimate import ESTIMANDS
from core.figures.effects import forest
from pages.shared import controls, state, words
from pages.shared.verdict_view import headline_of, unit_of

SHORT = ("ATE", "ATT", "ATO", "RMTL")  # estimands that have to be told by more than their letters
IN_WORDS = "  \n".join(f"{name}: {ESTIMANDS[name].removesuffix(f' ({name})')}" for name in SHORT)


def show_estimates(result: dict[str, Any]) -> None:
    """The forest with the known truth (if there is one), why its rows differ, what was refused."""
    truth = result.get("truth") or {}
    main = headline_of(result) or {}
    known = truth.get({"ATT": "att", "ATE": "ate"}.get(main.get("estimand", ""), "none"))
    with_truth = known is not None and st.toggle("Show the demo's known truth", value=True, key=state.SHOW_TRUTH)
    same_unit = [row for row in result["estimates"] if unit_of(row, result) == unit_of(main, result)]
    controls.figure(
        forest(
            same_unit,
            unit=unit_of(main, result),
            truth=known if with_truth else None,
            headline=result["headline"]["estimator"],
            supported=(result.get("verdict") or {}).get("light") == "green",
        ),
        caption=f"{result['outcome_title']}; {result['units']:,} units{_by_arm(result)}, {result['population']}. "
        "Bars: 95 % intervals.",
        alt="Every estimate with its interval",
        name="forest",
    )
    if said := (result.get("disagreement") or {}).get("sentence"):
        st.markdown(f":material/difference: {controls.plain(said)}")
    _refused(result)


def show_numbers(result: dict[str, Any]) -> None:
    """Every estimate as a row, in its own unit."""
    frame = pd.DataFrame(
        [
            {
                "estimator": row["title"],
                "estimand": row["estimand"],
                "effect": words.effect(row["value"], unit_of(row, result)),
                "95 % interval": words.interval(row["low"], row["high"], unit_of(row, result)),
                "effective units": _worth(row),
                "notes": " ".join(row["notes"]),
            }
            for row in result["estimates"]
        ]
    )
    columns = {
        "estimator": st.column_config.TextColumn(width=350),
        "estimand": st.column_config.TextColumn(help=IN_WORDS),
        "effective units": st.column_config.TextColumn(help="Treated / control: so many of equal weight tell as much."),
        "notes": st.column_config.TextColumn(width="large"),
    }
    controls.table(frame, name="estimates", alt="Estimates with intervals", columns=columns, whole=True)


def _by_arm(result: dict[str, Any]) -> str:
    """How many were treated; an amount or several arms have no two numbers."""
    two = result.get("treatment_kind", "binary") == "binary"
    return f" ({result['treated']:,} treated, {result['control']:,} control)" if two else ""


def _refused(result: dict[str, Any]) -> None:
    for refused in result.get("refused") or ():
        st.warning(f"{refused['estimand']}: {controls.plain(refused['sentence'])}", icon=":material/block:")
    for offered in result.get("offers") or ():
        st.info(
            f"{controls.plain(offered['sentence'])} Ask for the {offered['estimand']} to have it as the headline.",
            icon=":material/alt_route:",
        )
    controls.notes([f"{each['title']}: {each['sentence']}" for each in result.get("without") or ()])


def _worth(row: dict[str, Any]) -> str:
    units = row["effective_units"]
    return f"{units['treated']:,.0f} / {units['control']:,.0f}"
