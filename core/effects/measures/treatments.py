"""The treatment of each unit, by how the question measures it: treated or not, an amount, or one of several arms."""

from dataclasses import dataclass
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.effects.designs.marks import IS_TREATMENT
from core.effects.designs.units import ASSIGNED, EXPOSED, LABEL, nth_smallest
from core.effects.designs.windows import Windows
from core.effects.question import MICROSECONDS_PER_DAY, CausalQuestion
from core.effects.question_parts import Dose, InSegment, OneOf, Took
from core.effects.table import UPTAKE_DAYS, AttritionStep, TreatmentKind
from core.errors import BadSpec, NotEnoughData

SMALLEST_ARM: Final = 20  # fewer units in an arm cannot carry an interval
MOST_ARMS: Final = 12
CONTROL_WORDS: Final = ("control", "none", "placebo", "baseline", "off", "0", "false", "no")


@dataclass(frozen=True)
class Treated:
    """units: those that have a treatment; values: (n,) float as in the analysis table; uptake_days: (n,) or None."""

    units: pd.DataFrame
    values: np.ndarray
    kind: TreatmentKind = "binary"
    arms: tuple[str, ...] = ()
    uptake_days: np.ndarray | None = None
    steps: tuple[AttritionStep, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, np.ndarray]:
        return {} if self.uptake_days is None else {UPTAKE_DAYS: self.uptake_days}


def treatment_measures(rows: ir.Table, question: CausalQuestion, offsets: Windows) -> dict[str, ir.Value]:
    """Named aggregates over the rows of a unit; `label_us` is the time since the treatment's time zero."""
    measure, at = question.treatment_measure, rows.label_us
    within = rows[IS_TREATMENT] & at.between(offsets.treatment_from_us, offsets.treatment_to_us)
    if isinstance(measure, Dose):
        return {"dose": rows.count(where=within) if measure.of == "count" else rows["value"].sum(where=within)}
    if isinstance(measure, OneOf):
        arm = rows[measure.column].cast("string")
        return {"arm": arm.argmin(rows.history_position, where=within), "uptake_us": at.min(where=within)}
    if isinstance(measure, InSegment):
        return {"taken": rows.count(where=within)}
    seen = rows[IS_TREATMENT] & at.between(offsets.treatment_from_us, offsets.uptake_to_us)
    times = measure.times if isinstance(measure, Took) else 1
    return {"uptake_us": at.min(where=seen) if times == 1 else nth_smallest(at, times, where=seen)}


def treatment_of(units: pd.DataFrame, question: CausalQuestion, offsets: Windows) -> Treated:
    """The treatment of fetched units. Raises NotEnoughData with the counts when an arm is too small, BadSpec for more
    than 12 arms."""
    measure = question.treatment_measure
    if isinstance(measure, OneOf):
        return _arms(units, measure, question)
    if isinstance(measure, Dose):
        return _dose(units, question)
    if isinstance(measure, InSegment):
        return _big_enough(Treated(units, (units["taken"] > 0).to_numpy(dtype=float)), question)
    uptake_us = units["uptake_us"].to_numpy(dtype=float, na_value=np.nan)
    if units[ASSIGNED].notna().any():
        values = units[ASSIGNED].to_numpy(dtype=float)
        since_us = units[EXPOSED].to_numpy(dtype=float, na_value=np.nan) - units[LABEL].to_numpy(dtype=float)
        uptake_us = np.where(since_us <= offsets.uptake_to_us, since_us, np.nan)
    else:
        values = (uptake_us <= offsets.treatment_to_us).astype(float)
    return _big_enough(Treated(units, values, uptake_days=uptake_us / MICROSECONDS_PER_DAY), question)


def _big_enough(found: Treated, question: CausalQuestion) -> Treated:
    treated = int(found.values.sum())
    control = len(found.values) - treated
    if min(treated, control) < SMALLEST_ARM:
        raise NotEnoughData(
            f"{treated:,} units took up {question.treatment_title} and {control:,} did not, but each arm needs at "
            f"least {SMALLEST_ARM}"
        )
    return found


def _dose(units: pd.DataFrame, question: CausalQuestion) -> Treated:
    dose = units["dose"].to_numpy(dtype=float, na_value=0.0)
    varied = int((dose != np.median(dose)).sum()) if len(dose) else 0
    if varied < SMALLEST_ARM:
        raise NotEnoughData(
            f"{varied:,} of {len(dose):,} units have another {question.treatment_title} than most, but a slope needs "
            f"at least {SMALLEST_ARM} of them"
        )
    return Treated(units, dose, "dose")


def _arms(units: pd.DataFrame, measure: OneOf, question: CausalQuestion) -> Treated:
    """The arms that are compared, the control first; units without such an event or of other arms are left out."""
    reached = units[units["uptake_us"].notna()]
    counts = reached["arm"].value_counts(sort=False)
    order = sorted(counts.index, key=lambda arm: (-counts[arm], str(arm)))
    arms = _compared(order, counts, measure, question)
    kept = reached[reached["arm"].isin(arms)]
    steps = (
        AttritionStep(f"with {question.treatment_name} within its window", len(reached)),
        AttritionStep(f"in one of the arms {', '.join(arms)}", len(kept)),
    )
    values = kept["arm"].map({arm: float(at) for at, arm in enumerate(arms)}).to_numpy(dtype=float)
    unknown = int(reached["arm"].isna().sum())
    notes = (f"{unknown:,} units have no value of {measure.column} in that event and are left out.",) if unknown else ()
    return Treated(kept.reset_index(drop=True), values, "arms", arms, steps=steps, notes=notes)


def _compared(order: list[str], counts: pd.Series, measure: OneOf, question: CausalQuestion) -> tuple[str, ...]:
    shown = ", ".join(f"{arm} ({counts[arm]:,})" for arm in order[:MOST_ARMS])
    asked = measure.arms
    if asked is None and len(order) > MOST_ARMS:
        raise BadSpec(
            f"The column '{measure.column}' has {len(order):,} values among the units ({shown}, ...), but at most "
            f"{MOST_ARMS} arms can be compared; name some in 'arms', or group the values by a rule."
        )
    for arm in (*(asked or ()), *([question.control] if question.control else [])):
        if arm not in counts.index:
            raise BadSpec(f"No unit has the arm '{arm}'; there are {shown or 'none'}.")
    arms = list(asked or [arm for arm in order if counts[arm] >= SMALLEST_ARM])
    first = question.control or next((arm for arm in arms if arm.lower() in CONTROL_WORDS), arms[0] if arms else None)
    if asked is not None and question.control is None:
        first = arms[0]
    arms = [arm for arm in (first, *(each for each in arms if each != first)) if arm is not None]
    small = [arm for arm in arms if counts[arm] < SMALLEST_ARM]
    if len(arms) < 2 or small:
        raise NotEnoughData(
            f"The arms of {measure.column} have {shown or 'no units'}; two of them need at least {SMALLEST_ARM} units"
        )
    return tuple(arms)
