"""Event types that begin after the log does, or cease before it ends: tracking that was added or lost."""

from typing import Any

import numpy as np
import pandas as pd

from core.events.quality.finding import Finding, passed, percent, unjudged
from core.events.quality.subject import EXAMPLES, Subject

FEW_EVENTS = 50  # of a type with fewer nothing is said
EXPECTED = 30  # events that its own rate leads one to expect in the silent stretch
SHARE = 0.05  # of all events that must lie in the silent stretch


def type_spans(subject: Subject) -> Finding:
    """Fails if a type is silent at one end of the log for longer than its rate explains; share: of the event types."""
    if len(subject.types) < 2:
        return unjudged("The log has one event type.", unit="event types")
    rows = subject.records(
        "SELECT CAST(event_type AS VARCHAR) AS kind, min(hour) AS first, max(hour) AS last, "
        "sum(events)::DOUBLE AS events FROM hours GROUP BY kind HAVING sum(events) >= ?",
        [FEW_EVENTS],
    )
    if len(rows) < 2:
        return unjudged(f"Fewer than two event types have {FEW_EVENTS} events.", unit="event types")
    total, moments = np.asarray(subject.hourly.cumsum()), pd.DatetimeIndex(subject.hourly.index)
    found: list[tuple[float, str, str, dict[str, Any]]] = []
    for row in rows:
        first, last = (int(place) for place in moments.get_indexer(pd.DatetimeIndex([row["first"], row["last"]])))
        before = float(total[first - 1]) / subject.events if first else 0.0
        after = 1 - float(total[last]) / subject.events
        spoken = max(1 - before - after, 1e-9)
        for side, silent in (("starts late", before), ("ends early", after)):
            if silent >= SHARE and row["events"] * silent / spoken >= EXPECTED:
                found.append((silent, str(row["kind"]), side, row))
    if not found:
        return passed("Every common event type occurs from the beginning to the end of the log.", unit="event types")
    found.sort(key=lambda entry: (-entry[0], entry[1]))
    kinds = len({kind for _, kind, *_ in found})
    share, kind, side, row = found[0]
    moment = row["first" if side == "starts late" else "last"]
    return Finding(
        False,
        f"{kinds} of {len(subject.types)} event types start late or end early; '{kind}' {side} ({moment:%Y-%m-%d}), "
        f"with {percent(share)} of all events {'before' if side == 'starts late' else 'after'} that. Limit the period "
        "of a question about them; if it is one event under two names, rename_events joins them.",
        "info" if share < 0.25 else "warning",
        kinds,
        kinds / len(subject.types),
        "event types",
        tuple(
            {
                "event_type": name, "what": what, "first": f"{at['first']:%Y-%m-%d %H:%M}",
                "last": f"{at['last']:%Y-%m-%d %H:%M}", "events": int(at["events"]),
            }
            for _, name, what, at in found[:EXAMPLES]
        ),
    )  # fmt: skip
