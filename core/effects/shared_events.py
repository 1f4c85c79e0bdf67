"""Events that are treatment and outcome at once: refused, except where the treating event itself is never counted.

At a first exposure time zero is the treating event, and the outcome window opens after it. The effect would still hold
by definition if only one arm's time zero were such an event: who has just bought buys less or more because of that,
whatever was bought. So every treating event must be an outcome event, and the controls' time zero is another one (`buy
where item_id = 'a'` beside any other `buy`); neither is counted, and the arms differ in which event it was alone. Later
treating events count in either arm.
"""

from core.effects.designs.marks import IS_OUTCOME, IS_TREATMENT, marked_events
from core.effects.question import CausalQuestion
from core.effects.question_parts import BeforeAfter, Dose, FirstExposure, InSegment
from core.errors import BadSpec
from core.events.definitions.references import rule_of
from core.storage.engine import Log


def treated_by_outcomes(log: Log, question: CausalQuestion) -> bool:
    """Whether treating events are outcome events, too; two different event types never are, and being in a segment is
    over before an outcome. Raises BadSpec where part of the effect would then hold by definition."""
    if isinstance(question.treatment_measure, InSegment):
        return False
    treatment, outcome = (rule_of(each, log.manifest) for each in (question.treatment, question.outcome))
    if treatment.event_type != outcome.event_type and None not in (treatment.event_type, outcome.event_type):
        return False
    events = marked_events(log, question)
    both = events[IS_TREATMENT] & events[IS_OUTCOME]
    found = log.fetch(
        events.aggregate(shared=events.count(where=both), treating=events.count(where=events[IS_TREATMENT]))
    ).iloc[0]
    shared, treating = int(found["shared"]), int(found["treating"])
    if not shared:
        return False
    why = _by_definition(question) or (
        f"only {shared:,} of the {treating:,} treating events are, so the arms would differ in what happened at time "
        "zero"
        if shared < treating
        else None
    )
    if why:
        raise BadSpec(
            f"{shared:,} events are both {question.treatment_name} (treatment) and {question.outcome_name} (outcome), "
            f"so part of the effect would hold by definition: {why}; let the rules exclude each other."
        )
    return True


def said_of_shared(question: CausalQuestion) -> str:
    """What such an effect means, in a sentence."""
    treatment, outcome = question.treatment_name, question.outcome_name
    return (
        f"Every {treatment} is itself an outcome ({outcome}), and the one at time zero is not counted; in the control "
        "arm time zero is another such event, which is not counted either. So this is the effect of having had "
        f'{treatment} instead of another of them; later ones count in both arms, and "ever against never" counts all.'
    )


def _by_definition(question: CausalQuestion) -> str | None:
    """Why a treating event is counted as an outcome, None if none is."""
    if isinstance(question.design, BeforeAfter):
        return "before the first treating event there was none, after it there may be more"
    if not isinstance(question.design, FirstExposure):
        return (
            "the treating event comes after time zero and counts as an outcome (the design 'first_exposure' does not "
            "count it)"
        )
    if isinstance(question.treatment_measure, Dose):
        return "treating events after the first add to the treatment and to the outcome"
    if question.contrast == "per_protocol":
        return "a control would be censored at an event that is an outcome (the intention to treat counts it)"
    return None
