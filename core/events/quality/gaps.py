"""Stretches without any event that the log's own rhythm does not explain.

In a stretch where E events are expected, chance gives none with probability exp(-E / dispersion). A stretch is a gap
where that is less than `gap_chance`, divided by the number of hours in which one might have begun.
"""

from math import log

import numpy as np
import pandas as pd

from core.events.quality.finding import Finding, counted, passed, percent, unjudged
from core.events.quality.rhythm import rhythm_of
from core.events.quality.subject import EXAMPLES, Subject

FEW_HOURS, FEW_EVENTS = 72, 200
LONGEST_UNSEEN_HOURS = 14 * 24  # where even such a gap would pass unnoticed, nothing can be said


def gaps(subject: Subject) -> Finding:
    """Fails if a silence is too long for the log's rhythm; share: hours in gaps, of all hours of the log."""
    hours = _hours(subject)
    if hours < FEW_HOURS or subject.events < FEW_EVENTS:
        return unjudged(
            f"{subject.events:,} events in {hours:,} hours are too few to know the log's rhythm; {FEW_EVENTS} events "
            f"in {FEW_HOURS} hours are needed.",
            unit="gaps",
        )
    hourly = subject.hourly
    rhythm = rhythm_of(hourly)
    needed = log(hours / subject.spec.gap_chance)
    noticed = needed * rhythm.dispersion(24) / float(rhythm.counts.mean())
    if noticed > LONGEST_UNSEEN_HOURS:
        return unjudged(
            f"{subject.events:,} events in {hours / 24:,.0f} days are so thin that a gap would be noticed from "
            f"{noticed / 24:,.0f} days on only.",
            unit="gaps",
        )
    found = []
    for start, end in _silences(rhythm.counts):
        expected = rhythm.expected(start, end)
        if expected / rhythm.dispersion(end - start) > needed:
            found.append((end - start, start, end, expected))
    said = f"a gap of average hours is noticed from {_length(noticed)} on"
    if not found:
        return passed(f"No silence is too long for the log's rhythm; {said}.", unit="gaps")
    found.sort(reverse=True)
    empty = sum(length for length, *_ in found)
    share = empty / hours
    index = hourly.index
    longest = found[0]
    return Finding(
        False,
        f"{counted(len(found), 'silence')}, too long for the log's rhythm, {percent(share)} of all hours; the longest "
        f"is {_length(longest[0])} from {index[longest[1]]:%Y-%m-%d %H:%M} UTC, where about {longest[3]:,.0f} events "
        f"were expected ({said}). No step can fill a gap: it may be a holiday or lost data; end a question's period "
        "before it or start after it.",
        "warning" if share >= subject.spec.warning_share or longest[0] >= 24 else "info",
        len(found),
        share,
        "gaps",
        tuple(
            {
                "from": f"{index[start]:%Y-%m-%d %H:%M}", "to": f"{index[end]:%Y-%m-%d %H:%M}", "hours": length,
                "events_expected": round(expected),
            }
            for length, start, end, expected in found[:EXAMPLES]
        ),
    )  # fmt: skip


def _hours(subject: Subject) -> int:
    first, last = (pd.Timestamp(subject.manifest[name]) for name in ("first_at", "last_at"))
    return int((last.floor("h") - first.floor("h")).total_seconds() // 3600) + 1


def _silences(counts: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[tuple[int, int]]:
    """Start and end of each run of empty hours."""
    empty = np.concatenate([[False], counts == 0, [False]]).astype(np.int8)
    change = np.diff(empty)
    return list(zip(np.flatnonzero(change == 1).tolist(), np.flatnonzero(change == -1).tolist(), strict=True))


def _length(hours: float) -> str:
    return counted(max(1, round(hours)), "hour") if hours < 48 else f"{hours / 24:,.1f} days"
