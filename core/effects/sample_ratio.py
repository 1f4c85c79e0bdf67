"""Sample ratio: an experiment whose arms are not of the sizes that were meant has lost units on the way."""

import numpy as np
from scipy.stats import chi2

from core.effects.diagnosis.balance import CHANCE_LINE
from core.effects.table import AnalysisTable
from core.effects.verdict import Check


def sample_ratio(table: AnalysisTable, treated_share: float | None) -> Check:
    """Do the arms' sizes fit the share that was meant to be treated? Chi-square; p < 0.001 fails.

    Counts users where all units of a user are in one arm, else units.
    """
    title = "Sample ratio"
    if treated_share is None:
        said = "The share that was meant to be treated is not stated, so the sample ratio was not checked."
        return Check("sample_ratio", title, None, said)
    users = np.bincount(table.clusters)
    treated_units = np.bincount(table.clusters, weights=table.treatment)
    whole = bool(((treated_units == 0) | (treated_units == users)).all())
    count, treated = (
        (len(users), int((treated_units > 0).sum())) if whole else (table.units, int(table.treatment.sum()))
    )
    statistic = (treated - count * treated_share) ** 2 / (count * treated_share * (1 - treated_share))
    chance = float(chi2.sf(statistic, 1))
    passed = chance >= CHANCE_LINE
    said = (
        f"{treated:,} of {count:,} were treated ({100 * treated / count:.2f} %) where {100 * treated_share:.2f} % "
        "were meant to be "
        f"(p = {chance:.2g}): {'as chance allows' if passed else 'the assignment or its record is broken'}."
    )
    return Check("sample_ratio", title, passed, said)
