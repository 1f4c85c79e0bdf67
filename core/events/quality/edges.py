"""A first or last day that the log covers only in part."""

import pandas as pd

from core.events.quality.finding import Finding, passed, percent, step, unjudged
from core.events.quality.subject import Subject

FEW_DAYS, FEW_EVENTS = 7, 20  # days in the log; events that a day must lead one to expect
WEEKS, NEXT_DAYS = 4, 3


def incomplete_edges(subject: Subject) -> Finding:
    """Fails if the first or last day has less than `edge_share` of what its neighbours have; share: its events, of what
    was expected (of the emptier day)."""
    daily = subject.daily
    if len(daily) < FEW_DAYS:
        return unjudged(
            f"{len(daily)} days are too few to say what a day usually has; {FEW_DAYS} are needed.", unit="days"
        )
    expected = {"first": _usual(daily), "last": _usual(daily[::-1])}
    able = [edge for edge, usual in expected.items() if usual >= FEW_EVENTS]
    if not able:
        return unjudged(f"Days with fewer than {FEW_EVENTS} events cannot be told from incomplete ones.", unit="days")
    held = {"first": float(daily.iloc[0]), "last": float(daily.iloc[-1])}
    cut = {edge: held[edge] / expected[edge] for edge in able if held[edge] < subject.spec.edge_share * expected[edge]}
    if not cut:
        judged = " and the ".join(f"{edge} day" for edge in able)
        return passed(f"Not cut, by the number of events of its neighbours: the {judged}.", unit="days")
    first, last = (pd.Timestamp(subject.manifest[name]) for name in ("first_at", "last_at"))
    said = {
        "first": f"the first day (from {first:%Y-%m-%d %H:%M})",
        "last": f"the last day (to {last:%Y-%m-%d %H:%M})",
    }
    told = " and ".join(
        f"{said[edge]} has {held[edge]:,.0f} events where {expected[edge]:,.0f} are usual ({percent(share)})"
        for edge, share in cut.items()
    )
    days = {"first": daily.index[0] + pd.Timedelta(days=1), "last": daily.index[-1]}
    start, end = (days[edge].strftime("%Y-%m-%d") if edge in cut else None for edge in ("first", "last"))
    return Finding(
        False,
        f"{told[0].upper()}{told[1:]}.",
        "info",
        len(cut),
        min(cut.values()),
        "days",
        tuple(
            {
                "day": f"{daily.index[0 if edge == 'first' else -1]:%Y-%m-%d}", "events": int(held[edge]),
                "events_usual": round(expected[edge]),
            }
            for edge in cut
        ),
        step("time_range", start_at=start, end_at=end),
    )  # fmt: skip


def _usual(daily: "pd.Series[float]") -> float:
    """What the first of these days should have: the lower of its next days and of the same weekday in the next weeks,
    so that neither growth nor a weekend reads as a cut day."""
    nearest = float(daily.iloc[1 : 1 + NEXT_DAYS].median())
    weekly = daily.iloc[7 : 7 * WEEKS + 1 : 7]
    return min(nearest, float(weekly.median())) if len(weekly) >= 2 else nearest
