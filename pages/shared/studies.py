"""What the page on estimates shows of a study: the verdict first, then every number and every check behind it."""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.effects.question import CausalQuestion
from core.effects.study_spec import StudySpec
from core.figures.diagnosis import love_plot, mirrored_propensities
from core.figures.effects import forest
from core.figures.graph import causal_graph
from core.graphs.causal_graph import read_plain
from core.storage.engine import Log
from core.storage.runs import list_runs
from pages.shared import cached, controls, state, words

LIGHTS: dict[str, tuple[Literal["green", "orange", "red"], str]] = {
    "green": ("green", "check_circle"),
    "amber": ("orange", "warning"),
    "red": ("red", "cancel"),
}
PASSED = {True: ":green[:material/check_circle: passed]", False: ":red[:material/cancel: failed]"}
UNKNOWN = ":orange[:material/help: no answer]"


def study_in_hand(log: Log, question: CausalQuestion) -> str | None:
    """The run to show: the one in the URL if it asks this question, else the newest that does, on this version."""
    asked = StudySpec(question=question).plain()
    runs = list_runs(cached.workspace(), kind="study", log_id=log.log_id)
    same = [row["run_id"] for row in runs if row["spec"] == asked and row["version_id"] == log.version_id]
    remembered = state.recall(state.STUDY)
    if remembered in same:
        return remembered
    if same:
        state.remember(state.STUDY, same[0])
    return same[0] if same else None


def show_assumptions(question: CausalQuestion) -> None:
    """What the analyst has marked or drawn in the causal graph, if anything."""
    if question.graph_id is not None:
        st.markdown(":blue-badge[:material/account_tree: with a graph of your own]")
    if question.unmeasured:
        names = " and ".join(controls.plain(name) for name in question.unmeasured)
        st.markdown(f":orange-badge[:material/visibility_off: marked as unmeasured: {names}]")


def show_study(result: dict[str, Any]) -> None:
    """The whole study, from the verdict to its attrition."""
    unit = result["outcome_unit"]
    show_verdict(result, unit)
    left, right = st.columns([3, 2])
    with left:
        st.subheader("From raw to adjusted", anchor=False)
        show_estimates(result, unit)
    with right:
        st.subheader("Checks", anchor=False)
        show_checks(result)
    overlap, balance, units, graph = st.tabs(["Overlap", "Balance", "Units", "Identification"])
    with overlap:
        show_overlap(result)
    with balance:
        show_balance(result)
    with units:
        show_units(result)
    with graph:
        show_identification(result["identification"])


def headline_of(result: dict[str, Any]) -> dict[str, Any] | None:
    """The estimate that the verdict is about."""
    return next((row for row in result["estimates"] if row["estimator"] == result["headline"]["estimator"]), None)


def show_verdict(result: dict[str, Any], unit: str) -> None:
    """Size, interval, light, grade, reasons, and what was not checked. A red number is struck through."""
    verdict, main = result["verdict"], headline_of(result)
    colour, icon = LIGHTS[verdict["light"]]
    with st.container(border=True, key="verdict"):
        number, words_of = st.columns([1, 2.2])
        with number:
            st.badge(f"{verdict['light'].capitalize()} light", icon=f":material/{icon}:", color=colour)
            if main is not None:
                size = words.effect(main["value"], unit)
                st.markdown(f"# ~~{size}~~" if verdict["light"] == "red" else f"# {size}")
                st.markdown(
                    f"95 % interval {words.interval(main['low'], main['high'], unit)}  \n"
                    f":gray[{controls.plain(main['title'])}, {main['estimand']}; control mean "
                    f"{words.amount(result['baseline'], unit)}]"
                )
        with words_of:
            st.markdown(f"**{controls.plain(verdict['sentence'])}**")
            more = [reason for reason in verdict["reasons"] if reason not in verdict["sentence"]]
            st.markdown("\n".join(f"- {controls.plain(reason)}" for reason in more))
            st.markdown(f":gray[Grade {words.GRADES.get(verdict['grade'], verdict['grade'])}.]")
            if verdict["not_checked"]:
                unchecked = "; ".join(controls.plain(name) for name in verdict["not_checked"])
                st.markdown(f":gray[Not checked: {unchecked}.]")


def show_estimates(result: dict[str, Any], unit: str) -> None:
    """All estimators on one axis, the known truth with them, and the numbers as a table."""
    truth = result.get("truth") or {}
    known = truth.get("att" if result["headline"]["estimand"] == "ATT" else "ate")
    with_truth = known is not None and st.toggle("Show the demo's known truth", value=True, key=state.SHOW_TRUTH)
    controls.figure(
        forest(
            result["estimates"],
            unit=unit,
            truth=known if with_truth else None,
            headline=result["headline"]["estimator"],
            supported=result["verdict"]["light"] == "green",
        ),
        caption=f"{result['outcome_title']}; {result['units']:,} units ({result['treated']:,} treated, "
        f"{result['control']:,} control), {result['population']}. Bars: 95 % intervals.",
        alt="Every estimate with its interval",
        name="forest",
    )
    for refused in result["refused"]:
        st.warning(f"{refused['estimand']}: {controls.plain(refused['sentence'])}", icon=":material/block:")
    frame = pd.DataFrame(
        [
            {
                "estimator": row["title"],
                "estimand": row["estimand"],
                "effect": words.effect(row["value"], unit),
                "95 % interval": words.interval(row["low"], row["high"], unit),
                "se": row["se"],
            }
            for row in result["estimates"]
        ]
    )
    controls.table(frame.drop(columns="se"), name="estimates", alt="Estimates with intervals")


def show_checks(result: dict[str, Any]) -> None:
    """Every check with its answer and its sentence; no answer is not a pass."""
    checks = [
        ("Overlap", result["overlap"]),
        ("Overlap for the ATT", result["overlap"].get("offered")),
        ("Balance", result["balance"]),
        *((row["title"], row) for row in result["refutations"]),
        ("Sensitivity to a hidden cause", result["sensitivity"]),
    ]
    for title, check in checks:
        if check:
            answer = PASSED.get(check["passed"], UNKNOWN)
            st.markdown(f"**{controls.plain(title)}** {answer}  \n{controls.plain(check['sentence'])}")


def show_overlap(result: dict[str, Any]) -> None:
    """Are there comparable units in both arms?"""
    controls.figure(
        mirrored_propensities(result["overlap"]),
        caption="Cross-fitted propensities. Where one side is empty, nobody there can be compared.",
        alt="Propensities of the treated above those of the controls",
        name="propensities",
    )


def show_balance(result: dict[str, Any]) -> None:
    """Are the arms alike in what was measured, once weighted?"""
    rows = result["balance"]["rows"]
    if not rows:
        st.info("There is no covariate to balance.")
        return
    controls.figure(
        love_plot(rows),
        caption="Difference of the arms' means in standard deviations; the dashed line is at 0.1.",
        alt="Balance of covariates before and after weighting",
        name="love-plot",
    )
    controls.table(
        pd.DataFrame(rows)[["title", "group", "before", "after"]], name="balance", alt="Balance per covariate"
    )


def show_identification(identified: dict[str, Any]) -> None:
    """What the causal graph says: the drawing, the sentence, the adjustment formula."""
    controls.figure(
        causal_graph(read_plain(identified["graph"]), adjusted=identified["adjustment_set"]),
        caption="Filled: adjusted for. Dashed: not measured.",
        alt="The causal graph of this study",
        name="study-graph",
    )
    st.markdown(controls.plain(identified["sentence"]))
    if identified["identifiable"] and identified.get("unadjusted"):
        st.warning(controls.plain(identified["unadjusted"]))  # a study estimates by adjustment alone
    st.code(identified["expression"], language=None, wrap_lines=True)
    if stated := identified.get("dowhy"):
        st.caption(controls.plain(stated["sentence"]))
        if stated.get("estimand"):
            with st.expander("In DoWhy's words"):
                st.code(stated["estimand"], language=None)


def show_units(result: dict[str, Any]) -> None:
    """Who is in the analysis, and who was left out by which rule."""
    controls.table(pd.DataFrame(result["attrition"]), name="attrition", alt="Units left after each rule")
    controls.notes(result.get("notes") or [])
