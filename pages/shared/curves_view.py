"""What an estimator found besides its one number: a curve over doses or days, arms, a jump, a first stage, parts."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from core.figures import effect_curves
from core.figures.theme import Figure
from pages.shared import controls

Draw = Callable[[dict[str, Any], dict[str, Any]], Figure]


def show_curves(result: dict[str, Any]) -> None:
    """One figure for each estimate that has more to show."""
    for row in result["estimates"]:
        drawer = DRAWERS.get(row["estimator"])
        if drawer is None or not row["details"]:
            continue
        needed, draw = drawer
        if not row["details"].get(needed):
            continue
        st.markdown(f"**{controls.plain(row['title'])}**")
        controls.figure(
            draw(row["details"], result),
            caption=f"{result['outcome_title']}; {result['population']}. Bands and bars: 95 % intervals.",
            alt=f"{row['title']}: more than one number",
            name=f"curve-{row['estimator']}",
            remarks=row["notes"],
        )
        checks = [each for each in row["details"].values() if isinstance(each, dict) and "passed" in each]
        for check in checks:
            st.markdown(f"- {controls.plain(str(check['sentence']))}")


def has_curves(result: dict[str, Any]) -> bool:
    """Whether there is anything to show."""
    rows = result.get("estimates") or ()
    return any(row["estimator"] in DRAWERS and row["details"].get(DRAWERS[row["estimator"]][0]) for row in rows)


def _strategies(details: dict[str, Any], result: dict[str, Any]) -> Figure:
    treated, outcome = result["treatment_title"], result["outcome_title"]
    return effect_curves.strategy_curves(details["curve"], treated=treated, control=f"no {treated}", outcome=outcome)


# By estimator: what of its details is needed, and what draws it.
DRAWERS: Final[dict[str, tuple[str, Draw]]] = {
    "arms": (
        "against_control",
        lambda details, result: effect_curves.arms_forest(details["against_control"], unit=result["outcome_unit"]),
    ),
    "dose_response": (
        "curve",
        lambda details, result: effect_curves.dose_curve(
            details["curve"],
            dose=result["treatment_title"],
            outcome=result["outcome_title"],
            unit=result["outcome_unit"],
        ),
    ),
    "survival": (
        "curves",
        lambda details, result: effect_curves.time_curves(details["curves"], outcome=result["outcome_title"]),
    ),
    "clone_censor_weight": ("curve", _strategies),
    "per_protocol": ("curve", _strategies),
    "discontinuity": (
        "bins",
        lambda details, result: effect_curves.jump_at_cutoff(
            details, outcome=result["outcome_title"], unit=result["outcome_unit"]
        ),
    ),
    "instrument": (
        "bins",
        lambda details, result: effect_curves.first_stage(
            details,
            instrument=str(details.get("instrument_title") or "the instrument"),
            treatment=result["treatment_title"],
            outcome=result["outcome_title"],
            unit=result["outcome_unit"],
        ),
    ),
    "mediation": (
        "rows",
        lambda details, result: effect_curves.effect_parts(details["rows"], unit=result["outcome_unit"]),
    ),
}
