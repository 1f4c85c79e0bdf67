"""The causal question: for whom does what, compared with what, change what, and when.

A trial starts at time zero, the n-th event of a session (a landmark): then both arms are active and untreated. The
treatment may be taken up within the treatment window (grace period) after it. The outcome window starts at time zero
as well and includes the rest of the same session; covariates come from the lookback window before it.

Minimal JSON: {"treatment": "search", "outcome": "buy"}.
"""

from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from core.effects.groups import check_groups, covariate_groups
from core.effects.question_parts import Design, Happened, Landmark, OutcomeMeasure, Took, TreatmentMeasure
from core.errors import BadSpec, NotEnoughData, NotFound
from core.events.cleaning.foresight import steps_that_look_ahead
from core.events.definitions.references import looks_like_rule, rule_of, same_events, title_of
from core.specs import Spec

MICROSECONDS_PER_DAY: Final = 86_400_000_000
TEN_MINUTES_IN_DAYS: Final = 1 / 144


class CausalQuestion(Spec):
    """What is asked of a log. Windows are in days; treatment and outcome are event types of the log, or event rules.

    population: "all", or an event rule: users with at least one such event before time zero.
    treatment_measure, outcome_measure: what of the events counts. contrast: after the treatment window users go their
    own way (intention to treat), or are censored when they leave their arm (per protocol). uptake: units count as they
    took the treatment up within its window, or each is in both arms until it leaves one (clone, censor and weight).
    control: null means "no <treatment>" within the treatment window. covariates: the groups to adjust for, null for all
    (or for what the graph `graph_id` says). unmeasured: groups to treat as if the log did not have them; instruments:
    groups that move the treatment and nothing else. estimators, refuters: null for those that suit.
    The treatment window is ten minutes by default: long enough to reach for a search box, short enough that few
    outcomes fall inside it before any uptake.
    """

    event_references: ClassVar[tuple[str, ...]] = ("treatment", "outcome")

    population: str = "all"
    treatment: str = Field(min_length=1)
    control: str | None = None
    outcome: str = Field(min_length=1)
    treatment_measure: TreatmentMeasure = Took()
    outcome_measure: OutcomeMeasure = Happened()
    design: Design = Landmark()
    contrast: Literal["intention_to_treat", "per_protocol"] = "intention_to_treat"
    uptake: Literal["as_taken", "clone_censor_weight"] = "as_taken"
    lookback_days: float = Field(default=28.0, gt=0, le=3650, allow_inf_nan=False)
    treatment_window_days: float = Field(default=TEN_MINUTES_IN_DAYS, gt=0, le=3650, allow_inf_nan=False)
    outcome_window_days: float = Field(default=1.0, gt=0, le=3650, allow_inf_nan=False, validate_default=True)
    covariates: tuple[str, ...] | None = None
    graph_id: str | None = None
    unmeasured: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    estimand: Literal["ATE", "ATT", "ATO"] = "ATE"
    estimators: tuple[str, ...] | None = Field(default=None, min_length=1)
    refuters: tuple[str, ...] | None = None
    seed: int = Field(default=0, ge=0)

    @field_validator("population")
    @classmethod
    def _known_population(cls, population: str) -> str:
        if population != "all":
            raise ValueError("the only population so far is 'all' users; leave the setting out")
        return population

    @field_validator("control")
    @classmethod
    def _plain_control(cls, control: str | None, info: ValidationInfo) -> str | None:
        treatment = str(info.data.get("treatment"))
        nothing = f"no {title_of(treatment)}"
        if control not in {None, nothing, f"no {treatment}"}:
            raise ValueError(f"the comparison is always with '{nothing}'; leave the setting out")
        return None

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
        if days < treatment_days:
            raise ValueError(
                f"the outcome window ({duration(days)}) is shorter than the treatment window "
                f"({duration(treatment_days)}), so an outcome could precede its treatment; make it at least as long"
            )
        return days

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
    def outcome_name(self) -> str:
        """What people call the outcome."""
        return title_of(self.outcome)

    @property
    def treatment_title(self) -> str:
        return f"{self.treatment_name} within {duration(self.treatment_window_days)}"

    @property
    def outcome_title(self) -> str:
        return f"{self.outcome_name} within {duration(self.outcome_window_days)}"


def sentence(question: CausalQuestion) -> str:
    """The question as one plain sentence."""
    return (
        f"For {question.population} users, does {question.treatment_title}, compared with no "
        f"{question.treatment_name}, change {question.outcome_title}?"
    )


def check(question: CausalQuestion, manifest: dict[str, Any]) -> None:
    """Refuse a question that this log cannot answer, before anything slow starts.

    Raises BadSpec for event types or covariate groups that are not there (listing those that are) and for a log that
    was cleaned by what came later, NotEnoughData for a log shorter than lookback plus outcome window.
    """
    if ahead := steps_that_look_ahead(manifest):
        raise BadSpec(
            f"The cleaning step '{ahead[0]}' judged events by what came after them, and a causal question may not know "
            "the future: switch that step off, or open the uncleaned version of this log."
        )
    known = [entry["event_type"] for entry in manifest["event_types"]]
    by_rule = looks_like_rule(question.treatment) or looks_like_rule(question.outcome)
    if len(known) < 2 and not by_rule:
        raise BadSpec(
            f"This log has one event type only ({', '.join(known)}); a question needs a treatment and an outcome."
        )
    for role in ("treatment", "outcome"):
        reference = getattr(question, role)
        try:
            rule_of(reference, manifest)
        except NotFound:
            raise BadSpec(
                f"The {role} '{title_of(reference)}' is not an event type of this log; choose one of {_listed(known)}."
            ) from None
    groups = covariate_groups(manifest)
    check_groups(question.covariates or (), groups, "covariates")
    check_groups(question.unmeasured, groups, "unmeasured")
    needed = question.lookback_days + question.outcome_window_days
    length = (_moment(manifest["last_at"]) - _moment(manifest["first_at"])).total_seconds() / 86_400
    if length < needed:
        raise NotEnoughData(
            f"The log is {duration(length)} long, but lookback plus outcome window need {duration(needed)}; "
            "shorten a window or load a longer log."
        )


def duration(days: float) -> str:
    """A stretch of time for people: "10 minutes", "1 day", "36 hours", "28 days"."""
    seconds = days * 86_400
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = seconds / size
        if abs(count - round(count)) < 1e-6 * max(1, count) and round(count) >= 1:
            return f"{round(count):,} {unit}{'s' if round(count) != 1 else ''}"
    unit, size = next(
        ((u, s) for u, s in (("days", 86_400), ("hours", 3_600), ("minutes", 60)) if seconds >= s), ("seconds", 1)
    )
    return f"{seconds / size:.3g} {unit}"


def microseconds(days: float) -> int:
    """A number of days in whole microseconds, the unit of the log's interval arithmetic."""
    return round(days * MICROSECONDS_PER_DAY)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:12])
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12} more"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
