"""When what is measured, in whole microseconds from time zero.

The placebo windows lie before the treatment: there it cannot have changed anything, so that an effect is confounding.
"""

from dataclasses import dataclass

from core.effects.question import CausalQuestion, duration
from core.effects.question_parts import BeforeAfter, FirstExposure, InSegment, Landmark, Retention


@dataclass(frozen=True)
class Windows:
    """Offsets from time zero. Covariates: the lookback_us before `covariates_end_us`, end excluded. Outcome: from
    outcome_from_us to outcome_to_us, both included; its clock starts at origin_us. Treatment: treatment_from_us to
    treatment_to_us, both included. placebo: whether the outcome lies before the treatment.
    """

    lookback_us: int
    covariates_end_us: int
    origin_us: int
    outcome_from_us: int
    outcome_to_us: int
    treatment_from_us: int
    treatment_to_us: int
    outcome_name: str
    lookback_name: str
    placebo: bool = False

    @property
    def first_us(self) -> int:
        """Where the earliest window begins, as an offset from time zero."""
        return self.covariates_end_us - self.lookback_us

    @property
    def uptake_to_us(self) -> int:
        """Until when it matters whether the treatment is taken up."""
        return max(self.treatment_to_us, self.outcome_to_us, 0)


def windows(question: CausalQuestion) -> Windows:
    """The windows of the question itself: covariates before time zero (and before the treatment), outcome after it."""
    lookback = duration(question.lookback_days)
    segment = isinstance(question.treatment_measure, InSegment)
    said = f"with {lookback} of log before time zero"
    return _windows(
        question,
        origin_us=0,
        covariates_end_us=-question.lookback_us if segment else 0,
        outcome_name=question.outcome_title,
        lookback_name=f"with twice {lookback} of log before time zero (segment and covariates)" if segment else said,
    )


def placebo_windows(question: CausalQuestion) -> Windows:
    """The outcome in a window just before the treatment could be taken up, and covariates before that."""
    window = duration(question.outcome_window_days)
    segment = isinstance(question.treatment_measure, InSegment)
    start = -question.outcome_window_us - (question.lookback_us if segment else 0)
    when = f"the {window} before {'the segment' if segment else 'time zero'}"
    if isinstance(question.design, FirstExposure):
        when += " (earlier sessions)"
    return _windows(
        question,
        origin_us=start - 1,
        covariates_end_us=start,
        outcome_name=f"{_without_window(question, window)} in {when}",
        lookback_name=f"with {duration(question.lookback_days)} of log before the placebo window of {window}",
    )


def pair_shift_us(question: CausalQuestion) -> int:
    """How long before its treatment the clock of a unit starts that stands for the time before: its outcome window ends
    just before the treatment."""
    return question.outcome_window_us + 1


def _windows(
    question: CausalQuestion, *, origin_us: int, covariates_end_us: int, outcome_name: str, lookback_name: str
) -> Windows:
    measure, outcome = question.outcome_measure, question.treatment_measure
    later_us = 0
    if isinstance(measure, Retention):
        later_us = round(measure.from_days * 86_400_000_000) - 1
    if isinstance(outcome, InSegment):
        treated = (-question.lookback_us, -1)
    else:
        treated = (1 if isinstance(question.design, Landmark) else 0, question.treatment_window_us)
    if isinstance(question.design, BeforeAfter):
        treated = (0, 0)
    return Windows(
        lookback_us=question.lookback_us,
        covariates_end_us=covariates_end_us,
        origin_us=origin_us,
        outcome_from_us=origin_us + 1 + later_us,
        outcome_to_us=origin_us + question.outcome_window_us,
        treatment_from_us=treated[0],
        treatment_to_us=treated[1],
        outcome_name=outcome_name,
        lookback_name=lookback_name,
        placebo=origin_us < 0,
    )


def _without_window(question: CausalQuestion, window: str) -> str:
    return question.outcome_title.removesuffix(f" within {window}").removesuffix(f", at most {window}")
