"""Specification curve: the same question under every other reasonable choice, sorted.

Choices: covariates (all, without each group), estimators, and where there is a log the windows and the eligibility,
one at a time around the question. It fails when choices disagree about the sign. Simonsohn, Simmons and Nelson (Nature
Human Behaviour 2020). What time did not reach, and what could not be estimated, is counted and said.
"""

import time
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

import numpy as np

from core.effects.estimators import ESTIMATORS
from core.effects.refutation import Attempt, Refutation, not_told, refutation, sized
from core.effects.refuters.refitting import refitted
from core.effects.refuters.specifications import Specification, plan
from core.effects.table import AnalysisTable
from core.errors import WhypathError

NAME = "specification_curve"
FEWEST: Final = 4
SAME_NEEDED: Final = 0.9
PATIENCE: Final = 60  # times the seconds: a stop, for what is reached is planned, or a seed gave two answers


def refute(attempt: Attempt) -> Refutation:
    """value, low, high: the median of the specifications and the middle 95 % of them."""
    chosen, unreached = plan(attempt)
    rows: list[dict[str, Any]] = []
    refused: list[str] = []
    began = time.monotonic()
    for specification, table in _with_tables(attempt, chosen):
        if time.monotonic() - began > PATIENCE * attempt.seconds:
            unreached += 1
            continue
        found = _estimated(attempt, specification, table)
        if isinstance(found, str):
            refused.append(found)
        else:
            rows.append(found)
    details = {"rows": sorted(rows, key=lambda row: row["value"]), "refused": refused[:20], "unreached": unreached}
    left = f" {len(refused):,} could not be estimated." if refused else ""
    left += f" Time did not reach {unreached:,} more." if unreached else ""
    if len(rows) < FEWEST:
        said = f"Only {len(rows):,} other specifications were estimated, too few to say anything.{left}"
        return not_told(NAME, said, details=details)
    headline, unit = attempt.headline, attempt.headline.unit or attempt.table.outcome_unit
    passed, said = judge(rows, clear=headline.low > 0 or headline.high < 0, headline=headline.value, unit=unit)
    values = np.array([row["value"] for row in rows])
    low, high = (float(each) for each in np.quantile(values, [0.025, 0.975]))
    return refutation(
        NAME, passed, f"{said}{left}", value=float(np.median(values)), low=low, high=high,
        expected=headline.value, details={**details, **shares(rows, headline.value)},
    )  # fmt: skip


def _with_tables(
    attempt: Attempt, chosen: list[Specification]
) -> Iterator[tuple[Specification, AnalysisTable | WhypathError]]:
    """Each with its table, built once for those that share it and then let go; or with why there is none."""
    for _, together in groupby(chosen, key=lambda each: each.variation):
        same = list(together)
        table: AnalysisTable | WhypathError = attempt.table
        if same[0].variation.changes and attempt.again is not None:
            try:
                table = attempt.again(same[0].variation.changes)
            except WhypathError as error:
                table = error
        for each in same:
            yield each, table


def judge(rows: list[dict[str, Any]], *, clear: bool, headline: float, unit: str) -> tuple[bool | None, str]:
    """The rule: (passed, sentence). clear: whether the headline's interval excludes 0."""
    found = shares(rows, headline)
    same, sure, against = found["same_share"], found["sure_share"], found["against_share"]
    middle = float(np.median([row["value"] for row in rows]))
    said = (
        f"Of {len(rows):,} other specifications {100 * same:.0f} % have the headline's sign, {100 * sure:.0f} % "
        "clearly so and "
        f"{100 * against:.0f} % clearly the opposite; their median is "
        f"{sized(unit, middle)} (headline {sized(unit, headline)})."
    )
    if against > 0 and sure > 0:
        return False, f"{said} Choices that could as well have been made disagree about the sign."
    if not clear:
        quiet = found["quiet_share"]
        if quiet >= SAME_NEEDED:
            return True, f"{said} Hardly any choice finds a clear effect, as the headline does not."
        return None, f"{said} The headline finds no clear effect, but other choices do."
    if same < SAME_NEEDED:
        return False, f"{said} The sign hangs on the choices made."
    if sure < 0.5:
        return None, f"{said} Most choices leave the effect unclear."
    return True, said


def shares(rows: list[dict[str, Any]], headline: float) -> dict[str, float]:
    """Shares of the rows: of the headline's sign, clearly so, clearly the opposite, and not clear."""
    sign = 1.0 if headline >= 0 else -1.0
    values = sign * np.array([row["value"] for row in rows])
    lows = np.array([row["low"] if sign > 0 else -row["high"] for row in rows])
    highs = np.array([row["high"] if sign > 0 else -row["low"] for row in rows])
    return {
        "same_share": float((values > 0).mean()),
        "sure_share": float((lows > 0).mean()),
        "against_share": float((highs < 0).mean()),
        "quiet_share": float(((lows <= 0) & (highs >= 0)).mean()),
    }


def _estimated(attempt: Attempt, chosen: Specification, table: AnalysisTable | WhypathError) -> dict[str, Any] | str:
    """The row of one specification, or why it has none."""
    called = f"{chosen.variation.title}, {chosen.covariates}, {ESTIMATORS[chosen.estimator].title}"
    if isinstance(table, WhypathError):
        return f"{called}: {table}"
    found = refitted(attempt, table.keep(set(chosen.groups)), estimator=chosen.estimator)
    if isinstance(found, str):
        return f"{called}: {found}"
    if not all(np.isfinite([found.value, found.low, found.high])):
        return f"{called}: no number with an interval"
    return {
        "setting": chosen.variation.title,
        "covariates": chosen.covariates,
        "estimator": ESTIMATORS[chosen.estimator].title,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "units": table.units,
    }
