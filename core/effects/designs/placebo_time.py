"""Placebo time: the same units and treatment, with time zero at an earlier moment of the same user.

The earlier moment is the last one at which the design would have begun a trial, so far back that its whole outcome
window ends before the treatment begins. Covariates end there, too. An effect seen then is confounding.
"""

import ibis.expr.types as ir

from core.effects.designs.first_exposure import risk_set
from core.effects.designs.landmark import trials
from core.effects.designs.marks import marked_events
from core.effects.designs.units import LABEL, OWN_SESSION, Sifted, Units, refuse_none
from core.effects.designs.windows import Windows
from core.effects.question import CausalQuestion, duration
from core.effects.question_parts import BeforeAfter, FirstExposure, InSegment
from core.errors import NotEnoughData
from core.storage.engine import Log


def earlier_units(log: Log, question: CausalQuestion, offsets: Windows) -> Units:
    """The units of the design whose users had an earlier such moment; raises NotEnoughData where there can be none."""
    if isinstance(question.design, BeforeAfter) or isinstance(question.treatment_measure, InSegment):
        raise NotEnoughData(
            "There is no earlier time zero to pretend: the design compares with the time before itself."
        )
    events = marked_events(log, question)
    if isinstance(question.design, FirstExposure):
        units, made = risk_set(log, events, question, offsets, question.design)
    else:
        made, attrition = trials(log, events, question, offsets)
        units = Units(made.eligible, attrition)
    refuse_none(units.attrition[-1].units, units.attrition, question)
    window = duration(question.outcome_window_days)
    step = f"with an earlier such moment, at least {window} before"
    return Units(_moved(units.table, made, question), units.attrition, units.notes, step)


def _moved(units: ir.Table, made: Sifted, question: CausalQuestion) -> ir.Table:
    """Each unit at the latest eligible moment of its user that is at least an outcome window earlier."""
    earlier = made.eligible.select(
        **{"earlier user": "trial_user_id", "earlier us": "time_zero_us", "earlier session": OWN_SESSION}
    )
    asked = units.mutate(**{"latest us": units[LABEL] - question.outcome_window_us - 1})
    found = asked.asof_join(
        earlier, asked["latest us"] >= earlier["earlier us"], predicates=asked.trial_user_id == earlier["earlier user"]
    )
    found = found.filter(found["earlier us"].notnull())
    moved = found.mutate(**{"time_zero_us": found["earlier us"], OWN_SESSION: found["earlier session"]})
    return moved.drop("earlier user", "earlier us", "earlier session", "latest us")
