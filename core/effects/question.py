"""The causal question: for whom does what, compared with what, change what, and when.

Time zero is given by the design (question_parts.py): by default the n-th event of a session (a landmark), when both
arms are active and untreated. There the treatment may be taken up within the treatment window (grace period) after it.
The outcome window starts at time zero and includes the rest of the same session; covariates come from the lookback
window before it.

Minimal JSON: {"treatment": "search", "outcome": "buy"}.
"""

from typing import Any, ClassVar, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from core.effects import titles
from core.effects.question_parts import (
    BINARY,
    BeforeAfter,
    Design,
    FirstExposure,
    Happened,
    InSegment,
    Landmark,
    OneOf,
    OutcomeMeasure,
    Retention,
    Took,
    TreatmentMeasure,
    Trim,
    no_trim,
)
from core.events.definitions.references import same_events, title_of
from core.specs import Spec

MICROSECONDS_PER_DAY: Final = 86_400_000_000
TEN_MINUTES_IN_DAYS: Final = 1 / 144
EVERYBODY: Final = "all"
MOST_OF_A_UNIT: Final = 1000  # hours or minutes; more of them are told in days


class CausalQuestion(Spec):
    """What is asked of a log. Windows are in days; treatment and outcome are event types of the log, or event rules.

    population: "all", or an event rule: users with at least one such event before time zero.
    treatment_measure, outcome_measure: what of the events counts. contrast: after the treatment window users go their
    own way (intention to treat), or are censored when they leave their arm (per protocol). uptake: units count as they
    took the treatment up within its window, or each is in both arms until it leaves one (clone, censor and weight).
    control: null means "no <treatment>"; with several arms it names the one to compare with. covariates: the groups to
    adjust for, null for all; where there is a graph (`graph_id`) it decides. history_state: whether a sequence model
    also reads the history, so that the order of events is one more group, whatever `covariates` says. unmeasured:
    groups to treat as if the log did not have them; instruments: groups that move the treatment and nothing else.
    placebo_outcome: events counted before time zero in place of the outcome's own; negative_control: events after it
    that the treatment cannot change. trim: a propensity below which, and above one minus which, units are left out, or
    "auto"; null for nobody. estimators, refuters: null for what suits. The treatment window is ten minutes by default:
    long enough to reach for a search box, short enough that few outcomes fall inside it before any uptake.
    """

    event_references: ClassVar[tuple[str, ...]] = (
        "population",
        "treatment",
        "outcome",
        "placebo_outcome",
        "negative_control",
    )

    population: str = Field(default=EVERYBODY, min_length=1)
    treatment: str = Field(min_length=1)
    treatment_measure: TreatmentMeasure = Took()
    control: str | None = None
    outcome: str = Field(min_length=1)
    outcome_measure: OutcomeMeasure = Happened()
    design: Design = Landmark()
    contrast: Literal["intention_to_treat", "per_protocol"] = "intention_to_treat"
    uptake: Literal["as_taken", "clone_censor_weight"] = "as_taken"
    lookback_days: float = Field(default=28.0, gt=0, le=3650, allow_inf_nan=False)
    treatment_window_days: float = Field(default=TEN_MINUTES_IN_DAYS, gt=0, le=3650, allow_inf_nan=False)
    outcome_window_days: float = Field(default=1.0, gt=0, le=3650, allow_inf_nan=False, validate_default=True)
    covariates: tuple[str, ...] | None = None
    history_state: bool = False
    graph_id: str | None = None
    unmeasured: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    placebo_outcome: str | None = None
    negative_control: str | None = None
    estimand: Literal["ATE", "ATT", "ATO"] = "ATE"
    trim: Trim = None
    estimators: tuple[str, ...] | None = Field(default=None, min_length=1)
    refuters: tuple[str, ...] | None = None
    seed: int = Field(default=0, ge=0)

    @field_validator("control")
    @classmethod
    def _plain_control(cls, control: str | None, info: ValidationInfo) -> str | None:
        treatment = str(info.data.get("treatment"))
        nothing = f"no {title_of(treatment)}"
        if control in {None, nothing, f"no {treatment}"}:
            return None
        if not isinstance(info.data.get("treatment_measure"), OneOf):
            raise ValueError(f"the comparison is always with '{nothing}'; leave the setting out")
        return control

    @field_validator("outcome")
    @classmethod
    def _outcome_differs(cls, outcome: str, info: ValidationInfo) -> str:
        if same_events(outcome, info.data.get("treatment", "")):
            raise ValueError(
                "treatment and outcome are the same event type, so the effect is 1 by definition; change one"
            )
        return outcome

    @field_validator("design", mode="before")
    @classmethod
    def _default_design(cls, design: Any) -> Any:
        if design is None:
            return Landmark()
        return {"kind": "landmark", **design} if isinstance(design, dict) else design

    @field_validator("outcome_window_days")
    @classmethod
    def _outcome_outlasts_treatment(cls, days: float, info: ValidationInfo) -> float:
        treatment_days = info.data.get("treatment_window_days", 0)
        measure, design = info.data.get("treatment_measure"), info.data.get("design")
        if days < treatment_days and measure is not None and has_treatment_window(measure, design):
            raise ValueError(
                f"the outcome window ({duration(days)}) is shorter than the treatment window "
                f"({duration(treatment_days)}), so an outcome could precede its treatment; make it at least as long"
            )
        return days

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        measure, outcome, binary = self.treatment_measure, self.outcome_measure, self.treatment_measure.kind in BINARY
        if isinstance(measure, InSegment) and not isinstance(self.design, Landmark):
            raise ValueError("being in a segment has no first moment; ask it with the design 'landmark'")
        if isinstance(self.design, BeforeAfter) and not binary:
            raise ValueError("before and after compares with nothing but before; measure the treatment as 'did'")
        if isinstance(outcome, Retention) and outcome.from_days >= self.outcome_window_days:
            raise ValueError(
                f"retention from {duration(outcome.from_days)} needs an outcome window that is longer than that, and "
                f"it is {duration(self.outcome_window_days)}"
            )
        clean = isinstance(self.design, FirstExposure) and self.design.clean_days is not None
        if clean and isinstance(measure, Took) and measure.times > 1:
            raise ValueError("a first treatment after clean_days is one event; set 'times' to 1 or leave it out")
        if self.uptake == "clone_censor_weight" and not (isinstance(self.design, Landmark) and binary):
            raise ValueError("clone, censor and weight needs a grace period, which only the design 'landmark' has")
        if self.contrast == "per_protocol" and (isinstance(self.design, BeforeAfter) or not binary):
            raise ValueError("per protocol needs two arms that a unit can leave; ask for the intention to treat")
        two_arms = (binary or isinstance(measure, InSegment)) and not isinstance(self.design, BeforeAfter)
        if why := no_trim(self.trim, self.estimand, adjusted=two_arms and not self.instruments):
            raise ValueError(why)
        return self

    @property
    def landmark_event(self) -> int:
        """The event of a session at which time zero is, where the design says so; else 1."""
        return self.design.landmark_event if isinstance(self.design, Landmark) else 1

    @property
    def lookback_us(self) -> int:
        return microseconds(self.lookback_days)

    @property
    def treatment_window_us(self) -> int:
        return microseconds(self.treatment_window_days)

    @property
    def outcome_window_us(self) -> int:
        return microseconds(self.outcome_window_days)

    @property
    def treatment_name(self) -> str:
        """What people call the treatment: the name that its rule carries, else its text."""
        return title_of(self.treatment)

    @property
    def taken_up(self) -> str:
        """What a unit does, or is shown, when it takes the treatment up: the name, with the slot or the list."""
        return titles.of_taking_up(self.treatment_name, self.treatment_measure)

    @property
    def outcome_name(self) -> str:
        """What people call the outcome."""
        return title_of(self.outcome)

    @property
    def outcome_called(self) -> str:
        """What people call what is measured: the metric's name, else that of its events."""
        return getattr(self.outcome_measure, "name", "") or self.outcome_name

    @property
    def treatment_title(self) -> str:
        clean_days = self.design.clean_days if isinstance(self.design, FirstExposure) else None
        return titles.of_treatment(
            self.treatment_name,
            self.treatment_measure,
            self.design,
            within=duration(self.treatment_window_days),
            lookback=duration(self.lookback_days),
            clean=duration(clean_days) if clean_days else "",
        )

    @property
    def outcome_title(self) -> str:
        later = self.outcome_measure.from_days if isinstance(self.outcome_measure, Retention) else 0.0
        return titles.of_outcome(
            self.outcome_name,
            self.outcome_measure,
            within=duration(self.outcome_window_days),
            after=duration(later) if later else "0 days",
        )

    @property
    def who(self) -> str:
        """The population in words: "all users", or "users with buy before"."""
        return "all users" if self.population == EVERYBODY else f"users with {title_of(self.population)} before"


def without_covariates(question: CausalQuestion) -> CausalQuestion:
    """The question of the same units and arms with nothing to adjust for: its table is there much sooner."""
    nothing = {"covariates": (), "unmeasured": (), "history_state": False, "graph_id": None}
    return question.model_copy(update=nothing)


def has_treatment_window(measure: TreatmentMeasure, design: Design | None) -> bool:
    """Whether the treatment is looked for within a window after time zero, and not at it or before it."""
    if isinstance(measure, InSegment):
        return False
    return design is None or isinstance(design, Landmark) or measure.kind not in BINARY


def sentence(question: CausalQuestion) -> str:
    """The question as one plain sentence."""
    compared = f"no {question.taken_up}"
    if isinstance(question.design, BeforeAfter):
        compared = "the time before it"
    elif isinstance(question.treatment_measure, OneOf):
        compared = question.control or "another one"
    elif isinstance(question.design, FirstExposure) and question.treatment_measure.kind in BINARY:
        compared = "none until then"
    elif question.treatment_measure.kind == "dose":
        compared = "less of it"
    does = f"does {question.treatment_title}, compared with {compared}"
    return f"For {question.who}, {does}, change {question.outcome_title}?"


def duration(days: float) -> str:
    """A stretch of time for people: "10 minutes", "1 day", "36 hours", "28 days"."""
    seconds = days * 86_400
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = seconds / size
        whole = abs(count - round(count)) < 1e-6 * max(1, count) and round(count) >= 1
        if whole and (unit == "day" or count < MOST_OF_A_UNIT):
            return f"{round(count):,} {unit}{'s' if round(count) != 1 else ''}"
    unit, size = next(
        ((u, s) for u, s in (("days", 86_400), ("hours", 3_600), ("minutes", 60)) if seconds >= s), ("seconds", 1)
    )
    count = seconds / size
    said = f"{count:.3g}" if count < 100 else f"{count:,.0f}"
    return f"{said} {unit if said != '1' else unit[:-1]}"


def microseconds(days: float) -> int:
    """A number of days in whole microseconds, the unit of the log's interval arithmetic."""
    return round(days * MICROSECONDS_PER_DAY)
