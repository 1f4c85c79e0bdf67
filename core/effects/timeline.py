"""The timeline of a question: what is measured when, around time zero, and where the log ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from core.effects.question import CausalQuestion, duration, has_treatment_window
from core.effects.question_parts import BeforeAfter, FirstExposure, InSegment, Retention, TimeTo

Part = Literal["covariates", "treatment", "outcome"]


@dataclass(frozen=True)
class Stretch:
    """One bar: from and to in places along the timeline, which is an order and not a length; 0 is time zero."""

    part: Part
    start: float
    end: float
    says: str


@dataclass(frozen=True)
class Timeline:
    """stretches from the earliest; zero: what time zero is; end: how late it may be for the log to still follow up."""

    stretches: tuple[Stretch, ...]
    zero: str
    end: str


def timeline(question: CausalQuestion, manifest: Mapping[str, Any]) -> Timeline:
    """Every window of the question in words, in the order of time."""
    return Timeline(
        (_covariates(question), *_treatment(question), *_outcome(question)), _zero(question), _end(question, manifest)
    )


def _covariates(question: CausalQuestion) -> Stretch:
    lookback = duration(question.lookback_days)
    if isinstance(question.treatment_measure, InSegment):
        return Stretch("covariates", -3.0, -1.5, f"covariates: {lookback} before that")
    if isinstance(question.design, BeforeAfter):
        return Stretch("covariates", -3.0, -1.5, f"covariates: {lookback} before that")
    return Stretch("covariates", -3.0, 0.0, f"covariates: {lookback} before")


def _treatment(question: CausalQuestion) -> tuple[Stretch, ...]:
    if isinstance(question.treatment_measure, InSegment):
        return (Stretch("treatment", -1.5, 0.0, question.treatment_title),)
    if has_treatment_window(question.treatment_measure, question.design):
        name = question.treatment_title
        return (
            Stretch("treatment", 0.0, 1.2, name if question.treatment_measure.kind != "did" else f"{name}, or not"),
        )
    return ()


def _outcome(question: CausalQuestion) -> tuple[Stretch, ...]:
    title = question.outcome_title
    if isinstance(question.design, BeforeAfter):
        return Stretch("outcome", -1.5, 0.0, f"before: {title}"), Stretch("outcome", 0.0, 4.0, f"after: {title}")
    later = isinstance(question.outcome_measure, Retention)
    return (Stretch("outcome", 2.0 if later else 0.0, 4.0, title),)


def _zero(question: CausalQuestion) -> str:
    if isinstance(question.design, FirstExposure):
        return f"first {question.taken_up}, or a time at risk of it"
    if isinstance(question.design, BeforeAfter):
        return f"first {question.taken_up}"
    return f"event {question.landmark_event} of a session"


def _end(question: CausalQuestion, manifest: Mapping[str, Any]) -> str:
    ends = datetime.fromisoformat(str(manifest["last_at"]))
    if isinstance(question.outcome_measure, TimeTo):
        return f"the log ends on {ends:%-d %b %Y}; whoever has had no {question.outcome_name} by then is censored"
    last = ends - timedelta(days=question.outcome_window_days)
    return f"the log ends on {ends:%-d %b %Y}, so time zero is before {last:%-d %b %Y}"
