"""Placebo time: the treatment is pretended to have come earlier; what happened until the real one should not differ.

The table has time zero shifted back by the outcome window, so that its outcome window ends before the real treatment
could act.
"""

from core.effects.refutation import Attempt, Refutation, not_told
from core.effects.refuters.nothing_expected import refute_nothing

NAME = "placebo_time"


def refute(attempt: Attempt) -> Refutation:
    """None for `passed` without a table of an earlier time zero, and where it has no power."""
    placebo = attempt.placebos.get(NAME)
    if placebo is None:
        return not_told(NAME, "Not run: there is no earlier time zero to pretend, as a table or a short log has none.")
    margin = abs(attempt.headline.value) / 2
    return refute_nothing(
        attempt, NAME, placebo, margin=margin, called=f"With an earlier time zero, {placebo.outcome_title}"
    )
