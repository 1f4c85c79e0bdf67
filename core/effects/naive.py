"""The naive number: who ever did the treatment against who never did, over the whole log. Shown as a warning.

Nothing in it has a time zero: whoever stays longer had more time for both, the outcome may have come first, and those
who did differed before. The more of the log a user fills, the more of everything there is, effect or none.
"""

from typing import Any

import ibis.expr.types as ir

from core.effects.designs.marks import IS_OUTCOME, IS_TREATMENT, marked_events
from core.effects.interval import NORMAL_975
from core.effects.question import CausalQuestion
from core.effects.question_parts import amount_of, summed_column
from core.errors import NotEnoughData
from core.storage.engine import Log

FEWEST_USERS = 2  # what a variance needs
WHY_WRONG = (
    "It has no time zero: users who stay longer have more time for both, the outcome may have come before the "
    "treatment, and who did it differed already."
)


def ever_against_never(log: Log, question: CausalQuestion) -> dict[str, Any]:
    """{value, low, high, treated_mean, control_mean, treated, control, unit, sentence}: users who ever did the
    treatment minus users who never did, in the share who ever did the outcome, or in the number or value of its events.

    The interval is Welch's, as an adoption report would give it. Raises NotEnoughData when a side has under 2 users.
    """
    rows = log.fetch(_sides(_users(log, question)))
    sides = {bool(row["ever"]): row for _, row in rows.iterrows()}
    treated, control = (int(sides[ever]["users"]) if ever in sides else 0 for ever in (True, False))
    if min(treated, control) < FEWEST_USERS:
        raise NotEnoughData(
            f"{treated:,} users ever did {question.taken_up} and {control:,} never did, so there is nothing to "
            "compare; choose another treatment."
        )
    means = {ever: float(side["mean"]) for ever, side in sides.items()}
    value = means[True] - means[False]
    error = sum(float(side["variance"]) / int(side["users"]) for side in sides.values()) ** 0.5
    unit = _unit(question)
    return {
        "value": value,
        "low": value - NORMAL_975 * error,
        "high": value + NORMAL_975 * error,
        "treated_mean": means[True],
        "control_mean": means[False],
        "treated": treated,
        "control": control,
        "unit": unit,
        "sentence": (
            f"Users who ever did {question.taken_up} compared with users who never did, over the whole log: "
            f"{_amount(means[True], unit, question)} against {_amount(means[False], unit, question)}. {WHY_WRONG}"
        ),
    }


def _users(log: Log, question: CausalQuestion) -> ir.Table:
    """One row per user: whether there ever was a treatment, and how much outcome."""
    events = marked_events(log, question)
    outcome, column = events[IS_OUTCOME], summed_column(question.outcome_measure)
    amounts = {
        "events": lambda: events.count(where=outcome).cast("float64"),
        "value": lambda: events[column].sum(where=outcome).cast("float64").fill_null(0.0),
        "share": lambda: outcome.any().cast("float64"),
    }
    return events.group_by("user_id").aggregate(ever=events[IS_TREATMENT].any(), amount=amounts[_unit(question)]())


def _sides(users: ir.Table) -> ir.Table:
    return users.group_by("ever").aggregate(
        users=users.count(), mean=users.amount.mean(), variance=users.amount.var(how="sample")
    )


def _unit(question: CausalQuestion) -> str:
    """Time to event and retention have no meaning without a time zero: then it is the share who ever did."""
    return amount_of(question.outcome_measure) or "share"


def _amount(mean: float, unit: str, question: CausalQuestion) -> str:
    if unit == "share":
        return f"{100 * mean:.1f} % ever did {question.outcome_name}"
    what = "events" if unit == "events" else f"of {summed_column(question.outcome_measure)}"
    return f"{mean:,.3g} {what} ({question.outcome_name}) per user"
