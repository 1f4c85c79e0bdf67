"""E-value: the risk ratio that a hidden cause would need with treatment and outcome alike, beside the measured ones.

It fails when leaving out a measured covariate group shifts the ratio by as much as would explain the effect away. An
interval that includes no effect has nothing to explain away: no answer.
"""

from core.effects.groups import called
from core.effects.refutation import Attempt, Refutation, not_by_adjustment, not_told, refutation
from core.effects.sensitivity.e_value import e_value

NAME = "e_value"


def refute(attempt: Attempt) -> Refutation:
    """details: the E-values of the estimate, of its interval's nearer limit, and of every covariate group."""
    if why := not_by_adjustment(attempt):
        return not_told(NAME, why)
    if attempt.table.treatment_kind != "binary":
        return not_told(NAME, "Does not apply to an amount or to several arms: an E-value compares two.")
    if attempt.headline.unit is not None:
        return not_told(NAME, f"Does not apply to a headline in {attempt.headline.unit}, which has no risk ratio.")
    found = e_value(attempt.table, attempt.headline)
    if found is None:
        return not_told(NAME, "Not told: the outcome has no level, or no spread, to form a risk ratio with.")
    how = "" if found.scale == "risk ratio" else " (risk ratios approximated from the standardised difference)"
    said = (
        f"A hidden cause would need risk ratios of {found.point:.3g} with both treatment and outcome to explain the "
        f"estimate away, and of {found.limit:.3g} for the interval to include no effect{how}"
    )
    if found.limit <= 1:
        return not_told(
            NAME, f"{said}: it includes it already, so there is nothing to explain away.", details=found.plain()
        )
    if not found.groups:
        return not_told(NAME, f"{said}; there is no covariate to compare it with.", details=found.plain())
    group, strongest = found.groups[0]
    said = f"{said}; the strongest measured group, {called(group)}, comes to {strongest:.3g}."
    return refutation(NAME, found.limit > strongest, said, details=found.plain())
