"""Specification curve: the same question under every other reasonable choice, sorted.

Choices: covariates (all, without each group), estimators, and where there is a log the windows and the eligibility,
one at a time around the question. It fails when choices disagree about the sign. Simonsohn, Simmons and Nelson (Nature
Human Behaviour 2020). What time did not reach, and what could not be estimated, is counted and said.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from core.effects.chosen import misfit
from core.effects.estimators import ESTIMATORS
from core.effects.refutation import Attempt, Refutation, not_told, refutation
from core.effects.refuters.refitting import refitted
from core.effects.refuters.specifications import Variation, variations
from core.effects.table import AnalysisTable
from core.errors import WhypathError

NAME = "specification_curve"
GROUPS_AT_MOST: Final = 8
FEWEST: Final = 4
SAME_NEEDED: Final = 0.9
ALL: Final = "all"


@dataclass(frozen=True)
class Specification:
    """One choice of everything, not yet estimated."""

    setting: str
    covariates: str
    estimator: str
    table: Callable[[], AnalysisTable]


def refute(attempt: Attempt) -> Refutation:
    """value, low, high: the median of the specifications and the middle 95 % of them."""
    began = time.monotonic()
    rows: list[dict[str, Any]] = []
    refused: list[str] = []
    unreached = 0
    for specification in specifications(attempt):
        if time.monotonic() - began > attempt.seconds:
            unreached += 1
            continue
        found = _estimated(attempt, specification)
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
    values = np.array([row["value"] for row in rows])
    passed, said = judge(
        rows, clear=attempt.headline.low > 0 or attempt.headline.high < 0, headline=attempt.headline.value
    )
    low, high = (float(each) for each in np.quantile(values, [0.025, 0.975]))
    return refutation(
        NAME, passed, f"{said}{left}", value=float(np.median(values)), low=low, high=high,
        expected=attempt.headline.value, details={**details, **shares(rows, attempt.headline.value)},
    )  # fmt: skip


def specifications(attempt: Attempt) -> Iterator[Specification]:
    """Every one to estimate: what is quick and tells most first, the headline's slow estimator last."""
    table, own = attempt.table, attempt.headline.estimator
    groups = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    sets = {ALL: set(groups)}
    if len(groups) > 1:
        sets |= {f"without {group}": set(groups) - {group} for group in groups[:GROUPS_AT_MOST]}
    quick = [name for name in ESTIMATORS if _suits(table, name, attempt.headline.estimand)]
    slow = [] if own in quick else [own]
    changed = list(variations(attempt.settings, table)) if attempt.again is not None else []
    for name in quick:
        yield Specification("as asked", ALL, name, lambda: table)
    for variation in changed:
        built = _once(attempt, variation, set(groups))
        for name in [*quick, *slow]:
            yield Specification(variation.title, ALL, name, built)
    for title, kept in sets.items():
        for name in [*quick, *slow]:
            if title != ALL:
                yield Specification("as asked", title, name, partial(table.keep, kept))


def judge(rows: list[dict[str, Any]], *, clear: bool, headline: float) -> tuple[bool | None, str]:
    """The rule: (passed, sentence). clear: whether the headline's interval excludes 0."""
    found = shares(rows, headline)
    same, sure, against = found["same_share"], found["sure_share"], found["against_share"]
    middle = float(np.median([row["value"] for row in rows]))
    said = (
        f"Of {len(rows):,} other specifications {same:.0%} have the headline's sign, {sure:.0%} clearly so and "
        f"{against:.0%} clearly the opposite; their median is {middle:.3g} (headline {headline:.3g})."
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


def _suits(table: AnalysisTable, name: str, estimand: str) -> bool:
    """Whether an estimator is quick, adjusts, and answers with the headline's estimand."""
    entry = ESTIMATORS[name]
    usual = entry.screening and not entry.adapter and name != "raw" and not entry.needs
    return usual and estimand in entry.estimands and not misfit(table, entry, estimand)


def _once(attempt: Attempt, variation: Variation, groups: set[str]) -> Callable[[], AnalysisTable]:
    """The changed question's table, built when first asked for; its refusal is remembered too."""
    kept: list[AnalysisTable | WhypathError] = []

    def built() -> AnalysisTable:
        if not kept:
            assert attempt.again is not None
            try:
                kept.append(attempt.again(variation.changes).keep(groups))
            except WhypathError as error:
                kept.append(error)
        if isinstance(kept[0], WhypathError):
            raise kept[0]
        return kept[0]

    return built


def _estimated(attempt: Attempt, chosen: Specification) -> dict[str, Any] | str:
    """The row of one specification, or why it has none."""
    called = f"{chosen.setting}, {chosen.covariates}, {chosen.estimator}"
    try:
        table = chosen.table()
    except WhypathError as error:
        return f"{called}: {error}"
    found = refitted(attempt, table, estimator=chosen.estimator)
    if isinstance(found, str):
        return f"{called}: {found}"
    if not all(np.isfinite([found.value, found.low, found.high])):
        return f"{called}: no number with an interval"
    return {
        "setting": chosen.setting,
        "covariates": chosen.covariates,
        "estimator": ESTIMATORS[chosen.estimator].title,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "units": table.units,
    }
