"""What single measurement or experiment would settle an amber verdict."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.effects.diagnosis.power import NORMAL_80
from core.effects.estimate import Estimate
from core.effects.groups import called
from core.effects.interval import NORMAL_975
from core.effects.table import AnalysisTable
from core.effects.verdict import NEGATIVE_CONTROLS
from core.graphs.identification.answer import Identification

POWER: Final = (NORMAL_975 + NORMAL_80) ** 2  # 5 % two-sided, 80 % power


def what_would_settle(
    failed: Sequence[str],
    missing: Sequence[str],
    identified: Identification,
    table: AnalysisTable,
    headline: Estimate,
) -> str:
    """One sentence: the measurement that the graph or the missing check names, else the experiment and its size."""
    measures = [remedy["names"] for remedy in identified.remedies if remedy["kind"] == "measure"]
    if not identified.adjustable and measures:
        names = " and ".join(map(called, measures[0]))
        return f"Measuring {names} before time zero would settle it; so would an experiment{_size(table, headline)}."
    if any(name in NEGATIVE_CONTROLS for name in missing) and not failed:
        return (
            "An outcome from before the treatment, measured as the outcome is, would settle it (a longer log, or a "
            "column of the table): it must show no effect."
        )
    if identified.adjustable and ("who_stays" in failed or "who_stays" in missing):
        return (
            "Asking it at moments at which everybody is there (the design 'first exposure') would tell the effect from "
            f"who stays; an experiment{_size(table, headline)} would settle the rest."
        )
    unrun = [name.replace("_", " ") for name in missing if name not in NEGATIVE_CONTROLS]
    if unrun and not failed and identified.adjustable:
        return f"The checks that gave no answer would settle it: {', '.join(unrun)}."
    if "overlap" in failed:
        return (
            "Nobody comparable went without it in part of the population, so only an experiment there"
            f"{_size(table, headline)} would settle it."
        )
    return f"An experiment that deals {table.treatment_title} out by chance{_size(table, headline)} would settle it."


def _size(table: AnalysisTable, headline: Estimate) -> str:
    """How many units an even split needs to find an effect with 80 % power: 4 z^2 variance / effect^2.

    The effect is the headline; where that is not told apart from 0, the largest that its interval allows: the headline
    itself may be next to nothing, and no number of units would do.
    """
    told = headline.low > 0 or headline.high < 0
    effect = abs(headline.value) if told else max(abs(headline.low), abs(headline.high))
    if not np.isfinite(effect) or effect == 0 or table.treatment_kind != "binary" or headline.unit:
        return ""
    units = int(np.ceil(4 * POWER * float(np.var(table.outcome)) / effect**2))
    which = "an effect of this size" if told else "one as large as the interval allows"
    return f" (about {units:,} units, half of them treated, to see {which})" if units < 10**9 else ""
