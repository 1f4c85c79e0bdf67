"""What a causal screen is asked: which event types, and the windows that all pairs share."""

from typing import ClassVar, Final

from pydantic import Field, model_validator

from core.effects.question import TEN_MINUTES_IN_DAYS, CausalQuestion
from core.specs import Spec

TYPES_AT_MOST: Final = 12


class ScreenSpec(Spec):
    """Windows are in days. event_types: event types or rules that exclude each other, null for the most frequent
    event types, TYPES_AT_MOST at most.

    landmark_event: after how many events of a session to look at what comes next, null for the most, up to three, that
    a quarter of the sessions go beyond; treatment_window_days: of the question that a pair opens; lookback_days: null
    for four weeks, or a quarter of a shorter log; false_share: of false finds among those called an effect.
    """

    event_references: ClassVar[tuple[str, ...]] = ("event_types",)
    event_types: tuple[str, ...] | None = Field(default=None, min_length=2, max_length=TYPES_AT_MOST)
    landmark_event: int | None = Field(default=None, ge=1, le=100)
    lookback_days: float | None = Field(default=None, gt=0, le=3650, allow_inf_nan=False)
    treatment_window_days: float = Field(default=TEN_MINUTES_IN_DAYS, gt=0, le=3650, allow_inf_nan=False)
    outcome_window_days: float = Field(default=1.0, gt=0, le=3650, allow_inf_nan=False)
    false_share: float = Field(default=0.05, gt=0, lt=1)
    units_at_most: int = Field(default=30_000, ge=200, le=1_000_000)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _outcome_outlasts_treatment(self) -> "ScreenSpec":
        if self.outcome_window_days < self.treatment_window_days:
            raise ValueError("outcome_window_days is shorter than treatment_window_days; make it at least as long")
        if self.event_types is not None and len(set(self.event_types)) < len(self.event_types):
            raise ValueError("event_types names one event type twice; name each once")
        return self


def question_of(settings: ScreenSpec, cause: str, effect: str) -> CausalQuestion:
    """The question that a pair of a screen asks, to be studied in full. The settings must have no nulls left."""
    return CausalQuestion.read(
        {
            "treatment": cause,
            "outcome": effect,
            "design": {"kind": "landmark", "landmark_event": settings.landmark_event},
            "lookback_days": settings.lookback_days,
            "treatment_window_days": settings.treatment_window_days,
            "outcome_window_days": settings.outcome_window_days,
        }
    )
