"""Sensitivity: how strong would a hidden cause have to be to explain the effect away?

robustness.py has the linear answer and the yardsticks, hidden_cause.py the one for the headline without linearity,
contour.py what is left beside a cause of every strength, e_value.py the risk ratios.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.effects.estimate import Estimate
from core.effects.groups import called
from core.effects.partialled import contrast, partialled
from core.effects.sensitivity.contour import bounds, contour
from core.effects.sensitivity.e_value import e_value
from core.effects.sensitivity.hidden_cause import headline_exposure, linear_exposure
from core.effects.sensitivity.robustness import TIMES_AT_MOST, Benchmark, benchmarks, bound, robustness_value
from core.effects.table import AnalysisTable

if TYPE_CHECKING:  # the learners would weigh the web process down
    from core.effects.nuisances import Nuisances

__all__ = ["Benchmark", "Sensitivity", "bound", "needed", "robustness_value", "sensitivity"]


@dataclass(frozen=True)
class Sensitivity:
    """benchmarks: strongest group first. passed: the robustness value is above the strongest group's strength.

    bounds, contour: of the headline where it can be bounded, else of the linear effect (`of` says which), with its own
    robustness value (`value_of`) and the one for its interval (`interval_of`); e_value: null where there is none.
    """

    passed: bool | None
    sentence: str
    linear_value: float
    linear_se: float
    robustness_value: float
    benchmarks: tuple[Benchmark, ...]
    of: str | None = None
    value_of: float | None = None
    interval_of: float | None = None
    bounds: tuple[dict[str, Any], ...] = ()
    contour: dict[str, Any] | None = None
    e_value: dict[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        """JSON-ready values; `strongest` is the name of the strongest group."""
        return {
            **vars(self),
            "strongest": self.benchmarks[0].group if self.benchmarks else None,
            "benchmarks": [vars(benchmark) for benchmark in self.benchmarks],
            "bounds": list(self.bounds),
        }


def sensitivity(
    table: AnalysisTable, headline: Estimate | None = None, nuisances: "Nuisances | None" = None
) -> Sensitivity:
    """Robustness value of the linear effect and its benchmark per covariate group.

    With the headline and its nuisances also what a hidden cause could do to the headline, and its E-value.
    """
    two_arms, _ = contrast(table)
    parts = partialled(two_arms)
    value = robustness_value(parts.partial_f)
    if not np.isfinite(value):
        said = "The linear effect has no value, so its robustness is unknown."
        return Sensitivity(None, said, parts.value, float("nan"), value, ())
    error = parts.scale / float(np.sqrt(parts.freedom))
    found = benchmarks(two_arms, parts, parts.partial_f)
    if not found:
        said = f"The robustness value is {100 * value:.1f} %, but there is no covariate to compare a hidden cause with."
        passed = None
    else:
        said, passed = needed(value, found[0]), value > found[0].strength
    exposure = linear_exposure(parts)
    if headline is not None and nuisances is not None:
        exposure = headline_exposure(table, headline, nuisances) or exposure
    rows = bounds(exposure, found)
    ratio = e_value(table, headline) if headline is not None and table.treatment_kind == "binary" else None
    return Sensitivity(
        passed=passed,
        sentence=said,
        linear_value=parts.value,
        linear_se=error,
        robustness_value=value,
        benchmarks=found,
        of=exposure.of,
        value_of=robustness_value(exposure.partial_f),
        interval_of=exposure.robust_interval(),
        bounds=tuple(rows),
        contour=contour(exposure, rows),
        e_value=ratio.plain() if ratio else None,
    )


def needed(value: float, strongest: Benchmark) -> str:
    """The sentence on how strong a hidden cause would have to be."""
    if strongest.times >= TIMES_AT_MOST:
        times = f"more than {TIMES_AT_MOST:,.0f} times"
    else:
        times = f"{strongest.times:.2g} times"
    group = called(strongest.group)
    return (
        f"A hidden cause {times} as strong as {group}, the strongest group that was measured, would be "
        f"needed to explain the effect away (robustness value {100 * value:.1f} %, {group} "
        f"{100 * strongest.strength:.1f} %)."
    )
