"""The battery: null pairs through the question's own design, and the headline judged by how far they stray.

False when the nominal interval excludes 0 and the calibrated one does not: what the design finds where nothing is would
explain the headline. Passed when the calibrated interval excludes 0 on the same side and the mean error is within half
of the headline (the margin of the placebo outcome); for a headline that is not clear of 0, when the null pairs raise no
more false alarms than chance does. Anything else is no answer, and so are fewer than 10 pairs.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import binomtest

from core.effects.battery.adjusted import adjusted
from core.effects.battery.draw import FEWEST_PAIRS, draw_pairs
from core.effects.battery.empirical_null import (
    Calibrated,
    SystematicError,
    calibrated,
    left_out_p_values,
    p_value,
    systematic_error,
)
from core.effects.battery.null_pair import Drawn, NullPair
from core.effects.estimate import Estimate
from core.effects.history_state.states import HistoryStates
from core.effects.interval import NORMAL_975
from core.effects.question import CausalQuestion
from core.effects.table import AnalysisTable
from core.effects.verdict import shown
from core.storage.engine import Log

NAME: Final = "battery"
TITLE: Final = "Negative-control battery"
ALARM: Final = 0.05
MORE_THAN_CHANCE: Final = 0.01  # pairs share their units, so an excess counts only when it is clear
DETECTS: Final = (
    "Sees hidden traits of users and causes that last from trial to trial; cannot see causes that arise within one, "
    "and counts it against the design when an earlier event itself led to the later treatment."
)


@dataclass(frozen=True)
class Battery:
    """kinds: how many pairs of each kind were used; error: the systematic error of the pairs, in standard deviations of
    their outcomes; scale: the headline's; alarm_share: of pairs whose nominal interval excludes 0;
    calibrated_alarm_share: after calibration by the other pairs; calibrated: the headline beside the null pairs."""

    passed: bool | None
    sentence: str
    pairs: tuple[NullPair, ...]
    kinds: Mapping[str, int]
    wanted: int
    headline: Calibrated
    scale: float
    unit: str
    error: SystematicError | None = None
    calibrated: Calibrated | None = None
    alarm_share: float | None = None
    calibrated_alarm_share: float | None = None
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "name": NAME, "title": TITLE, "passed": self.passed, "sentence": self.sentence, "detects": DETECTS,
            "pairs": [pair.plain() for pair in self.pairs], "kinds": dict(self.kinds), "wanted": self.wanted,
            "unit": self.unit, "scale": self.scale, "error": vars(self.error) if self.error else None,
            "nominal": _number(self.headline), "calibrated": _number(self.calibrated) if self.calibrated else None,
            "alarm_share": self.alarm_share, "calibrated_alarm_share": self.calibrated_alarm_share,
            "notes": list(self.notes),
        }  # fmt: skip


def battery(
    log: Log,
    question: CausalQuestion,
    table: AnalysisTable,
    headline: Estimate,
    *,
    states: HistoryStates | None = None,
    seed: int = 0,
    pairs: int = 30,
    seconds: float = 20.0,
) -> Battery:
    """Put up to `pairs` null pairs through the design of a question, and judge the headline of its table by them.

    The covariate groups are those of the table; states: what tells the order of events, where it is one of them.
    Treatments that are no yes or no have no battery; that is said.
    """
    nominal = Calibrated(headline.value, headline.se, p_value(headline.value, headline.se))
    scale = float(table.outcome[table.treatment == 0].std()) if table.treatment_kind == "binary" else float("nan")
    if not scale > 0 or headline.unit is not None or headline.estimand not in ("ATE", "ATT", "ATO", "difference"):
        said = "Not run: null pairs are drawn for a yes-or-no treatment whose effect is in the outcome's own unit."
        return Battery(None, said, (), {}, 0, nominal, scale, table.outcome_unit)
    drawn = draw_pairs(
        log,
        question,
        groups=adjusted(log, {covariate.group for covariate in table.covariates}, states),
        estimand=headline.estimand if headline.estimand in ("ATT", "ATO") else "ATE",
        pairs=pairs,
        seconds=seconds,
        seed=seed,
    )
    return judged(drawn, nominal, scale=scale, unit=table.outcome_unit)


def judged(drawn: Drawn, nominal: Calibrated, *, scale: float, unit: str) -> Battery:
    """The headline beside the pairs that were drawn; the rule is at the head of this file."""
    kinds = dict(Counter(pair.kind for pair in drawn.pairs))
    notes = _notes(drawn)
    if len(drawn.pairs) < FEWEST_PAIRS:
        said = f"No answer: only {len(drawn.pairs)} null pairs could be estimated, and a battery needs {FEWEST_PAIRS}."
        return Battery(None, said, drawn.pairs, kinds, drawn.wanted, nominal, scale, unit, notes=notes)
    values, errors = (np.array(each) for each in zip(*(pair.standard for pair in drawn.pairs), strict=True))
    error = systematic_error(values, errors)
    beside = calibrated(nominal.value, nominal.se, error, scale=scale)
    alarms = int((np.abs(values) > NORMAL_975 * errors).sum())
    still = float((left_out_p_values(values, errors) < ALARM).mean())
    passed = _passed(nominal, beside, error.mean * scale, alarms, len(values))
    return Battery(
        passed=passed,
        sentence=_sentence(passed, nominal, beside, alarms, len(values), unit),
        pairs=drawn.pairs,
        kinds=kinds,
        wanted=drawn.wanted,
        headline=nominal,
        scale=scale,
        unit=unit,
        error=error,
        calibrated=beside,
        alarm_share=alarms / len(values),
        calibrated_alarm_share=still,
        notes=notes,
    )


def _passed(nominal: Calibrated, beside: Calibrated, mean_error: float, alarms: int, pairs: int) -> bool | None:
    if not all(map(math.isfinite, (nominal.value, nominal.se, beside.value, beside.se))):
        return None
    if _side(nominal) == 0:
        excess = binomtest(alarms, pairs, ALARM, alternative="greater").pvalue < MORE_THAN_CHANCE
        return None if excess or _side(beside) != 0 else True
    if _side(beside) != _side(nominal):
        return False
    return True if abs(mean_error) <= abs(nominal.value) / 2 else None


def _side(estimate: Calibrated) -> int:
    """Which side of 0 the interval is on: 1, -1, or 0 where it holds 0."""
    return 1 if estimate.low > 0 else -1 if estimate.high < 0 else 0


def _sentence(passed: bool | None, nominal: Calibrated, beside: Calibrated, alarms: int, pairs: int, unit: str) -> str:
    value, low, high = (shown(each, unit, beside=beside.value) for each in (beside.value, beside.low, beside.high))
    points = " percentage points" if unit == "share" else ""
    head = {
        True: "The design finds little where there is nothing to find",
        False: "What the design finds where there is nothing to find is enough to explain the effect",
        None: "The design strays where there is nothing to find, too far to tell",
    }[passed]
    was = shown(nominal.value, unit)
    return (
        f"{head}: of {pairs} null pairs {alarms} look like an effect ({100 * ALARM:.0f} % would be chance). "
        "Calibrated by "
        f"them, {was} becomes {value}{points} (95 % interval {low} to {high}, {_chance(beside.p_value)})."
    )


def _chance(p_value: float) -> str:
    return "p under 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def _notes(drawn: Drawn) -> tuple[str, ...]:
    notes = []
    if drawn.left_out:
        notes.append(f"{drawn.left_out} of {drawn.wanted} null pairs had too few units or a constant outcome.")
    if shares := [pair.trimmed / (pair.trimmed + pair.units) for pair in drawn.pairs if pair.trimmed is not None]:
        notes.append(
            "Each null pair is trimmed as the question is, by propensities of its own: that leaves out "
            f"{100 * min(shares):.0f} to {100 * max(shares):.0f} % of a pair's units."
        )
    if drawn.late > 0:
        notes.append(f"{drawn.late} of {drawn.wanted} null pairs were not reached in the time given.")
    if drawn.sampled_share < 1:
        notes.append(f"The null pairs use a chance sample of {100 * drawn.sampled_share:.1f} % of the users.")
    notes.append(
        "Null pairs are estimated by weighting and outcome model with linear learners (squares and hinges, no trees); "
        "pairs share units, so that there are fewer independent ones than it seems."
    )
    return tuple(notes)


def _number(estimate: Calibrated) -> dict[str, float]:
    return {**vars(estimate), "low": estimate.low, "high": estimate.high}
