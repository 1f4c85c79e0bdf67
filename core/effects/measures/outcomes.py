"""The outcome of each unit, by how the question measures it; how long each was followed, and censoring."""

from collections.abc import Sequence
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.effects.designs.marks import IS_OUTCOME
from core.effects.designs.windows import Windows
from core.effects.history import OWN
from core.effects.question import MICROSECONDS_PER_DAY, CausalQuestion, duration
from core.effects.question_parts import FirstExposure, TimeTo, amount_of, summed_column
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, OUTCOME, TREATMENT
from core.errors import NotEnoughData
from core.events.definitions.rules import Rule

MOST_CENSORED: Final = 0.2  # with more, what was not seen decides the mean
OTHER: Final = "other outcome"
UNEQUAL: Final = 0.05  # of the outcome window: by how much the arms may differ in how long they were followed


def outcome_measures(rows: ir.Table, question: CausalQuestion, offsets: Windows) -> dict[str, ir.Value]:
    """Named aggregates over the rows of a unit: outcome_us, and outcome_amount where an amount is asked for.

    A placebo outcome of first exposures leaves the session of time zero out: how far in a session one was when it
    happened is part of the moment, and a placebo's covariates end too early to know it.
    """
    within = rows[IS_OUTCOME] & _counts(rows, question, offsets)
    measures: dict[str, ir.Value] = {"outcome_us": rows.offset_us.min(where=within)}
    amount = amount_of(question.outcome_measure)
    if amount == "events":
        measures["outcome_amount"] = rows.count(where=within)
    if amount == "value":
        column = rows[summed_column(question.outcome_measure)]
        measures["outcome_amount"] = column.sum(where=within).cast("float64").fill_null(0.0)
    return measures


def other_outcomes(
    rows: ir.Table, question: CausalQuestion, offsets: Windows, rules: Sequence[Rule]
) -> dict[str, ir.Value]:
    """Whether events of other rules happened where the outcome is looked for, as aggregates OTHER 0, OTHER 1, ..."""
    counts = _counts(rows, question, offsets)
    return {
        f"{OTHER} {place}": (rows.count(where=counts & rule.matches(rows)) > 0).cast("float64")
        for place, rule in enumerate(rules)
    }


def _counts(rows: ir.Table, question: CausalQuestion, offsets: Windows) -> ir.BooleanValue:
    within = rows.offset_us.between(offsets.outcome_from_us, offsets.outcome_to_us)
    return within & ~rows[OWN] if offsets.placebo and isinstance(question.design, FirstExposure) else within


def outcome_columns(
    units: pd.DataFrame, question: CausalQuestion, offsets: Windows, last_us: int
) -> dict[str, np.ndarray]:
    """OUTCOME, EVENT_DAYS and FOLLOWED_DAYS, (n,) float each; last_us: the last moment of the log."""
    event_days = (units["outcome_us"].to_numpy(dtype=float, na_value=np.nan) - offsets.origin_us) / MICROSECONDS_PER_DAY
    window_days = question.outcome_window_days
    followed_days = np.full(len(units), window_days)
    happened = ~np.isnan(event_days)
    if isinstance(question.outcome_measure, TimeTo):
        if not offsets.placebo:
            left_us = last_us - units["time_zero_us"].to_numpy(dtype=float)
            followed_days = np.minimum(window_days, left_us / MICROSECONDS_PER_DAY)
        outcome = np.where(happened, event_days, followed_days)
    elif "outcome_amount" in units:
        outcome = units["outcome_amount"].to_numpy(dtype=float, na_value=0.0)
    else:
        outcome = happened.astype(float)
    return {OUTCOME: outcome, EVENT_DAYS: event_days, FOLLOWED_DAYS: followed_days}


def check_follow_up(table: pd.DataFrame, question: CausalQuestion) -> tuple[str, ...]:
    """A sentence on censored units, if there are any; raises NotEnoughData beyond the threshold, or where the arms were
    not followed equally long."""
    window_days = question.outcome_window_days
    followed = table[FOLLOWED_DAYS].to_numpy()
    censored = table[EVENT_DAYS].isna().to_numpy() & (followed < window_days * (1 - 1e-9))
    if not censored.any():
        return ()
    share = float(censored.mean())
    if share > MOST_CENSORED:
        raise NotEnoughData(
            f"For {100 * share:.0f} % of the units the log ends before the outcome window of {duration(window_days)} "
            "does and "
            f"before any {question.outcome_name}; at most {100 * MOST_CENSORED:.0f} % may be censored, so shorten "
            "the window."
        )
    means = [followed[table[TREATMENT] == arm].mean() for arm in np.unique(table[TREATMENT])] if len(table) else [0.0]
    if len(means) <= 12 and max(means) - min(means) > UNEQUAL * window_days:
        raise NotEnoughData(
            f"The arms were not followed equally long ({duration(float(min(means)))} and "
            f"{duration(float(max(means)))} on average), so the longer one had more time for {question.outcome_name}; "
            "shorten the outcome window."
        )
    return (
        f"For {int(censored.sum()):,} units ({100 * share:.1f} %) the log ends before the outcome window does and "
        "before any "
        f"{question.outcome_name}: they are censored, and count with the days they were followed.",
    )
