"""Who stays: the same question at moments at which everybody was there.

Through a grace period after a landmark, whoever takes the treatment up was still there to do so, and who left was not.
Who stays has more time for the outcome, too, and nothing before time zero tells who will. The design "first exposure"
takes moments at which both arms are doing something; what it finds in those who took the treatment up should not be
far smaller. Asked only where many controls left.
"""

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from core.effects.estimate import Estimate
from core.effects.grace import at_moments, controls_gone, many_left, said_of_gone
from core.effects.question import duration
from core.effects.refutation import Attempt, Refutation, not_by_adjustment, not_told, refutation, sized
from core.effects.refuters import REFUTERS
from core.effects.refuters.refitting import refitted
from core.effects.table import AnalysisTable
from core.effects.verdict import Check
from core.errors import WhypathError
from core.events.definitions.references import title_of

NAME: Final = "who_stays"
QUICK: Final = "lin"
HALF: Final = 0.5
CANNOT: Final = "who stays cannot be told from what it does"


def refute(attempt: Attempt) -> Refutation:
    """value, low, high: the effect on the treated at such moments. None for `passed` where nobody has to stay, where
    there are too few such moments, and where it has no power."""
    counted, why = controls_gone(attempt.table), not_by_adjustment(attempt)
    if counted is None or attempt.again is None:
        return not_told(NAME, "Does not apply: in this design nobody has to stay for the treatment.")
    if why is not None:
        return not_told(NAME, why)
    gone, controls = counted
    window = duration(attempt.table.grace_days or 0.0)
    details = {"gone": gone, "controls": controls}
    if not many_left(gone, controls):
        said = f"{controls - gone:,} of {controls:,} control units did something more within {window} of time zero"
        return refutation(NAME, True, f"{said}: who left is too few to matter.", details=details)
    said = said_of_gone(gone, controls, window, title_of(attempt.settings["treatment"]))
    moments = _moments(attempt)
    if isinstance(moments, str):
        return not_told(NAME, f"{said}, and {CANNOT}: {moments}", details=details, needed=True)
    found = refitted(attempt, moments, estimator=QUICK, estimand="ATT")
    if isinstance(found, str):
        return not_told(NAME, f"{said}, and {CANNOT}: {found}", details=details, needed=True)
    passed, judged = judge(attempt.headline, found, unit=moments.outcome_unit)
    told = refutation(
        NAME, passed, f"{said}. At moments at which everybody was doing something, {judged}",
        value=found.value, low=found.low, high=found.high, expected=attempt.headline.value,
        details={**details, "units": moments.units},
    )  # fmt: skip
    return replace(told, needed=True)


def left_out(table: AnalysisTable, asked: Collection[str]) -> tuple[Check, ...]:
    """The check as one that is needed and was not run, where refuters were asked for without it and many controls
    left."""
    counted = controls_gone(table)
    if NAME in asked or counted is None or not many_left(*counted):
        return ()
    return (Check(NAME, REFUTERS[NAME].title, None, "Not run: it was not asked for.", needed=True),)


def judge(headline: Estimate, found: Estimate, *, unit: str) -> tuple[bool | None, str]:
    """The rule: (passed, sentence). A clear headline needs a clear effect there of at least half its size, and fails
    where the interval there ends before half; one that is not clear needs that none is clear there."""
    numbers = (headline.value, headline.low, headline.high, found.value, found.low, found.high)
    if not all(map(math.isfinite, numbers)):
        return None, "there is no number to compare with."
    expected, got = sized(unit, headline.value), sized(unit, found.value, found.low, found.high)
    clear_there = found.low > 0 or found.high < 0
    if headline.low <= 0 <= headline.high:
        said = f"expected no clear effect either, got {got}"
        return (None, f"{said}: who stays may hide one here.") if clear_there else (True, f"{said}.")
    sign = math.copysign(1.0, headline.value)
    low, high = sorted((sign * found.low, sign * found.high))
    half, said = HALF * abs(headline.value), f"expected about {expected}, got {got}"
    if high < 0:
        return False, f"{said}: the opposite, so who stays makes the headline."
    if high < half:
        return False, f"{said}: less than half of the headline, so who stays explains most of it."
    if low > 0 and sign * found.value >= half:
        return True, f"{said}: it does not hang on who stays."
    return None, f"{said}: no power to tell how much of the headline is who stays."


def _moments(attempt: Attempt) -> AnalysisTable | str:
    """The table of the same question with the design of first exposure, or why there is none."""
    assert attempt.again is not None
    treated = int(attempt.table.treatment.sum())
    try:
        return attempt.again({**at_moments(attempt.settings, treated), "estimand": "ATT", "trim": None})
    except WhypathError as error:
        return str(error)
