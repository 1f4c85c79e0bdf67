"""Trials: every session that reaches its n-th event is one, with time zero at that event.

Eligible is who has not taken up the treatment in that session up to time zero (a tie counts as before), and whose whole
lookback and outcome windows lie inside the log. Nothing after time zero decides eligibility.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from core.effects.question import CausalQuestion, duration
from core.effects.table import AttritionStep
from core.events.definitions.references import rule_of
from core.events.definitions.rules import Rule
from core.storage.engine import Log


@dataclass(frozen=True)
class Windows:
    """Offsets from time zero in whole microseconds.

    Covariates: the lookback_us before `covariates_end_us`, end excluded. Outcome: outcome_from_us to outcome_to_us,
    treatment: 1 to treatment_to_us, ends included.
    """

    lookback_us: int
    covariates_end_us: int
    outcome_from_us: int
    outcome_to_us: int
    treatment_to_us: int
    outcome_name: str
    lookback_name: str

    @property
    def first_us(self) -> int:
        return self.covariates_end_us - self.lookback_us

    @property
    def last_us(self) -> int:
        return max(self.outcome_to_us, self.treatment_to_us)


def windows(question: CausalQuestion) -> Windows:
    """The windows of the question itself: covariates before time zero, outcome after it."""
    return Windows(
        lookback_us=question.lookback_us,
        covariates_end_us=0,
        outcome_from_us=1,
        outcome_to_us=question.outcome_window_us,
        treatment_to_us=question.treatment_window_us,
        outcome_name=question.outcome_title,
        lookback_name=f"with {duration(question.lookback_days)} of log before time zero",
    )


def placebo_windows(question: CausalQuestion) -> Windows:
    """The same shifted back by the outcome window: the outcome just before time zero, covariates before that."""
    shift = question.outcome_window_us
    window = duration(question.outcome_window_days)
    return Windows(
        lookback_us=question.lookback_us,
        covariates_end_us=-shift,
        outcome_from_us=-shift,
        outcome_to_us=-1,
        treatment_to_us=question.treatment_window_us,
        outcome_name=f"{question.outcome_name} in the {window} before time zero",
        lookback_name=f"with {duration(question.lookback_days)} of log before the placebo window of {window}",
    )


def eligible_units(log: Log, question: CausalQuestion, offsets: Windows) -> tuple[ir.Table, tuple[AttritionStep, ...]]:
    """An expression with `unit_id, trial_user_id, time_zero_us`, and how many sessions each rule left."""
    events = log.table("events")
    bounds = log.fetch(events.aggregate(first_us=events.timestamp_us.min(), last_us=events.timestamp_us.max())).iloc[0]
    treatment = rule_of(question.treatment, log.manifest)
    ruled = _ruled_trials(events, treatment, question, offsets, int(bounds["first_us"]), int(bounds["last_us"]))
    sessions = log.table("sessions").count().name("sessions").as_table()
    untreated = ruled.untreated
    observed = untreated & ruled.looked_back
    eligible = observed & ruled.followed
    counts = ruled.aggregate(
        trials=ruled.count(),
        untreated=ruled.count(where=untreated),
        observed=ruled.count(where=observed),
        eligible=ruled.count(where=eligible),
    )
    row = log.fetch(sessions.cross_join(counts)).iloc[0]
    landmark = question.landmark_event
    titles = {
        "sessions": "sessions in the log",
        "trials": f"with at least {landmark} event{'s' if landmark > 1 else ''} (time zero is event {landmark})",
        "untreated": f"without {question.treatment_name} in the session up to time zero",
        "observed": offsets.lookback_name,
        "eligible": f"with {duration(question.outcome_window_days)} of log after time zero",
    }
    attrition = tuple(AttritionStep(title, int(row[name])) for name, title in titles.items())
    return ruled.filter(eligible).select("unit_id", "trial_user_id", "time_zero_us"), attrition


def _ruled_trials(
    events: ir.Table, treatment: Rule, question: CausalQuestion, offsets: Windows, first_us: int, last_us: int
) -> ir.Table:
    landmarks = events.filter(events.session_position == question.landmark_event)
    trials = landmarks.select(
        unit_id=landmarks.session_id, trial_user_id=landmarks.user_id, time_zero_us=landmarks.timestamp_us
    )
    treatments = events.filter(treatment.matches(events))
    uptakes = treatments.group_by(treatments.session_id).aggregate(uptake_us=treatments.timestamp_us.min())
    joined = trials.left_join(uptakes, trials.unit_id == uptakes.session_id)
    zero = joined.time_zero_us
    return joined.select(
        "unit_id",
        "trial_user_id",
        "time_zero_us",
        untreated=ibis.coalesce(joined.uptake_us > zero, True),
        looked_back=zero + offsets.first_us >= first_us,
        followed=zero + question.outcome_window_us <= last_us,
    )
