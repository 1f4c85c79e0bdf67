"""Placebo outcome: the same estimate of an outcome from before the treatment, which cannot have changed it."""

from core.effects.refutation import Attempt, Refutation, not_told
from core.effects.refuters.nothing_expected import refute_nothing

NAME = "placebo_outcome"


def refute(attempt: Attempt) -> Refutation:
    """None for `passed` without a placebo table, and where it has no power."""
    placebo = attempt.placebos.get(NAME)
    if placebo is None:
        return not_told(NAME, "Not run: there is no outcome from before the treatment. Name one, if the data holds it.")
    margin = abs(attempt.headline.value) / 2
    return refute_nothing(attempt, NAME, placebo, margin=margin, called=f"As placebo, {placebo.outcome_title}")
