"""First exposure: time zero is a user's first treatment; controls are moments of users at risk who had none until then.

A moment is a point in time at which the user did something. Every moment up to and including the first treatment is a
small trial: at it the user either takes the treatment up for the first time, or does something else. Both arms are
active at time zero, whatever happens there is no covariate and no outcome, and who qualifies follows from earlier
events alone. A control that takes it up later stays a control (intention to treat).

With `clean_days` a treatment counts as a first one after so many days without any, so that a user may have several.
Where the treatment is an amount or one of several arms, the first treatments alone are compared with each other.
Moments at which the outcome itself happened are no time zero, in either arm: who has just bought buys less or more
because of that. Where hardly any other moments are left (a log of purchases), they stay, and it is said. Where the
treatment is itself such an event, time zero is one in both arms (`shared_events.py`).
"""

from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from core.effects.designs.marks import IS_OUTCOME, IS_TREATMENT
from core.effects.designs.sampling import sampled, weeks
from core.effects.designs.units import (
    ASSIGNED,
    EXPOSED,
    LABEL,
    OWN_SESSION,
    SHARE,
    Sifted,
    Units,
    bounds,
    sifted,
    uptakes,
)
from core.effects.designs.windows import Windows
from core.effects.question import CausalQuestion, duration, microseconds
from core.effects.question_parts import BINARY, FirstExposure, Took
from core.effects.shared_events import said_of_shared, treated_by_outcomes
from core.effects.table import AttritionStep
from core.storage.engine import Log

ACTIVE: Final = "active events"
# Share of the controls' moments (of all where there is no control): with more, leaving them out would leave odd ones.
MOST_AT_OUTCOMES: Final = 0.5


def risk_set(
    log: Log, events: ir.Table, question: CausalQuestion, offsets: Windows, design: FirstExposure
) -> tuple[Units, Sifted]:
    """All first treatments and a sample of the controls at risk; and every candidate, for a placebo time."""
    binary = question.treatment_measure.kind in BINARY
    candidates = weeks(_candidates(events, question, design))
    active = ibis.coalesce(candidates["gap before"] <= design.active_days * 86_400, False)
    clean_us = microseconds(design.clean_days or 0)
    own = {f"with an event in the {duration(design.active_days)} before": "active"}
    if not binary or offsets.placebo:  # who is compared among the treated need not have come before; see `still_active`
        own = {}
    if clean_us > question.lookback_us:
        own[f"with {duration(design.clean_days or 0)} of log before, in which there was none"] = "known clean"
    known = candidates.time_zero_us - clean_us >= bounds(log)[0]
    every = sifted(log, candidates.mutate(active=active, **{"known clean": known}), question, offsets, own)
    shared = treated_by_outcomes(log, question)
    every, counted, apart = _at_outcomes(log, every, question) if shared else _outcomes_apart(log, every, question)
    which = "the first one" if design.clean_days is None else f"one after {duration(design.clean_days)} without any"
    could = "could take" if binary else "took"
    steps = {f"moments at which users {could} up {question.taken_up} as {which}": counted["candidates"]}
    steps |= {title: counted[title] for title in every.rules}
    attrition = tuple(AttritionStep(title, int(units)) for title, units in steps.items())
    notes: tuple[str, ...] = (said_of_shared(question),) if shared else ()
    if not apart:
        notes = (
            f"Most moments of the controls are themselves a {question.outcome_name}, which is not counted; they stay, "
            "for at time zero everybody was doing something, and that is what controls mostly did."
            if binary
            else f"At most first {question.taken_up} there is {question.outcome_name} at the same moment, so "
            "these stay; it is not counted.",
        )
    if not binary:
        return Units(every.eligible, attrition, notes), every
    chosen = sampled(every.eligible, design.controls_per_treated, question.seed)
    chosen = chosen.filter(chosen[SHARE] > 0)
    note = (
        f"Controls are moments of users without {question.taken_up} until then, drawn by chance: up to "
        f"{design.controls_per_treated} for each treated unit of a week (seed {question.seed}); "
        + (
            "for the effect on the treated each counts once."
            if question.estimand == "ATT"
            else "each counts for all those of its week that it stands for."
        )
    )
    then = f"with at most {design.controls_per_treated} controls drawn for each treated unit of a week"
    return Units(chosen, attrition, (*notes, note), then), every


def _candidates(events: ir.Table, question: CausalQuestion, design: FirstExposure) -> ir.Table:
    """One row per moment at risk: the first event of each point in time, up to the user's first treatment."""
    measure = question.treatment_measure
    begins = events.gap_seconds.isnull() | (events.gap_seconds > 0)
    if design.clean_days is None:
        taken = uptakes(events, measure.times if isinstance(measure, Took) else 1)
        joined = events.filter(begins).left_join(taken, ibis._.user_id == taken["uptake of"])
        at_risk = joined.filter(joined.uptake_us.isnull() | (joined.timestamp_us <= joined.uptake_us))
    else:
        at_risk = _after_clean_days(events.mutate(begins=begins), microseconds(design.clean_days))
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


def _after_clean_days(events: ir.Table, clean_us: int) -> ir.Table:
    """The first events of moments before which there was no treatment for so long; uptake_us: the next treatment, at
    that moment or after it."""
    taken_us = ibis.ifelse(events[IS_TREATMENT], events.timestamp_us, ibis.null("int64"))
    forward = {"group_by": "user_id", "order_by": "history_position"}
    marked = events.mutate(
        **{
            "latest us": taken_us.max().over(ibis.cumulative_window(**forward)),
            "uptake_us": taken_us.min().over(
                ibis.cumulative_window(group_by="user_id", order_by=ibis.desc("history_position"))
            ),
        }
    )
    marked = marked.mutate(**{"earlier us": marked["latest us"].lag().over(ibis.window(**forward))})
    clean = ibis.coalesce(marked["earlier us"] < marked.timestamp_us - clean_us, True)
    return marked.filter(marked.begins & clean)


def _outcomes_apart(log: Log, made: Sifted, question: CausalQuestion) -> tuple[Sifted, pd.Series, bool]:
    """Leaves out moments of the outcome if enough controls remain; the counts of every rule, and whether it did."""
    title = f"not at the very moment of {question.outcome_name}"
    stricter = Sifted(made.table, {**made.rules, title: "apart"})
    # An amount and several arms have no controls: there every moment is looked at.
    table, control = made.table, ibis.coalesce(made.table[ASSIGNED] == 0, True)
    counted = log.fetch(
        table.aggregate(
            candidates=table.count(),
            controls=table.count(where=made.all_hold & control),
            left=table.count(where=stricter.all_hold & control),
            **stricter.counts(),
        )
    ).iloc[0]
    if counted["left"] >= (1 - MOST_AT_OUTCOMES) * counted["controls"]:
        return stricter, counted, True
    return made, counted, False


def _at_outcomes(log: Log, made: Sifted, question: CausalQuestion) -> tuple[Sifted, pd.Series, bool]:
    """Leaves the moments of the outcome alone, in both arms; the counts of every rule, and True."""
    table = made.table.mutate(**{"at outcome": ~made.table.apart})
    same = Sifted(table, {**made.rules, f"at a moment of {question.outcome_name}": "at outcome"})
    return same, log.fetch(table.aggregate(candidates=table.count(), **same.counts())).iloc[0], True


def still_active(rows: ir.Table, question: CausalQuestion, offsets: Windows) -> dict[str, ir.Value]:
    """For a placebo outcome, how many events there were in the active_days before its window: who was active is judged
    there, because activity within the window may be the placebo outcome itself."""
    if not (asks_activity(question) and offsets.placebo and isinstance(question.design, FirstExposure)):
        return {}
    since_us = offsets.covariates_end_us - microseconds(question.design.active_days)
    return {ACTIVE: rows.count(where=(rows.offset_us >= since_us) & (rows.offset_us < offsets.covariates_end_us))}


def asks_activity(question: CausalQuestion) -> bool:
    """Whether the design asks who was active before time zero."""
    return isinstance(question.design, FirstExposure) and question.treatment_measure.kind in BINARY
