"""The verdict: a size, an interval, a grade and what was not checked; never yes or no.

An observational study is green only with overlap, balance, a passed negative control (placebo outcome, placebo time,
negative control outcome, or the battery of them) and a robustness value above the strongest covariate group's; an
experiment needs its sample ratio and balance; what a design calls for besides (who stays through a grace period) is
needed, too. What was not checked is amber, never green. Checks on the method itself
(permuted treatment, random common cause, subsets, bootstrap) cannot see confounding: they can only lower a verdict.
What rests on assumptions that no data can check (an instrument, a front door) is amber at best.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.effects.estimate import ESTIMANDS, Estimate

GREEN, AMBER, RED = "green", "amber", "red"
NEEDED: Final = {
    "observational": ("overlap", "balance", "sensitivity", "permuted_placebo"),
    "experimental": ("sample_ratio", "balance"),
    "structural": (),
}
NEGATIVE_CONTROLS: Final = ("placebo_outcome", "placebo_time", "negative_control", "battery")  # one must have passed
FATAL: Final = {
    "observational": ("overlap", "placebo_outcome", "placebo_time", "negative_control", "who_stays"),
    "experimental": ("sample_ratio", "balance", "placebo_outcome", "negative_control"),
    "structural": ("negative_control",),
}
SPEAKS_FOR: Final = {"sensitivity": "unobserved_common_cause"}  # of the headline, where the other is of a regression
NOT_OF_IT: Final = {"structural": ("overlap", "balance", "sensitivity")}  # checks of an adjustment that is not made
NEVER_CHECKED: Final = {
    "observational": "Hidden common causes that moved neither the covariates nor an earlier outcome",
    "experimental": "Effects of one unit's treatment on another's outcome",
    "structural": "What the estimator assumes of the graph",
}


@dataclass(frozen=True)
class Check:
    """What one diagnostic or refuter came to; passed None: not checked, or it could not tell. needed: whether that
    keeps a verdict from being green, whatever the design."""

    name: str
    title: str
    passed: bool | None
    sentence: str
    needed: bool = False


@dataclass(frozen=True)
class Verdict:
    """grade: described, associated, adjusted or experimental; light: green, amber or red; reasons: why not green;
    failed, missing: names of the checks that failed, and of those needed that could not tell; about: what the number is
    of, for where the number itself stands beside it."""

    grade: str
    light: str
    sentence: str
    reasons: tuple[str, ...]
    not_checked: tuple[str, ...]
    failed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    about: str = ""

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


@dataclass(frozen=True)
class Wording:
    """The words a verdict is written in. among: what narrows the estimand's units, empty where nothing does."""

    treatment: str
    outcome: str
    unit: str
    among: str = ""


def verdict(
    headline: Estimate,
    checks: Sequence[Check],
    *,
    wording: Wording,
    randomised: bool,
    unidentified: str | None = None,
    assumed: str | None = None,
) -> Verdict:
    """Apply the rules. unidentified: why the adjustment cannot suffice (an unmeasured confounder), None if it can.
    assumed: what a headline that is no adjustment rests on, None where it is one.

    A check that is needed and missing from `checks` counts as not checked.
    """
    design = "experimental" if randomised else "structural" if assumed else "observational"
    by_name = {check.name: check for check in checks if check.name not in NOT_OF_IT.get(design, ())}
    failed = [check for check in by_name.values() if check.passed is False]
    fatal = [check.sentence for check in failed if check.name in FATAL[design]]
    if not math.isfinite(headline.value) or not math.isfinite(headline.se):
        fatal.insert(0, "There is no number with an error.")
    raw = headline.estimator == "raw" and not randomised
    hidden = unidentified if design == "observational" else None
    missing = [name for name in NEEDED[design] if name not in by_name or by_name[name].passed is None]
    if design == "observational":
        missing += _no_negative_control(by_name)
    missing += [name for name, check in by_name.items() if check.needed and check.passed is None]
    lowering = [
        *([hidden] if hidden else []),
        *([assumed] if assumed else []),
        *(["Nothing was adjusted for."] if raw else []),
        *(_said(check.name, by_name) for check in failed if check.sentence not in fatal),
        *(_unanswered(by_name[name]) for name in missing if name in by_name),
    ]
    light = RED if fatal else AMBER if lowering or missing else GREEN
    reasons = list(dict.fromkeys([*fatal, *lowering]))
    not_checked = [by_name[name].title if name in by_name else name.replace("_", " ") for name in missing]
    grade = _grade(randomised and not fatal, adjusted=not (raw or hidden or randomised))
    return Verdict(
        grade=grade,
        light=light,
        sentence=_sentence(headline, wording, grade, light, reasons, not_checked),
        reasons=tuple(reasons),
        not_checked=(*not_checked, NEVER_CHECKED[design]),
        failed=tuple(check.name for check in failed),
        missing=tuple(missing),
        about=_about(headline, wording, grade),
    )


def _said(name: str, by_name: dict[str, Check]) -> str:
    """Why a check failed; of two about one thing the one that is of the headline speaks."""
    return by_name[SPEAKS_FOR[name] if SPEAKS_FOR.get(name) in by_name else name].sentence


def _unanswered(check: Check) -> str:
    """Why a check gave no answer; one that was not run is named."""
    return check.sentence.replace("Not run:", f"{check.title} not run:", 1)


def _no_negative_control(by_name: dict[str, Check]) -> list[str]:
    """The name of the negative control to ask for, if none has passed and none has failed."""
    there: list[str] = [name for name in NEGATIVE_CONTROLS if name in by_name]
    if any(by_name[name].passed is not None for name in there):
        return []
    return [there[0] if there else NEGATIVE_CONTROLS[0]]


def shown(value: float, unit: str, *, beside: float | None = None) -> str:
    """A signed effect for people: percentage points for shares, thousands separated, to three digits of `beside`.

    beside: the number it stands next to, so that an interval has as many decimals as its value; itself by default.
    """
    if not math.isfinite(value):
        return "not a number"
    scale = 100 if unit == "share" else 1
    size = abs(value if beside is None or not math.isfinite(beside) else beside) * scale
    digits = (
        0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 2 - math.floor(math.log10(size))
    )
    return f"{value * scale:+,.{min(digits, 12)}f}"


def _grade(experimental: bool, *, adjusted: bool) -> str:
    if experimental:
        return "experimental"
    return "adjusted" if adjusted else "associated"


def _changed(wording: Wording, grade: str) -> str:
    return f"{'Difference in' if grade == 'associated' else 'Change of'} {wording.outcome} with {wording.treatment}"


def _about(headline: Estimate, wording: Wording, grade: str) -> str:
    return f"{_changed(wording, grade)}, {ESTIMANDS[headline.estimand]}{wording.among}."


def _sentence(
    headline: Estimate, wording: Wording, grade: str, light: str, reasons: Sequence[str], not_checked: Sequence[str]
) -> str:
    unit = {"share": " percentage points", "events": " events", "days": " days"}.get(wording.unit, "")
    value, low, high = (
        shown(each, wording.unit, beside=headline.value) for each in (headline.value, headline.low, headline.high)
    )
    size = (
        f"{_changed(wording, grade)}: {value}{unit} (95 % interval {low} to {high}), "
        f"{ESTIMANDS[headline.estimand]}{wording.among}; grade: {grade}."
    )
    if light == RED:
        return f"Not supported. {reasons[0]} {size}"
    caveat = f" {reasons[0]}" if reasons else ""
    missing = f" Not checked: {', '.join(not_checked).lower()}." if not_checked else ""
    return f"{size}{caveat}{missing}"
