"""First exposure: time zero is a user's first treatment; controls are moments of users at risk who had none until then.

A moment is a point in time at which the user did something. Every moment up to and including the first treatment is a
small trial: at it the user either takes the treatment up for the first time, or does something else. Both arms are
active at time zero, whatever happens there is no covariate and no outcome, and who qualifies follows from earlier
events alone. A control that takes it up later stays a control (intention to treat).

Where the treatment is an amount or one of several arms, the first treatments alone are compared with each other.
Moments at which the outcome itself happened are no time zero, in either arm: who has just bought buys less or more
because of that. Where hardly any other moments are left (a log of purchases), they stay, and it is said.
"""

from typing import Final

import ibis
import ibis.expr.types as ir

from core.effects.designs.marks import IS_OUTCOME
from core.effects.designs.sampling import WEEK, sampled, weeks
from core.effects.designs.units import (
    ASSIGNED,
    EXPOSED,
    LABEL,
    OWN_SESSION,
    SHARE,
    Sifted,
    Units,
    sifted,
    uptakes,
)
from core.effects.designs.windows import Windows
from core.effects.question import CausalQuestion, duration
from core.effects.question_parts import BINARY, FirstExposure, Took
from core.effects.table import AttritionStep
from core.storage.engine import Log

MOST_AT_OUTCOMES: Final = 0.5  # of the controls' moments; with more, leaving them out would leave odd ones


def moments(
    log: Log, events: ir.Table, question: CausalQuestion, offsets: Windows, design: FirstExposure
) -> tuple[Sifted, bool]:
    """The moments at risk under every rule, and whether those at an outcome are left out."""
    candidates = _candidates(events, question)
    active = candidates["gap before"] <= design.active_days * 86_400
    candidates = candidates.mutate(active=ibis.coalesce(active, False))
    own = {f"with an event in the {duration(design.active_days)} before": "active"}
    apart = _outcomes_stay_out(log, candidates)
    if apart:
        own[f"not at the very moment of {question.outcome_name}"] = "apart"
    return sifted(log, candidates, question, offsets, own), apart


def risk_set(
    log: Log, events: ir.Table, question: CausalQuestion, offsets: Windows, design: FirstExposure
) -> tuple[Units, Sifted]:
    """All first treatments and a sample of the controls at risk; and every candidate, for a placebo time."""
    made, apart = moments(log, events, question, offsets, design)
    every = Sifted(weeks(made.table), made.rules)
    binary = question.treatment_measure.kind in BINARY
    counted = log.fetch(
        every.table.group_by(WEEK).aggregate(
            candidates=every.table.count(),
            treated=every.table.count(where=every.table[ASSIGNED] == 1),
            **every.counts(),
        )
    )
    of_users = "up to their first one" if binary else "with their first one"
    steps = {f"moments of users {of_users} ({question.treatment_name})": counted["candidates"].sum()}
    steps |= {title: counted[title].sum() for title in every.rules}
    attrition = tuple(AttritionStep(title, int(units)) for title, units in steps.items())
    notes = () if apart else (
        f"Most moments of the controls are themselves a {question.outcome_name}, so these stay: at time zero everybody "
        "did something, the controls mostly that.",
    )  # fmt: skip
    if not binary:
        return Units(every.eligible, attrition, notes), every
    chosen = sampled(every.eligible, design.controls_per_treated, question.seed)
    chosen = chosen.filter(chosen[SHARE] > 0)
    note = (
        f"Of the moments at which nobody took up {question.treatment_name}, up to {design.controls_per_treated} for "
        f"each that did were drawn by chance in every week (seed {question.seed}); "
        + (
            "for the effect on the treated they need no weights."
            if question.estimand == "ATT"
            else "each stands for as many as its weight says."
        )
    )
    then = f"with at most {design.controls_per_treated} controls drawn for each treated unit of a week"
    return Units(chosen, attrition, (*notes, note), then), every


def _candidates(events: ir.Table, question: CausalQuestion) -> ir.Table:
    """One row per moment at risk: the first event of each point in time, up to the user's first treatment."""
    measure = question.treatment_measure
    taken = uptakes(events, measure.times if isinstance(measure, Took) else 1)
    begins = events.filter(events.gap_seconds.isnull() | (events.gap_seconds > 0))
    joined = begins.left_join(taken, begins.user_id == taken["uptake of"])
    at_risk = joined.filter(joined.uptake_us.isnull() | (joined.timestamp_us <= joined.uptake_us))
    exposed = ibis.coalesce(at_risk.timestamp_us == at_risk.uptake_us, False)
    if measure.kind not in BINARY:
        at_risk = at_risk.filter(at_risk.timestamp_us == at_risk.uptake_us)
    outcomes = events.filter(events[IS_OUTCOME])
    outcomes = outcomes.group_by(**{"outcome of": outcomes.user_id, "outcome us": outcomes.timestamp_us}).aggregate()
    known = at_risk.select(
        unit_id=at_risk.event_id,
        trial_user_id=at_risk.user_id,
        time_zero_us=at_risk.timestamp_us,
        **{
            "gap before": at_risk.gap_seconds,
            OWN_SESSION: at_risk.session_id,
            ASSIGNED: exposed.cast("float64") if measure.kind in BINARY else ibis.null("float64"),
            LABEL: at_risk.timestamp_us,
            EXPOSED: at_risk.uptake_us,
            SHARE: ibis.literal(1.0),
        },
    )
    beside = known.left_join(
        outcomes, [known.trial_user_id == outcomes["outcome of"], known.time_zero_us == outcomes["outcome us"]]
    )
    return beside.mutate(apart=beside["outcome of"].isnull()).drop("outcome of", "outcome us")


def _outcomes_stay_out(log: Log, candidates: ir.Table) -> bool:
    """Whether enough moments of controls are left without those at which the outcome happened."""
    control = ibis.coalesce(candidates[ASSIGNED] == 0, False)
    row = log.fetch(
        candidates.aggregate(
            controls=candidates.count(where=control), apart=candidates.count(where=control & candidates.apart)
        )
    ).iloc[0]
    return bool(row["apart"] >= (1 - MOST_AT_OUTCOMES) * row["controls"])
