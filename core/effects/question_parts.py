"""The parts a causal question is put together from: how treatment and outcome are measured, and when time zero is."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from core.specs import Spec

# ----------------------------------------------------------------------------------------- when time zero is: designs


class Landmark(Spec):
    """Time zero is the `landmark_event`-th event of a session; every session that gets there is one trial.

    Who takes the treatment up later in its window was still there to do so; where many leave before that, staying is a
    common cause that no covariate tells, and first exposure is the better design (benchmark `null_log`).
    """

    kind: Literal["landmark"] = "landmark"
    landmark_event: int = Field(default=3, ge=1, le=100)


class FirstExposure(Spec):
    """Time zero is a user's first treatment; controls are users at risk at the same time who had none until then.

    controls_per_treated: how many of the controls at risk are kept for each treated unit, by chance; what they stand
    for goes along as a weight. active_days: eligible is who had an event in so many days before time zero. clean_days:
    a treatment is a first one after so many days without any; null: it is the user's first ever.
    """

    kind: Literal["first_exposure"] = "first_exposure"
    controls_per_treated: int = Field(default=5, ge=1, le=100)
    active_days: float = Field(default=7.0, gt=0, le=3650, allow_inf_nan=False)
    clean_days: float | None = Field(default=None, gt=0, le=3650, allow_inf_nan=False)


class BeforeAfter(Spec):
    """Each user who took up the treatment, after it compared with before it: the outcome window on both sides.

    What else changed at that time is not told apart from the treatment, so its grade is at most associated.
    """

    kind: Literal["before_after"] = "before_after"


Design = Annotated[Landmark | FirstExposure | BeforeAfter, Field(discriminator="kind")]

# ------------------------------------------------------------------------------------- what counts as being treated


class Took(Spec):
    """Treated: at least `times` such events within the treatment window."""

    kind: Literal["did"] = "did"
    times: int = Field(default=1, ge=1, le=10_000)


class Dose(Spec):
    """The treatment is an amount: how many such events, or the sum of their values, within the treatment window."""

    kind: Literal["dose"] = "dose"
    of: Literal["count", "value"] = "count"


class OneOf(Spec):
    """The treatment is one of several arms: the value of a column in the first such event of the treatment window.

    arms: the values compared, the control first; null for the question's `control`, then the most frequent ones.
    """

    kind: Literal["arms"] = "arms"
    column: str = Field(default="arm", min_length=1)
    arms: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _several(self) -> Self:
        if self.arms is not None and not 2 <= len(set(self.arms)) == len(self.arms):
            raise ValueError("'arms' names the values to compare, the control first; name two or more, each once")
        return self


class Shown(Spec):
    """Treated: an item was shown (the treatment event, an impression) at this position or further up."""

    kind: Literal["slot"] = "slot"
    position: int = Field(default=1, ge=1, le=1000)


class Recommended(Spec):
    """Treated: the treatment event was about an item among the first `list_length` that a trained model's stored lists
    had for this user; trials before the model's cutoff are left out."""

    kind: Literal["recommended"] = "recommended"
    run_id: str = Field(min_length=1)
    list_length: int = Field(default=10, ge=1, le=1000)


class InSegment(Spec):
    """Treated: at least one such event in the lookback window, so that the unit is in the segment at time zero."""

    kind: Literal["segment"] = "segment"


TreatmentMeasure = Annotated[Took | Dose | OneOf | Shown | Recommended | InSegment, Field(discriminator="kind")]
BINARY: Final = ("did", "slot", "recommended")  # treated or not, by what happened at a moment

# ------------------------------------------------------------------------------------------ what the outcome measures


class Happened(Spec):
    """Whether there was such an event within the outcome window: 0 or 1."""

    kind: Literal["did"] = "did"


class Count(Spec):
    """How many such events there were within the outcome window."""

    kind: Literal["count"] = "count"


class Value(Spec):
    """The sum of the values of such events within the outcome window."""

    kind: Literal["value"] = "value"


class TimeTo(Spec):
    """How long until the first such event, at most the outcome window; follow-up that ends with the log is censored."""

    kind: Literal["time_to"] = "time_to"


class Retention(Spec):
    """Whether there was such an event between `from_days` after time zero and the end of the outcome window."""

    kind: Literal["retention"] = "retention"
    from_days: float = Field(default=7.0, gt=0, le=3650, allow_inf_nan=False)


class SavedMetric(Spec):
    """A metric of the log, per unit and within the outcome window, as it was saved when the question was asked: whether
    there was such an event, how many there were, or the sum of `column` over them (0 without any).

    The events are the question's outcome, so that nothing of it changes when the metric does. name: what people call
    it, empty once other events stand in for its own.
    """

    kind: Literal["metric"] = "metric"
    name: str = Field(default="", max_length=80)
    of: Literal["users", "count", "sum"]
    column: str | None = None

    @model_validator(mode="after")
    def _column_of_a_sum(self) -> Self:
        if (self.of == "sum") != (self.column is not None):
            raise ValueError("a metric has a column if it is a sum, and only then")
        return self


OutcomeMeasure = Annotated[Happened | Count | Value | TimeTo | Retention | SavedMetric, Field(discriminator="kind")]


def amount_of(measure: OutcomeMeasure) -> Literal["events", "value"] | None:
    """What an outcome adds up over its events; None where it asks whether or when there was one."""
    kind = measure.of if isinstance(measure, SavedMetric) else measure.kind
    return {"count": "events", "value": "value", "sum": "value"}.get(kind)  # type: ignore[return-value]


def summed_column(measure: OutcomeMeasure) -> str:
    """The column that an outcome which is a value sums."""
    return (measure.column if isinstance(measure, SavedMetric) else None) or "value"


def unnamed(measure: OutcomeMeasure) -> OutcomeMeasure:
    """The same measure without a metric's name: for other events, and to tell whether two ask for the same number."""
    if not isinstance(measure, SavedMetric):
        return measure
    if measure.of == "sum" and measure.column != "value":
        return measure.model_copy(update={"name": ""})
    plain: dict[str, OutcomeMeasure] = {"users": Happened(), "count": Count(), "sum": Value()}
    return plain[measure.of]


# --------------------------------------------------------------------------------------------------- who is left out


def _trim(value: Any) -> Any:
    try:
        cut = None if value in (None, "auto") else float(value)
    except (TypeError, ValueError):
        cut = -1.0
    if cut is not None and not 0 < cut < 0.5:
        raise ValueError(
            "trim is a propensity above 0 and below 0.5 to cut at on both sides, or 'auto' for the best cut"
        )
    return value if cut is None else cut


Trim = Annotated[float | Literal["auto"] | None, BeforeValidator(_trim)]


def no_trim(trim: float | str | None, estimand: str, *, adjusted: bool) -> str | None:
    """Why a study cannot be trimmed, None if it can or is not to be. adjusted: whether two arms are made comparable."""
    if trim is None:
        return None
    if estimand == "ATO":
        return "the overlap population (ATO) needs no trimming; leave 'trim' out, or ask for the ATE or the ATT"
    if not adjusted:
        return "trimming is for a treatment with two arms that are made comparable by adjustment; leave 'trim' out"
    return None
