"""Before and after: each user who took up the treatment, twice: the outcome window after it, and the one before it.

Both rows have the same covariates, from before both windows, so that nothing of them differs; what else changed at that
time is not told apart from the treatment.
"""

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from core.effects.designs.units import (
    ASSIGNED,
    EXPOSED,
    LABEL,
    OWN_SESSION,
    SHARE,
    Units,
    sifted,
    uptakes,
)
from core.effects.designs.windows import Windows, pair_shift_us
from core.effects.question import CausalQuestion, duration
from core.effects.question_parts import Took
from core.effects.table import AttritionStep
from core.storage.engine import Log


def pairs(log: Log, events: ir.Table, question: CausalQuestion, offsets: Windows) -> Units:
    """Two units per user: ASSIGNED is 1 after the first treatment, 0 before it."""
    measure = question.treatment_measure
    taken = uptakes(events, measure.times if isinstance(measure, Took) else 1)
    moment = events.filter(events.gap_seconds.isnull() | (events.gap_seconds > 0))
    first = moment.join(taken, [moment.user_id == taken["uptake of"], moment.timestamp_us == taken.uptake_us])
    candidates = first.select(
        unit_id=first.event_id * 2 + 1,
        trial_user_id=first.user_id,
        time_zero_us=first.timestamp_us,
        **{
            OWN_SESSION: ibis.literal(-1, "int64"),
            ASSIGNED: ibis.literal(1.0),
            LABEL: first.timestamp_us,
            EXPOSED: first.timestamp_us,
            SHARE: ibis.literal(1.0),
        },
    )
    window = duration(question.outcome_window_days)
    earlier = replace(
        offsets,
        covariates_end_us=offsets.covariates_end_us - pair_shift_us(question),
        lookback_name=f"with {duration(question.lookback_days)} and {window} of log before it",
    )
    made = sifted(log, candidates, question, earlier, {})
    row = log.fetch(made.table.aggregate(users=made.table.count(), **made.counts())).iloc[0]
    steps = {
        f"users with a first {question.taken_up}": row["users"],
        **{title: row[title] for title in made.rules},
    }
    after = made.eligible
    before = after.mutate(
        unit_id=after.unit_id - 1,
        time_zero_us=after.time_zero_us - pair_shift_us(question),
        **{ASSIGNED: ibis.literal(0.0)},
    )
    attrition = [AttritionStep(title, int(units)) for title, units in steps.items()]
    attrition.append(AttritionStep("units: each of them before and after", 2 * attrition[-1].units))
    note = (
        f"Before and after are the same users: whatever else changed with time (seasons, other releases, users who "
        f"come to {question.taken_up} at a high or low point and would have gone back) is part of this number."
    )
    return Units(after.union(before), tuple(attrition), (note,))
