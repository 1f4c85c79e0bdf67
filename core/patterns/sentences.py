"""How patterns put numbers into words: the same form in titles, captions and notes."""

from collections.abc import Sequence

SECONDS_IN = {"day": 86_400, "hour": 3_600, "minute": 60}


def counted(number: float, thing: str) -> str:
    """1,234 events; 1 event. The plural adds an s."""
    return f"{number:,.0f} {thing}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """A share in percent with two or three significant digits: 3.4 %, 34.1 %, 100 %."""
    value = 100 * share
    if value in {0.0, 100.0}:
        return f"{value:.0f} %"
    return f"{value:.2f} %" if abs(value) < 1 else f"{value:.1f} %"


def amount(number: float) -> str:
    """A number with about three significant digits, thousands separated."""
    size = abs(number)
    digits = 0 if size >= 100 or number == round(number) else 1 if size >= 10 else 2
    return f"{number:,.{digits}f}"


def duration(seconds: float) -> str:
    """A length of time in its natural unit: 45 seconds, 2.5 hours."""
    for unit, length in SECONDS_IN.items():
        if seconds >= length:
            size = amount(seconds / length)
            return f"{size} {unit}{'' if size == '1' else 's'}"
    size = amount(seconds)
    return f"{size} second{'' if size == '1' else 's'}"


def listed(names: Sequence[str], at_most: int = 20) -> str:
    """Names separated by commas, the rest counted."""
    shown = ", ".join(names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"
