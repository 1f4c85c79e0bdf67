"""Whether the log is one log: its first half against its second, by number of events.

Event types are compared by the population stability index, the sum of (p - q) ln(p / q) over the types, less what
chance alone gives it; missing values by the difference of their shares.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.events.columns import EVENT_TYPE
from core.events.quality.finding import Finding, counted, passed, percent, unjudged
from core.events.quality.subject import EXAMPLES, Subject
from core.storage.engine import quoted

FEW_EVENTS = 500
SMOOTHING = 0.5  # events added to each type, so that one missing in a half is no infinity


def drift(subject: Subject) -> Finding:
    """Fails if event types shift by `drift_psi` or nulls by `drift_nulls`; share: the largest difference of shares."""
    cumulative = subject.hourly.cumsum()
    split = cumulative.index[int(np.searchsorted(cumulative.to_numpy(), subject.events / 2))]
    if subject.events < FEW_EVENTS or split == cumulative.index[0]:
        return unjudged(
            f"{subject.events:,} events cannot be split into two halves worth comparing.", unit="differences"
        )
    rows = subject.records(
        f"SELECT CAST({EVENT_TYPE} AS VARCHAR) AS kind, coalesce(sum(events) FILTER (hour < $1), 0)::DOUBLE AS before, "
        "coalesce(sum(events) FILTER (hour >= $1), 0)::DOUBLE AS after FROM hours GROUP BY kind",
        [split.to_pydatetime()],
    )
    before, after = ({str(row["kind"]): float(row[half]) for row in rows} for half in ("before", "after"))
    moved = shifts(before, after)
    index = stability(before, after)
    nulls = _null_shifts(subject, split)
    shifted = index >= subject.spec.drift_psi
    moment = f"{split:%Y-%m-%d %H:%M} UTC"
    when = f"before and from {moment} on"
    if not shifted and not nulls:
        return passed(
            f"Event types keep their shares {when} (PSI {index:.2f}), and so do missing values.", unit="differences"
        )
    told = [f"event types shift {when}, PSI {index:.2f} (0.1 is worth knowing, 0.25 a shift)"] if shifted else []
    told += [
        f"{name} is missing in {percent(p)} of events before {moment} and {percent(q)} after"
        for name, p, q in nulls[:3]
    ]
    told += [f"{counted(len(nulls) - 3, 'more column')} change so"] if len(nulls) > 3 else []
    text = "; ".join(told)
    examples = [
        {"what": name, "share_before": round(p, 4), "share_after": round(q, 4)}
        for name, p, q in moved[: EXAMPLES * shifted]
    ]
    examples += [
        {"what": f"{name} missing", "share_before": round(p, 4), "share_after": round(q, 4)} for name, p, q in nulls
    ]
    largest = max([abs(p - q) for _, p, q in moved[: int(shifted)]] + [abs(p - q) for _, p, q in nulls])
    return Finding(
        False,
        f"{text[0].upper()}{text[1:]}. No step undoes it: compare within one half, or end the period where it lies.",
        "warning" if index >= subject.spec.drift_warning_psi or largest >= 0.5 else "info",
        int(shifted) + len(nulls),
        largest,
        "differences",
        tuple(examples[:EXAMPLES]),
    )


def stability(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """The population stability index of two counts by event type, less its expectation under no change."""
    kinds = sorted({*before, *after})
    if len(kinds) < 2:
        return 0.0
    counts = np.array([[half.get(kind, 0.0) + SMOOTHING for kind in kinds] for half in (before, after)])
    shares = counts / counts.sum(axis=1, keepdims=True)
    index = float(((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum())
    chance = (len(kinds) - 1) * float((1 / counts.sum(axis=1)).sum())
    return max(0.0, index - chance)


def shifts(before: Mapping[str, float], after: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """(event type, its share before, its share after), the largest difference first."""
    totals = sum(before.values()) or 1.0, sum(after.values()) or 1.0
    found = [(kind, before.get(kind, 0) / totals[0], after.get(kind, 0) / totals[1]) for kind in {*before, *after}]
    return sorted(found, key=lambda entry: (-abs(entry[1] - entry[2]), entry[0]))


def _null_shifts(subject: Subject, split: pd.Timestamp) -> list[tuple[str, float, float]]:
    """(column, share of nulls before, after) where they differ by `drift_nulls` or more, the largest first."""
    asked = ", ".join(
        f"1 - count({quoted(name)}) FILTER (timestamp < $1) / count(*) FILTER (timestamp < $1) AS p{place}, "
        f"1 - count({quoted(name)}) FILTER (timestamp >= $1) / count(*) FILTER (timestamp >= $1) AS q{place}"
        for place, name in enumerate(subject.columns)
    )
    row = subject.row(f"SELECT {asked} FROM events", [split.to_pydatetime()])
    found = [(name, float(row[f"p{place}"]), float(row[f"q{place}"])) for place, name in enumerate(subject.columns)]
    moved = [entry for entry in found if abs(entry[1] - entry[2]) >= subject.spec.drift_nulls]
    return sorted(moved, key=lambda entry: -abs(entry[1] - entry[2]))
