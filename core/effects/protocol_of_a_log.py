"""The part of the protocol card that a question of a log fills in: who, what, from when, for how long."""

from collections.abc import Mapping
from typing import Any

from core.effects.groups import called
from core.effects.question import EVERYBODY, CausalQuestion, duration
from core.effects.question_parts import (
    BeforeAfter,
    FirstExposure,
    InSegment,
    OneOf,
    Retention,
    SavedMetric,
    TimeTo,
    amount_of,
    summed_column,
)

Row = tuple[str, str]  # as the trial would have it, as the log has it


def of_a_log(question: CausalQuestion, study: Mapping[str, Any]) -> dict[str, Row]:
    """Eligibility to outcome, by element."""
    return {
        "Eligibility": (_ideal_eligibility(question), _eligibility(question, study)),
        "Treatment strategies": (_ideal_strategies(question), _strategies(question, study)),
        "Assignment": (_ideal_assignment(question), _assignment(question, study)),
        "Time zero": (
            "When eligibility is met: there the arm is drawn and follow-up starts.",
            _time_zero(question),
        ),
        "Follow-up": (
            f"{_capital(duration(question.outcome_window_days))} from time zero, the same for everybody.",
            _follow_up(question),
        ),
        "Outcome": (f"{_capital(question.outcome_title)}, measured alike in both arms.", _outcome(question)),
    }


def _ideal_eligibility(question: CausalQuestion) -> str:
    if isinstance(question.design, BeforeAfter):
        return f"Users who are about to take up {question.taken_up} for the first time."
    who = question.who if question.population != EVERYBODY else "users"
    if isinstance(question.design, FirstExposure):
        days = duration(question.design.active_days)
        return f"{_capital(who)} who were active in the last {days} and never had {question.taken_up}."
    untreated = "" if isinstance(question.treatment_measure, InSegment) else f" without {question.taken_up} so far"
    return f"{_capital(who)} in a session that reaches event {question.landmark_event}{untreated}."


def _eligibility(question: CausalQuestion, study: Mapping[str, Any]) -> str:
    units, users = study.get("units"), study.get("users")
    counted = f"{units:,} units" + (f" of {users:,} users" if users else "") if units else "Units"
    steps = [row["title"] for row in study.get("attrition") or ()]
    rules = f", after the rules: {'; '.join(steps)}" if steps else ""
    again = " A user may be a unit more than once." if units and users and users < units else ""
    return f"{counted} by what was known at time zero{rules}.{again} Lookback: {duration(question.lookback_days)}."


def _ideal_strategies(question: CausalQuestion) -> str:
    name, within = question.taken_up, duration(question.treatment_window_days)
    if isinstance(question.treatment_measure, OneOf):
        return f"One of the values of {question.treatment_measure.column} at the first {name} within {within}."
    if question.treatment_measure.kind == "dose":
        return f"So much of it: {question.treatment_title}."
    if isinstance(question.design, BeforeAfter):
        return f"{_capital(question.treatment_title)} now, or not yet."
    return f"{_capital(question.treatment_title)}, against none."


def _strategies(question: CausalQuestion, study: Mapping[str, Any]) -> str:
    if study.get("treatment_kind") == "dose":
        return f"The amounts that were seen: {study['treatment_title']}, in {study['units']:,} units."
    if study.get("treatment_kind") == "arms":
        return f"The arms that were seen: {', '.join(study.get('arms') or ())}; the first is the control."
    if "treated" not in study:
        return f"As seen in the log: {question.treatment_title}, or none."
    treated, control = f"{study['treated']:,}", f"{study['control']:,}"
    return f"As seen in the log: {treated} units treated ({study['treatment_title']}), {control} not."


def _ideal_assignment(question: CausalQuestion) -> str:
    if isinstance(question.design, BeforeAfter):
        return "By chance, now or later; nobody is blinded."
    return "By chance at time zero; nobody is blinded."


def _assignment(question: CausalQuestion, study: Mapping[str, Any]) -> str:
    if isinstance(question.design, BeforeAfter):
        return (
            "Not by chance, and not between users: the same users before and after, so time itself is not told apart."
        )
    names = (study.get("identification") or {}).get("adjustment_set") or []
    given = f"among units alike in {', '.join(map(called, names))}" if names else "as it is; nothing is adjusted for"
    return f"As it happened in the log; taken to be as good as chance {given}."


def _time_zero(question: CausalQuestion) -> str:
    if isinstance(question.design, FirstExposure):
        return (
            f"Treated: the user's first {question.taken_up}. Controls: moments of users at risk who had none "
            f"until then, {question.design.controls_per_treated} for each treated unit."
        )
    if isinstance(question.design, BeforeAfter):
        return f"The user's first {question.taken_up}, and the same moment one outcome window earlier."
    return (
        f"Event {question.landmark_event} of a session. Covariates come from before it, and from the same session up "
        "to it."
    )


def _follow_up(question: CausalQuestion) -> str:
    window = duration(question.outcome_window_days)
    if isinstance(question.outcome_measure, TimeTo):
        return f"Up to {window} from time zero; who is still without it when the log ends is censored there."
    return (
        f"{_capital(window)} from time zero, the rest of the same session included; units whose windows reach beyond "
        "the log are left out."
    )


def _outcome(question: CausalQuestion) -> str:
    measure = question.outcome_measure
    if amount_of(measure) == "events":
        how = f"how many events that are {question.outcome_name} the log has in the window"
    elif amount_of(measure) == "value":
        how = f"the sum of their {summed_column(measure)} in the window, 0 without any"
    elif isinstance(measure, TimeTo):
        how = "when the first such event came"
    elif isinstance(measure, Retention):
        how = f"whether the log has one from {duration(measure.from_days)} on"
    else:
        how = "whether the log has one in the window"
    saved = ", a metric of this log as it was saved when this was asked" if isinstance(measure, SavedMetric) else ""
    return f"{_capital(question.outcome_title)}{saved}: {how}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
