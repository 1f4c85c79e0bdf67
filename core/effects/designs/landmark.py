"""Landmark: every session that reaches its n-th event is one trial, with time zero at that event.

Eligible is who has not taken up the treatment in that session up to time zero (a tie counts as before).
"""

import ibis
import ibis.expr.types as ir

from core.effects.designs.units import ASSIGNED, EXPOSED, LABEL, OWN_SESSION, SHARE, Sifted, sifted, uptakes
from core.effects.designs.windows import Windows
from core.effects.question import CausalQuestion
from core.effects.question_parts import InSegment
from core.effects.table import AttritionStep
from core.storage.engine import Log


def trials(
    log: Log, events: ir.Table, question: CausalQuestion, offsets: Windows
) -> tuple[Sifted, tuple[AttritionStep, ...]]:
    """The sessions that get there, under every rule; how many there were at each step."""
    landmark = question.landmark_event
    reached = events.filter(events.session_position == landmark)
    candidates = reached.select(
        unit_id=reached.session_id, trial_user_id=reached.user_id, time_zero_us=reached.timestamp_us
    )
    own = {}
    if not isinstance(question.treatment_measure, InSegment):
        taken = uptakes(events, by="session_id")
        joined = candidates.left_join(taken, candidates.unit_id == taken["uptake of"])
        candidates = joined.mutate(untreated=ibis.coalesce(joined.uptake_us > joined.time_zero_us, True)).drop(
            "uptake of", "uptake_us"
        )
        own = {f"without {question.taken_up} in the session up to time zero": "untreated"}
    candidates = candidates.mutate(
        **{
            OWN_SESSION: candidates.unit_id,
            ASSIGNED: ibis.null("float64"),
            LABEL: candidates.time_zero_us,
            EXPOSED: ibis.null("int64"),
            SHARE: ibis.literal(1.0),
        }
    )
    made = sifted(log, candidates, question, offsets, own)
    sessions = log.table("sessions").count().name("sessions").as_table()
    counted = made.table.aggregate(reached=made.table.count(), **made.counts())
    row = log.fetch(sessions.cross_join(counted)).iloc[0]
    plural = "s" if landmark > 1 else ""
    steps = {
        "sessions in the log": row["sessions"],
        f"with at least {landmark} event{plural} (time zero is event {landmark})": row["reached"],
        **{title: row[title] for title in made.rules},
    }
    return made, tuple(AttritionStep(title, int(units)) for title, units in steps.items())
