"""One pair of a screen: its numbers, what was checked, and the light these checks allow."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.effects.interval import NORMAL_975
from core.effects.verdict import AMBER, GREEN, RED

FATAL: Final = ("overlap", "placebo")


@dataclass(frozen=True)
class Quick:
    """A quick check: passed, or None where it could not tell; sentence: what it came to."""

    passed: bool | None
    sentence: str


@dataclass(frozen=True)
class Pair:
    """P(effect | cause), P(effect | no cause), and the adjusted difference P(effect | do cause) - P(effect | do not).

    Shares are 0 to 1. again: whether trials count that had the cause before, because next to all had. value is null
    where there are too few units, and `checks` then says so. q_value: the share of false finds among pairs at least as
    clear (Benjamini and Hochberg).
    """

    cause: str
    effect: str
    again: bool
    units: int
    treated: int
    treated_share: float | None
    control_share: float | None
    value: float | None
    se: float | None
    checks: dict[str, Quick]
    p_value: float | None = None
    q_value: float | None = None

    @property
    def lift(self) -> float | None:
        """P(effect | cause) over P(effect | no cause)."""
        if self.treated_share is None or not self.control_share:
            return None
        return self.treated_share / self.control_share

    @property
    def light(self) -> str | None:
        """Red: a check contradicts it. Green: all of them passed. Else amber; null
        without a number."""
        if self.value is None:
            return None
        answers = {name: check.passed for name, check in self.checks.items()}
        if any(answers.get(name) is False for name in FATAL):
            return RED
        return GREEN if all(answer is True for answer in answers.values()) else AMBER

    @property
    def displaced(self) -> bool:
        """Whether the number may only say that one event stands where the other would have."""
        place = self.checks.get("place")
        return place is not None and place.passed is not True

    @property
    def reason(self) -> str:
        """What turns the light red, else the first check that failed, else the first that could not tell."""
        fatal = [check for name, check in self.checks.items() if name in FATAL and check.passed is False]
        rest = [check for wanted in (False, None) for check in self.checks.values() if check.passed is wanted]
        return next((check.sentence for check in (*fatal, *rest)), "Every quick check passed.")

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        low = high = None
        if self.value is not None and self.se is not None:
            low, high = self.value - NORMAL_975 * self.se, self.value + NORMAL_975 * self.se
        return {
            "cause": self.cause, "effect": self.effect, "again": self.again, "units": self.units,
            "treated": self.treated,
            "treated_share": self.treated_share, "control_share": self.control_share, "lift": self.lift,
            "value": self.value, "se": self.se, "low": low, "high": high, "p_value": self.p_value,
            "q_value": self.q_value, "light": self.light, "reason": self.reason,
            "displaced": self.displaced,
            "checks": {name: vars(check) for name, check in self.checks.items()},
        }  # fmt: skip


def placebo_check(value: float, se: float, *, headline: float) -> Quick:
    """The rule of the placebo outcome: fails beyond half of the headline and clear of 0; passes wholly within half."""
    margin = abs(headline) / 2
    low, high = value - NORMAL_975 * se, value + NORMAL_975 * se
    if not all(map(math.isfinite, (value, se, margin))) or se <= 0:
        return Quick(None, "Placebo: it never varies, so it cannot tell.")
    if (low > 0 or high < 0) and abs(value) > margin:
        return Quick(False, f"Placebo: {100 * value:+.1f} points where nothing can be, over half of the effect.")
    if -margin <= low and high <= margin:
        return Quick(True, "Placebo: no effect where there can be none.")
    return Quick(None, "Placebo: no power to tell.")


def place_check(value: float, taken_instead: float, cause: str, effect: str) -> Quick:
    """Whether a negative effect may only say that one event stands where another would have: taken_instead is the share
    of the controls whose next event is the effect itself."""
    if value < 0 and taken_instead > abs(value) / 2:
        return Quick(
            None,
            f"Place: {effect} came next for {100 * taken_instead:.0f} % of the others; {cause} may only have taken "
            "its place.",
        )
    return Quick(True, f"Place: {effect} came next for {100 * taken_instead:.0f} % of the others.")


def q_values(p_values: np.ndarray) -> np.ndarray:
    """(k,) Benjamini and Hochberg's (1995) adjusted p-values."""
    order = np.argsort(p_values)
    ranked = p_values[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(ranked[::-1])[::-1])
    return adjusted
