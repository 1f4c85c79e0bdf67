"""Designs: from a log and a question to the units that are compared, each with its time zero."""

from core.effects.designs.before_after import pairs
from core.effects.designs.first_exposure import risk_set
from core.effects.designs.landmark import trials
from core.effects.designs.marks import marked_events
from core.effects.designs.units import Units, refuse_none
from core.effects.designs.windows import Windows
from core.effects.question import CausalQuestion
from core.effects.question_parts import BeforeAfter, FirstExposure
from core.storage.engine import Log


def units_of(log: Log, question: CausalQuestion, offsets: Windows) -> Units:
    """The eligible units of the question's design; raises NotEnoughData when nobody is."""
    events = marked_events(log, question)
    if isinstance(question.design, FirstExposure):
        units, _ = risk_set(log, events, question, offsets, question.design)
    elif isinstance(question.design, BeforeAfter):
        units = pairs(log, events, question, offsets)
    else:
        made, attrition = trials(log, events, question, offsets)
        units = Units(made.eligible, attrition)
    refuse_none(units.attrition[-1].units, units.attrition, question)
    return units
