"""A refutation: an attempt to break an estimate, and what came of it. To pass is not to be contradicted, no more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.refuters import REFUTERS
from core.effects.table import AnalysisTable
from core.effects.verdict import shown

if TYPE_CHECKING:  # the learners would weigh the web process down
    from core.effects.nuisances import Nuisances


@dataclass(frozen=True)
class Attempt:
    """What a refuter is given.

    placebos: analysis tables whose effect must be nothing, by the name of the refuter that reads them; nuisances: the
    headline's fits; seconds: how long one refuter may take; again: the same question with some of its settings changed,
    as an analysis table, where there is a log to build it from; settings: the question as it was asked.
    """

    table: AnalysisTable
    headline: Estimate
    nuisances: "Nuisances"
    seed: int
    placebos: Mapping[str, AnalysisTable] = field(default_factory=dict)
    seconds: float = 10.0
    again: Callable[[Mapping[str, Any]], AnalysisTable] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refutation:
    """passed: True, False, or None where it could not tell; value, low, high in the outcome's unit (None if not run).

    expected: what the value would be if the estimate were sound; detects: what this attempt can and cannot see;
    details: JSON-ready findings of this attempt alone (its draws, its rows); needed: whether a verdict without its
    answer cannot be green.
    """

    name: str
    title: str
    passed: bool | None
    sentence: str
    value: float | None
    low: float | None
    high: float | None
    expected: float
    detects: str
    details: Mapping[str, Any] = field(default_factory=dict)
    needed: bool = False

    def plain(self) -> dict[str, Any]:
        """JSON-ready values, and whether the refuter sees confounding, the method, or bounds a hidden cause."""
        return {**vars(self), "details": dict(self.details), "sees": REFUTERS[self.name].sees}


def not_by_adjustment(attempt: Attempt) -> str | None:
    """Why it makes no sense to ask what covariates, measured or hidden, do to this headline; None if it does."""
    entry = ESTIMATORS[attempt.headline.estimator]
    if not {"instrument", "mediator", "running"} & set(entry.needs):
        return None
    return f"Does not apply to {entry.title.lower()}, which does not rest on adjusting for every common cause."


def refutation(
    name: str,
    passed: bool | None,
    sentence: str,
    *,
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    expected: float = 0.0,
    details: Mapping[str, Any] | None = None,
) -> Refutation:
    """A refutation of that name; title and what it detects are those of its entry in REFUTERS."""
    entry = REFUTERS[name]
    return Refutation(name, entry.title, passed, sentence, value, low, high, expected, entry.detects, details or {})


def sized(unit: str, value: float, low: float | None = None, high: float | None = None) -> str:
    """A value for people, with its range where one is given: "+7.8 (+6.4 to +9.0) percentage points"."""
    called = " percentage points" if unit == "share" else ""
    if low is None or high is None:
        return f"{_signed(value, unit)}{called}"
    widest = max(value, low, high, key=abs)
    told = [_signed(each, unit, widest) for each in (value, low, high)]
    return f"{told[0]} ({told[1]} to {told[2]}){called}"


def _signed(value: float, unit: str, beside: float | None = None) -> str:
    """As `shown`, but what rounds to nothing has no sign."""
    told = shown(value, unit, beside=beside)
    return told if any(digit in told for digit in "123456789") or not told[1:2].isdigit() else told[1:]


def not_told(name: str, why: str, *, details: Mapping[str, Any] | None = None, needed: bool = False) -> Refutation:
    """A refutation without an answer: `why` is its sentence. It is never a pass."""
    entry = REFUTERS[name]
    return Refutation(name, entry.title, None, why, None, None, None, 0.0, entry.detects, details or {}, needed)
