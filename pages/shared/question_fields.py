"""The fields of the question's form that depend on how treatment and outcome are measured, and on the design."""

from typing import Any, Final

import streamlit as st

from core.effects.question import EVERYBODY, CausalQuestion
from core.effects.question_parts import BeforeAfter, FirstExposure, Landmark, OneOf, Recommended, Retention, Shown, Took
from core.events.definitions.rules import kinds_of
from core.storage.engine import Log
from core.storage.runs import list_runs
from pages.shared import cached, state
from pages.shared.trim_field import trim_field, trim_option

TREATED_AS: Final = {
    "did": "it happened",
    "dose": "how much of it (a dose)",
    "arms": "which of several arms",
    "slot": "shown in a slot",
    "recommended": "on a model's list",
    "segment": "in the segment at time zero",
}
OUTCOME_AS: Final = {
    "did": "happens",
    "count": "how often",
    "value": "sum of values",
    "time_to": "how soon",
    "retention": "happens later (retention)",
}
DESIGNS: Final = {
    "landmark": "at an event of each session",
    "first_exposure": "at the first treatment",
    "before_after": "before and after it",
}
CONTRASTS: Final = {"intention_to_treat": "Intention to treat", "per_protocol": "Per protocol"}
UPTAKES: Final = {"as_taken": "As taken up", "clone_censor_weight": "Clone, censor and weight"}
EVERYONE: Final = "all users"


def values_of(question: CausalQuestion) -> dict[str, Any]:
    """{widget key: value}: the question in hand as the form shows it."""
    measure, outcome, design = question.treatment_measure, question.outcome_measure, question.design
    exposure = design if isinstance(design, FirstExposure) else FirstExposure()
    return {
        state.POPULATION: question.population,
        state.TREATED_AS: measure.kind,
        state.TIMES: measure.times if isinstance(measure, Took) else 1,
        state.DOSE_OF: measure.of if measure.kind == "dose" else "count",
        state.ARM_COLUMN: measure.column if isinstance(measure, OneOf) else None,
        state.REFERENCE: question.control if isinstance(measure, OneOf) else None,
        state.POSITION: measure.position if isinstance(measure, Shown) else 1,
        state.LIST_RUN: measure.run_id if isinstance(measure, Recommended) else None,
        state.LISTED: measure.list_length if isinstance(measure, Recommended) else 10,
        state.OUTCOME_AS: outcome.kind if outcome.kind in OUTCOME_AS else "did",
        state.FROM_DAYS: outcome.from_days if isinstance(outcome, Retention) else 7.0,
        state.DESIGN: design.kind,
        state.LANDMARK: design.landmark_event if isinstance(design, Landmark) else 3,
        state.CONTROLS: exposure.controls_per_treated,
        state.ACTIVE_DAYS: exposure.active_days,
        state.CLEAN_DAYS: exposure.clean_days or 0.0,
        state.CONTRAST: question.contrast,
        state.UPTAKE: question.uptake,
        state.ESTIMAND: question.estimand,
        state.TRIM: trim_option(question.trim),
    }


def population_field(choices: dict[str, str]) -> dict[str, Any]:
    """For whom."""
    titles = {EVERYBODY: EVERYONE, **{reference: f"users with {title} before" for reference, title in choices.items()}}
    chosen = st.selectbox(
        "For",
        titles,
        format_func=titles.__getitem__,
        key=state.POPULATION,
        help="Judged at time zero: what a user did later does not make them part of it.",
    )
    return {"population": chosen}


def treatment_fields(log: Log) -> dict[str, Any]:
    """How the treatment is measured, with what that needs to know."""
    offered = _offered_treatments(log)
    state.keep_choice(state.TREATED_AS, offered)
    kind = st.selectbox(
        "counted as", offered, format_func=TREATED_AS.__getitem__, key=state.TREATED_AS, help=_why_not(offered)
    )
    if kind == "did":
        times = st.number_input("at least so many times", 1, 10_000, key=state.TIMES)
        return {"treatment_measure": {"kind": kind, "times": int(times)}}
    if kind == "dose":
        by = ["count", "value"] if "value" in log.columns() else ["count"]
        state.keep_choice(state.DOSE_OF, by)
        of = st.selectbox("the amount is", by, format_func=_dose, key=state.DOSE_OF)
        return {"treatment_measure": {"kind": kind, "of": of}}
    if kind == "arms":
        return _arms(log)
    if kind == "slot":
        position = st.number_input("at position, or further up", 1, 1000, key=state.POSITION)
        return {"treatment_measure": {"kind": kind, "position": int(position)}}
    if kind == "recommended":
        runs = _lists(log)
        state.keep_choice(state.LIST_RUN, runs)
        run_id = st.selectbox("the model", runs, format_func=runs.__getitem__, key=state.LIST_RUN)
        length = st.number_input("the first of its list", 1, 1000, key=state.LISTED)
        return {"treatment_measure": {"kind": kind, "run_id": run_id, "list_length": int(length)}}
    return {"treatment_measure": {"kind": kind}}


def outcome_fields(log: Log) -> dict[str, Any]:
    """How the outcome is measured."""
    offered = [kind for kind in OUTCOME_AS if kind != "value" or "value" in log.columns()]
    state.keep_choice(state.OUTCOME_AS, offered)
    kind = st.selectbox("measured as", offered, format_func=OUTCOME_AS.__getitem__, key=state.OUTCOME_AS)
    if kind == "retention":
        days = st.number_input("from so many days on", 0.0, 3650.0, step=1.0, key=state.FROM_DAYS, format="%g")
        return {"outcome_measure": {"kind": kind, "from_days": float(days)}}
    return {"outcome_measure": {"kind": kind}}


def design_fields() -> dict[str, Any]:
    """When time zero is."""
    kind = st.selectbox("Time zero", DESIGNS, format_func=DESIGNS.__getitem__, key=state.DESIGN)
    if kind == "landmark":
        event = st.number_input(
            "event no.", 1, 100, key=state.LANDMARK, help="The n-th event of a session: both arms are active by then."
        )
        return {"design": {"kind": kind, "landmark_event": int(event)}}
    if kind == "first_exposure":
        first, second = st.columns(2)
        controls = first.number_input(
            "controls per treated",
            1,
            100,
            key=state.CONTROLS,
            help="Of the users at risk at that time, so many are kept by chance; each counts for those it stands for.",
        )
        active = second.number_input("active in the days before", 0.0, 3650.0, key=state.ACTIVE_DAYS, format="%g")
        clean = st.number_input(
            "after so many days without it",
            0.0,
            3650.0,
            key=state.CLEAN_DAYS,
            format="%g",
            help="0: the first one ever in the log. A frequent treatment has hardly any; then say how long it must "
            "have been away.",
        )
        days = {"active_days": float(active), "clean_days": float(clean) or None}
        return {"design": {"kind": kind, "controls_per_treated": int(controls), **days}}
    st.caption("What else changed at that time is not told apart from the treatment.")
    return {"design": BeforeAfter().plain()}


def finer_fields(kind: str, design: str, held: CausalQuestion) -> dict[str, Any]:
    """Contrast, uptake, estimand and who is left out, where the design leaves a choice."""
    asked: dict[str, Any] = {"contrast": "intention_to_treat", "uptake": "as_taken", "estimand": "ATE", "trim": None}
    two_arms = kind in ("did", "slot", "recommended")
    first, second, third = st.columns(3)
    asked["estimand"] = first.segmented_control(
        "Averaged over",
        ["ATE", "ATT", "ATO"],
        key=state.ESTIMAND,
        required=True,
        help="All units (ATE), the treated (ATT), or the overlap population, where either arm was likely (ATO).",
    )
    if two_arms and design != "before_after":
        asked["contrast"] = second.segmented_control(
            "After the treatment window",
            list(CONTRASTS),
            format_func=CONTRASTS.__getitem__,
            key=state.CONTRAST,
            required=True,
            help="Users go their own way, or are censored when they leave their arm.",
        )
    if two_arms and design == "landmark":
        asked["uptake"] = third.segmented_control(
            "Within it",
            list(UPTAKES),
            format_func=UPTAKES.__getitem__,
            key=state.UPTAKE,
            required=True,
            help="Clone, censor and weight: each unit is in both arms until it leaves one, so that an outcome that "
            "came before any uptake is not the control arm's alone.",
        )
    if (two_arms or kind == "segment") and design != "before_after" and asked["estimand"] != "ATO":
        asked["trim"] = trim_field(trim_option(held.trim), key=state.TRIM)
    return asked


def _arms(log: Log) -> dict[str, Any]:
    columns = [column for column, kind in kinds_of(log.manifest).items() if kind in ("text", "boolean")]
    columns = sorted(columns, key=lambda column: column != "arm")
    state.keep_choice(state.ARM_COLUMN, columns)
    column = st.selectbox("told by the column", columns, key=state.ARM_COLUMN)
    control = st.text_input("compared with", key=state.REFERENCE, placeholder="the most frequent one")
    return {"treatment_measure": {"kind": "arms", "column": column}, "control": (control or "").strip() or None}


def _offered_treatments(log: Log) -> list[str]:
    missing = {
        "slot": "position" not in log.columns(),
        "recommended": not _lists(log),
        "arms": not any(kind in ("text", "boolean") for kind in kinds_of(log.manifest).values()),
    }
    return [kind for kind in TREATED_AS if not missing.get(kind)]


def _why_not(offered: list[str]) -> str | None:
    needs = {"slot": "a column with positions", "recommended": "a trained model", "arms": "a column of text"}
    absent = [f"'{TREATED_AS[kind]}' needs {needs[kind]}" for kind in TREATED_AS if kind not in offered]
    return "; ".join(absent).capitalize() + "." if absent else None


def _lists(log: Log) -> dict[str, str]:
    runs = list_runs(cached.workspace(), kind="train", log_id=log.log_id)
    return {row["run_id"]: str(row["title"]) for row in runs if row["status"] == "done"}


def _dose(of: str) -> str:
    return "how many" if of == "count" else "the sum of their values"
