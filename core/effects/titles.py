"""What treatment and outcome of a question are called, by how they are measured. Durations come in as words."""

from core.effects.question_parts import (
    Count,
    Dose,
    Happened,
    InSegment,
    Landmark,
    OneOf,
    OutcomeMeasure,
    Recommended,
    Retention,
    SavedMetric,
    Shown,
    TimeTo,
    Took,
    TreatmentMeasure,
    amount_of,
)
from core.specs import Spec


def of_treatment(
    name: str, measure: TreatmentMeasure, design: Spec, *, within: str, lookback: str, clean: str = ""
) -> str:
    """Being treated as a phrase: "search within 10 minutes". within: the treatment window; lookback: the lookback;
    clean: after how long without one it is a first one, "" if ever."""
    if isinstance(measure, InSegment):
        return f"{name} in the last {lookback}"
    if isinstance(measure, Dose):
        what = "number of" if measure.of == "count" else "value of"
        return f"{what} {name} within {within}"
    if isinstance(measure, OneOf):
        return f"{measure.column} of the first {name} within {within}"
    done = _done(name, measure)
    if isinstance(design, Landmark):
        return f"{done} within {within}"
    return f"first {done} in {clean}" if clean else f"first {done}"


def _done(name: str, measure: Took | Shown | Recommended) -> str:
    if isinstance(measure, Took) and measure.times > 1:
        return f"{name} at least {measure.times:,} times"
    return of_taking_up(name, measure)


def of_taking_up(name: str, measure: TreatmentMeasure) -> str:
    """What takes the treatment up once: the event, and where only some of them do, which: its slot, or the list."""
    if isinstance(measure, Shown):
        return f"{name} at position {measure.position}" + (" or further up" if measure.position > 1 else "")
    if isinstance(measure, Recommended):
        return f"{name} of an item among the first {measure.list_length} recommended"
    return name


def of_outcome(name: str, measure: OutcomeMeasure, *, within: str, after: str) -> str:
    """The outcome as a phrase: "buy within 1 day". within: the outcome window; after: when retention begins."""
    if isinstance(measure, Happened):
        return f"{name} within {within}"
    if isinstance(measure, Count):
        return f"number of {name} within {within}"
    if isinstance(measure, TimeTo):
        return f"days until {name}, at most {within}"
    if isinstance(measure, SavedMetric):
        return f"{of_metric(name, measure)} within {within}"
    if isinstance(measure, Retention):
        return f"{name} between {after} and {within} later"
    return f"value of {name} within {within}"


def of_metric(name: str, measure: SavedMetric) -> str:
    """A metric with what it adds up: "revenue (sum of value over buy)"."""
    counted = {
        "users": f"whether there was {name}",
        "count": f"number of {name}",
        "sum": f"sum of {measure.column} over {name}",
    }
    return f"{measure.name} ({counted[measure.of]})" if measure.name else counted[measure.of]


def unit_of_outcome(measure: OutcomeMeasure) -> str:
    """The outcome's unit: "share" is shown in percentage points."""
    if isinstance(measure, TimeTo):
        return "days"
    return amount_of(measure) or "share"
