"""Numbers and times as page text: units always, two or three significant digits, thousands separated."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import isfinite

from core.effects.verdict import shown

GRADES = {
    "described": "described: what happened, nothing about why",
    "associated": "associated: a difference that other causes may explain",
    "adjusted": "adjusted: a difference between comparable units, if the causal graph holds",
    "experimental": "experimental: chance decided who was treated",
}
ANSWERS = {
    True: ":green[:material/check_circle: passed]",
    False: ":red[:material/cancel: failed]",
    None: ":orange[:material/help: no answer]",
}  # of a check, by whether it passed


def amount(value: float, unit: str) -> str:
    """An outcome's mean: a share in percent, anything else with its unit."""
    return f"{100 * value:.1f} %" if unit == "share" else f"{significant(value)} {unit}".strip()


def effect(value: float | None, unit: str) -> str:
    """A signed difference: shares in percentage points, anything else in its unit."""
    if value is None or not isfinite(value):
        return "no number"
    if unit == "share":
        return f"{100 * value:+.1f} pp"
    sign = "+" if value >= 0 else "-"
    return f"{sign}{significant(abs(value))} {unit}".strip()


def interval(low: float | None, high: float | None, unit: str) -> str:
    """A 95 % interval in words."""
    if low is None or high is None:
        return "no interval"
    if unit == "share":
        return f"{effect(low, unit).removesuffix(' pp')} to {effect(high, unit)}"
    if not (isfinite(low) and isfinite(high)):
        return "no interval"
    wider = max(abs(low), abs(high))  # both ends with as many decimals
    return f"{shown(low, unit, beside=wider)} to {shown(high, unit, beside=wider)} {unit}".strip()


def relative(value: float | None, low: float | None, high: float | None, baseline: float) -> str | None:
    """An effect as a share of the control arm's mean, which is taken as known; None where that says nothing."""
    if value is None or low is None or high is None or baseline <= 0:
        return None
    size, least, most = (f"{100 * each / baseline:+.0f}" for each in (value, low, high))
    return f"{size} % of the control mean ({least} to {most} %)"


def significant(value: float, digits: int = 3) -> str:
    """A number with thousands separated and about three significant digits; whole above 1,000."""
    if value == 0 or not isfinite(value):
        return "0" if value == 0 else "no number"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{float(f'{value:.{digits}g}'):,}".removesuffix(".0")


def chance(p_value: float) -> str:
    """A p-value: below a thousandth its size says nothing more."""
    return "under 0.001" if p_value < 0.001 else f"{p_value:.2g}"


def counted(count: int, thing: str) -> str:
    """How many of a thing whose plural takes an s."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def distinct(titles: Mapping[str, str]) -> dict[str, str]:
    """Titles by id, those that several share numbered: a list tells its choices apart by what they are called."""
    told: dict[str, str] = {}
    for key, title in titles.items():
        choice, number = title, 2
        while choice in told.values():
            choice, number = f"{title} ({number})", number + 1
        told[key] = choice
    return told


def as_drawn(text: str, names: Iterable[str]) -> str:
    """A sentence about a causal graph with its variables written as the picture writes them: past_activity as past
    activity."""
    for name in sorted((name for name in names if "_" in name), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", name.replace("_", " "), text)
    return text


def landmark(event: int) -> str:
    """Time zero in words."""
    ending = "th" if 10 <= event % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(event % 10, "th")
    return f"the {event}{ending} event of a session"


def day(moment: str | None) -> str:
    """An ISO moment as a date."""
    return "unknown" if not moment else f"{datetime.fromisoformat(moment):%-d %b %Y}"


def moment(text: str) -> str:
    """An ISO moment as a date with its time, UTC."""
    return f"{datetime.fromisoformat(text):%-d %b %Y, %H:%M} UTC"


def duration(seconds: float | None) -> str:
    """Seconds as the largest fitting unit."""
    if seconds is None or not isfinite(seconds):
        return "not known"
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{significant(seconds / size, 2)} {unit}"
    return f"{significant(seconds, 2)} s"


def key_figure(value: float, unit: str) -> str:
    """A number beside a pattern: shares in percent, seconds as a duration, counts thousands separated."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    return duration(value) if unit == "seconds" else significant(value)
