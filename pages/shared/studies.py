"""What the page on estimates shows of a study: the verdict first, then every number and every check behind it."""

import time
from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.effects.question import CausalQuestion, sentence
from core.effects.study_spec import StudySpec, settings_now
from core.figures.diagnosis import love_plot, mirrored_propensities
from core.figures.graph import causal_graph
from core.graphs.causal_graph import read_plain
from core.jobs.queue import submit
from core.storage.engine import Log
from core.storage.runs import ACTIVE, find_partial, find_run, list_runs, partial_mark
from pages.shared import cached, controls, question_state, state, words
from pages.shared.battery_views import show_battery, show_other_tools, show_planted
from pages.shared.curves_view import has_curves, show_curves
from pages.shared.estimates_view import show_estimates, show_numbers
from pages.shared.protocol_view import show_protocol
from pages.shared.verdict_view import show_first_answer, show_verdict

FEW = 5  # checks that have room beside the estimates
FIRST_ANSWER_SECONDS: Final = 1.5  # so long a page waits for the first findings, rather than look again later


def study_in_hand(log: Log, question: CausalQuestion) -> str | None:
    """The run to show: the one in the URL if it asks this question, else the newest that does, on this version."""
    asked = StudySpec(question=question).plain()
    runs = list_runs(cached.workspace(), kind="study", log_id=log.log_id)
    same = [row["run_id"] for row in runs if row["version_id"] == log.version_id and settings_now(row["spec"]) == asked]
    remembered = state.recall(state.STUDY)
    if remembered in same:
        return remembered
    if same:
        state.remember(state.STUDY, same[0])
    return same[0] if same else None


def begin(log: Log, question: CausalQuestion) -> None:
    """Queue the study of a question; of a click, so that a worker has it before the page is drawn again."""
    run_id = submit(
        cached.workspace(),
        "study",
        StudySpec(question=question).plain(),
        title=sentence(question),
        log_id=log.log_id,
        version_id=log.version_id,
    )
    state.remember(state.STUDY, run_id)


def show_assumptions(question: CausalQuestion) -> None:
    """What the analyst has marked or drawn in the causal graph, if anything."""
    if question.graph_id is not None:
        st.markdown(":blue-badge[:material/account_tree: with a graph of your own]")
    if question.unmeasured:
        names = " and ".join(controls.plain(name) for name in question.unmeasured)
        st.markdown(f":orange-badge[:material/visibility_off: marked as unmeasured: {names}]")


def so_far(run_id: str) -> Callable[[], int | None]:
    """What draws the findings of a study under way; before there are any it waits a little, for the first come soon."""

    def draw() -> int | None:
        mark = _soon(run_id)
        known = find_partial(cached.workspace(), run_id)
        goes_on = find_run(cached.workspace(), run_id)["status"] in ACTIVE
        if known is not None:
            show_study(known, goes_on=goes_on)
        elif goes_on:  # of one that was refused nothing will come
            st.skeleton(height=160)
        return mark

    return draw


def _soon(run_id: str) -> int | None:
    """The mark of what there is to draw, taken before it is read, so that what comes meanwhile is drawn next."""
    until = time.monotonic() + FIRST_ANSWER_SECONDS
    while (mark := partial_mark(cached.workspace(), run_id)) is None:
        if time.monotonic() > until or find_run(cached.workspace(), run_id)["status"] not in ACTIVE:
            return None
        time.sleep(0.02)
    return mark


def show_study(result: dict[str, Any], *, goes_on: bool = False) -> None:
    """The whole study, from the verdict to its attrition; of one under way or stopped, the chapters there are."""
    unit = result["outcome_unit"]
    if "verdict" in result:
        show_verdict(result, unit)
        with st.container(horizontal=True):
            controls.go_to("diagnose.py", "Diagnose it", diagnosed=result["run_id"])
            _ask_at_moments(result)
    else:
        show_first_answer(result, goes_on=goes_on)
        if "overlap" not in result:
            return  # what takes longer to draw waits for the next chapter
    if "estimates" in result:
        left, right = st.columns([3, 2])
        with left:
            st.subheader("From raw to adjusted", anchor=False)
            show_estimates(result)
        with right:
            st.subheader("Checks", anchor=False)
            show_checks(result)
        show_numbers(result)
    chapters = {title: show for title, (is_there, show) in CHAPTERS.items() if is_there(result)}
    for tab, show in zip(st.tabs(list(chapters)), chapters.values(), strict=True):
        with tab:
            show(result)


def _ask_at_moments(result: dict[str, Any]) -> None:
    """A link to the same question at moments at which everybody is there, where it may be who stays."""
    verdict, asked = result["verdict"], (result.get("spec") or {}).get("question")
    if not asked or "who_stays" not in (*(verdict.get("failed") or ()), *(verdict.get("missing") or ())):
        return
    question_state.link_to_moments(asked, result["treated"])


def show_checks(result: dict[str, Any]) -> None:
    """Every check with its answer and its sentence; no answer is not a pass."""
    checks = [
        ("Overlap", result.get("overlap")),
        ("Overlap for the ATT", (result.get("overlap") or {}).get("offered")),
        ("Balance", result.get("balance")),
        ("Leaks of the treatment", result.get("leak")),
        *((row["title"], row) for row in result.get("refutations") or ()),
        ("Negative-control battery", result.get("battery")),
        *([] if _said_of_the_headline(result) else [("Sensitivity to a hidden cause", result.get("sensitivity"))]),
    ]
    held = [(title, check) for title, check in checks if check]
    passed = [(title, check) for title, check in held if check["passed"] is True]
    for title, check in held:
        if check["passed"] is not True:
            _show_check(title, check)
    if passed:
        with st.expander(f"{len(passed)} of {len(held)} checks passed", expanded=len(passed) < FEW):
            for title, check in passed:
                _show_check(title, check)


def _said_of_the_headline(result: dict[str, Any]) -> bool:
    """Whether a refuter says how strong a hidden cause would have to be; the regression's answer is another number."""
    return any(row["name"] == "unobserved_common_cause" for row in result.get("refutations") or ())


def _show_check(title: str, check: dict[str, Any]) -> None:
    answer = words.ANSWERS[check["passed"]]
    st.markdown(f"**{controls.plain(title)}** {answer}  \n{controls.plain(check['sentence'])}")


def show_overlap(result: dict[str, Any]) -> None:
    """Are there comparable units in both arms?"""
    controls.figure(
        mirrored_propensities(result["overlap"]),
        caption="How likely each unit was to be treated, by its covariates and as learnt from other users. "
        "Where one side is empty, nobody there can be compared.",
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


def show_identification(result: dict[str, Any]) -> None:
    """What the causal graph says: the drawing, the sentence, the adjustment formula."""
    identified = result["identification"]
    controls.figure(
        causal_graph(read_plain(identified["graph"]), adjusted=identified["adjustment_set"]),
        caption="Filled: adjusted for. Dashed: not measured.",
        alt="The causal graph of this study",
        name="study-graph",
    )
    names = [node["name"] for node in identified["graph"]["nodes"]]
    st.markdown(controls.plain(words.as_drawn(identified["sentence"], names)))
    if identified["identifiable"] and identified.get("unadjusted"):  # a study estimates by adjustment alone
        st.warning(controls.plain(words.as_drawn(identified["unadjusted"], names)))
    st.code(words.as_drawn(identified["expression"], names), language=None, wrap_lines=True)
    if stated := identified.get("dowhy"):
        st.caption(controls.plain(words.as_drawn(stated["sentence"], names)))
        if stated.get("estimand"):
            with st.expander("In DoWhy's words"):
                st.code(stated["estimand"], language=None)


def show_units(result: dict[str, Any]) -> None:
    """Who is in the analysis, and who was left out by which rule."""
    controls.table(pd.DataFrame(result["attrition"]), name="attrition", alt="Units left after each rule")
    controls.notes(result.get("notes") or [])


def _holds(chapter: str) -> Callable[[dict[str, Any]], bool]:
    return lambda result: bool(result.get(chapter))


# Tabs of a study: whether the result has it, and what shows it.
CHAPTERS: Final[dict[str, tuple[Callable[[dict[str, Any]], bool], Callable[[dict[str, Any]], None]]]] = {
    "Overlap": (lambda result: "edges" in (result.get("overlap") or {}), show_overlap),
    "Balance": (_holds("balance"), show_balance),
    "Curves": (has_curves, show_curves),
    "Null pairs": (_holds("battery"), lambda result: show_battery(result["battery"])),
    "Other tools": (_holds("other_tools"), lambda result: show_other_tools(result["other_tools"])),
    "Planted effects": (_holds("planted"), lambda result: show_planted(result["planted"])),
    "Units": (_holds("attrition"), show_units),
    "Protocol": (_holds("spec"), show_protocol),
    "Identification": (_holds("identification"), show_identification),
}
