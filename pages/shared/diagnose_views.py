"""What Diagnose shows of a study: who can be compared, whether weighting made the arms alike, what it changed."""

from typing import Any

import pandas as pd
import streamlit as st

from core.figures.diagnosis import love_plot, mirrored_propensities, waterfall
from pages.shared import controls, power_view, trim_field, words
from pages.shared.rule_table import show_rules

LOVE_ROWS = 30  # with more covariates their groups are drawn
ROUNDED = st.column_config.NumberColumn(format="%.3f")


def show_diagnosis(result: dict[str, Any]) -> None:
    """Everything about whether the arms can be compared, the gravest first."""
    found = result.get("diagnosis")
    if found is None:
        st.info("This study was made before studies were diagnosed; estimate its question again to see more.")
    else:
        _show_overlap(result, found)
    _show_balance(result["balance"])
    if found is not None:
        _show_waterfall(found["waterfall"])
        power_view.show_power(found["power"])


def _heading(title: str, check: dict[str, Any]) -> None:
    st.subheader(title, anchor=False)
    st.markdown(f"{words.ANSWERS[check['passed']]} {controls.plain(check['sentence'])}")


def _show_overlap(result: dict[str, Any], found: dict[str, Any]) -> None:
    if found["support"] is not None:
        _heading("Are there units to compare?", found["support"])
        if found["support"]["rows"]:
            arms = [
                {
                    "arm": row["arm"],
                    "units": row["units"],
                    "worth, once weighted": round(row["effective_units"]),
                    "largest weight": _percent(row["largest_weight_share"]),
                }
                for row in found["support"]["rows"]
            ]
            controls.table(pd.DataFrame(arms), name="support", alt="What each arm is worth", counted="units")
        return
    overlap = found["overlap"]
    trim_field.show_trimming(result.get("trimming"))
    _heading("Are there units to compare?", overlap)
    for refused in result.get("refused") or []:
        st.warning(
            f"Refused for the {refused['estimand']}: {controls.plain(refused['sentence'])}", icon=":material/block:"
        )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        controls.figure(
            mirrored_propensities(overlap),
            caption="Probability of treatment given the covariates, learnt without the unit's own user. Where one side "
            "is empty, nobody there can be compared.",
            alt="Propensities of the treated above those of the controls",
            name="diagnose-propensities",
        )
    with right:
        _show_key_figures(overlap)
        _show_alternatives(found["alternatives"], overlap["estimand"])
    _show_exclusion(result, found["exclusion"])


def _show_key_figures(overlap: dict[str, Any]) -> None:
    units = overlap["effective_units"]
    first, second = st.columns(2)
    alone, title = (
        ("alone_share", "Treated alone") if overlap["estimand"] == "ATT" else ("outside_share", "Not comparable")
    )
    first.metric(title, _percent(overlap[alone]), border=True)
    second.metric("Largest weight", _percent(overlap["largest_weight_share"]), border=True)
    first.metric("Treated are worth", f"{units['treated'] or 0:,.0f} units", border=True)
    second.metric("Controls are worth", f"{units['control'] or 0:,.0f} units", border=True)
    st.caption(
        f"For the {overlap['estimand']}. {title} (outside the common support): under 5 % or over 95 % "
        "likely to be treated, even with arms of equal size. Largest weight: of its arm. Worth: so many units of "
        "equal weight would tell as much (effective sample size)."
    )


def _show_alternatives(alternatives: list[dict[str, Any]], used: str) -> None:
    """What may be asked instead, each with its own answer."""
    names = {"ATT": "The treated alone (ATT)", "ATO": "The overlap population (ATO)"}
    for other in alternatives:
        if other["estimand"] != used:
            answer = words.ANSWERS[other["passed"]]
            st.markdown(f"**{names[other['estimand']]}** {answer}  \n{controls.plain(other['sentence'])}")


def _show_exclusion(result: dict[str, Any], exclusion: dict[str, Any]) -> None:
    """Who has no comparable units, as a rule; and the effect among those who remain without them."""
    st.markdown(f"**Who cannot be compared?** {controls.plain(exclusion['sentence'])}")
    if not exclusion["rules"]:
        return
    titles = ("units with", "which are", "without comparable")
    show_rules(exclusion["rules"], titles=titles, name="rules", alt="Rules for units without comparable ones")
    effect = exclusion.get("effect")
    if effect is not None:
        unit = result["outcome_unit"]
        with st.container(border=True):
            st.markdown(
                f"**Restated to those who remain: {words.effect(effect['value'], unit)}** "
                f"({words.interval(effect['low'], effect['high'], unit)}, {effect['estimand']})  \n"
                f"Population: {controls.plain(exclusion['population'])}. A number about fewer "
                "people, offered beside the headline; none of them was left out of the study itself. To learn all anew "
                "on units with comparable ones, trim: *Leave out who has no comparable units* when you ask."
            )


def _show_balance(balance: dict[str, Any]) -> None:
    rows = balance["rows"]
    measure = balance.get("measure", "difference in standard deviations")
    dose = measure.startswith("correlation")
    _heading("What goes with the amount?" if dose else "Did weighting make the arms alike?", balance)
    if not rows:
        return
    if balance.get("remark"):
        st.caption(controls.plain(balance["remark"]))
    groups = balance.get("groups") or []
    many = len(rows) > LOVE_ROWS and groups
    what = f"The {len(groups)} groups of {len(rows)} covariates, each by its worst" if many else "Each covariate"
    controls.figure(
        love_plot(groups if many else rows, measure=measure),
        caption=f"{what}: the {measure}; the dashed line is at 0.1.",
        alt="Balance of covariates before and after weighting",
        name="diagnose-love-plot",
    )
    with st.expander(f"All {len(rows)} covariates: differences, variance ratios, distributions"):
        frame = pd.DataFrame(rows).drop(columns="covariate")
        controls.table(
            frame.rename(columns=lambda name: str(name).replace("_", " ").replace("ks ", "KS ")),
            name="diagnose-balance",
            alt="Balance per covariate",
            columns={str(name).replace("_", " ").replace("ks ", "KS "): ROUNDED for name in frame.columns[2:]},
        )
        st.caption("Variance ratios are best near 1, KS (the largest gap between the distributions) near 0.")
        if balance.get("products"):
            st.markdown("**Squares and products** of the covariates that differed most")
            controls.table(
                pd.DataFrame(balance["products"]),
                name="diagnose-products",
                alt="Balance of squares and products",
                columns={"before": ROUNDED, "after": ROUNDED},
            )


def _show_waterfall(found: dict[str, Any]) -> None:
    _heading("What did adjustment change?", found)
    if not found["bars"]:
        return
    arms = found.get("arms") or ()
    if not arms:
        _show_way(found, "")
        return
    st.caption("Each arm against the control, over the units of all arms.")
    for place, (tab, way) in enumerate(zip(st.tabs([controls.plain(way["arm"]) for way in arms]), arms, strict=True)):
        with tab:
            _show_way(way, f"-{place}")


def _show_way(found: dict[str, Any], suffix: str) -> None:
    """From raw to adjusted, of two arms or of an amount."""
    unit = found["unit"]
    controls.figure(
        waterfall(found["bars"], unit=unit),
        caption=f"From raw to headline, whatever the order of the groups: {found['method']}. Whiskers: 95 % intervals.",
        alt="From the raw difference to the adjusted effect, by covariate group",
        name=f"waterfall{suffix}",
    )
    frame = pd.DataFrame(
        [
            {
                "group": row["title"],
                "changes it by": words.effect(row["value"], unit),
                "95 % interval": words.interval(row["low"], row["high"], unit),
                "in one regression (Gelbach)": words.effect(row["gelbach_value"], unit),
                "its 95 % interval": words.interval(row["gelbach_low"], row["gelbach_high"], unit),
            }
            for row in found["rows"]
        ]
    )
    with st.expander("As a table, beside Gelbach's parts of one regression"):
        controls.table(frame, name=f"waterfall-parts{suffix}", alt="What each covariate group changes")


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{100 * share:.1f} %"
