"""Sessions: how long they are, how many end after one event, how many a user has. From the session table."""

from typing import NamedTuple

import ibis.expr.types as ir
import pandas as pd

from core.errors import NotEnoughData
from core.patterns.intervals import clustered
from core.patterns.period import Period, PeriodSpec, period_of
from core.patterns.sentences import amount, duration, percent
from core.patterns.table import KeyFigure, PatternTable
from core.storage.engine import Log

USERS_TO_TRUST = 30


class Bin(NamedTuple):
    """Sessions with low <= measure <= high (events), or low < measure <= high (seconds); high None is no bound."""

    measure: str
    title: str
    low: float
    high: float | None


BINS = (
    Bin("events", "1", 1, 1), Bin("events", "2", 2, 2), Bin("events", "3", 3, 3), Bin("events", "4-5", 4, 5),
    Bin("events", "6-10", 6, 10), Bin("events", "11-20", 11, 20), Bin("events", "21-50", 21, 50),
    Bin("events", "51+", 51, None),
    Bin("duration", "0 s", -1, 0), Bin("duration", "up to 1 min", 0, 60), Bin("duration", "1-5 min", 60, 300),
    Bin("duration", "5-15 min", 300, 900), Bin("duration", "15-30 min", 900, 1800),
    Bin("duration", "30-60 min", 1800, 3600), Bin("duration", "over 1 h", 3600, None),
)  # fmt: skip


class SessionsSpec(PeriodSpec):
    """A session belongs to the period in which it starts."""


def sessions(log: Log, spec: SessionsSpec) -> PatternTable:
    """One row per bin: measure ("events", "duration"), bin, bin_from, bin_to, sessions, share, low, high.

    share is of all sessions, with a 95 % interval that counts users, not sessions, as independent. summary: sessions,
    users, median and mean length, bounce share (sessions with one event), sessions per user. Raises NotEnoughData.
    """
    period = period_of(log, spec)
    started = period.within(log.table("sessions"), "started_at")
    found = log.fetch(_user_sums(started)).fillna(0.0)
    sums = {str(key): float(value) for key, value in found.iloc[0].items()}
    if not sums["sessions"]:
        raise NotEnoughData(f"No session starts in {period.text}; choose a longer period.")
    frame = pd.DataFrame([_row(entry, place, sums) for place, entry in enumerate(BINS)])
    figures = _summary(log, started, frame, sums)
    return PatternTable(
        pattern="sessions",
        frame=frame,
        title=_title(figures),
        population="all users",
        caption=f"{sums['sessions']:,.0f} sessions of {sums['users']:,.0f} users; of all sessions; {period.text}.",
        notes=_notes(log, period, int(sums["users"])),
        spec=spec,
        log_id=log.log_id,
        version_id=log.version_id,
        summary=tuple(figures.values()),
    )


def _inside(started: ir.Table, entry: Bin) -> ir.BooleanValue:
    if entry.measure == "events":
        above, measured = started.events >= entry.low, started.events
    else:
        above, measured = started.duration_seconds > entry.low, started.duration_seconds
    return above if entry.high is None else above & (measured <= entry.high)


def _user_sums(started: ir.Table) -> ir.Table:
    """One row: users, sessions, squares, and per bin its count, squares and cross products, summed over users."""
    parts = {f"b{place}": _inside(started, entry).sum().cast("float64") for place, entry in enumerate(BINS)}
    users = started.group_by("user_id").agg(n=started.count().cast("float64"), **parts)
    sums = {"users": users.count(), "sessions": users.n.sum(), "squares": (users.n * users.n).sum()}
    for part in parts:
        sums |= {
            part: users[part].sum(),
            f"{part}_squares": (users[part] ** 2).sum(),
            f"{part}_cross": (users[part] * users.n).sum(),
        }
    return users.agg(**sums)


def _row(entry: Bin, place: int, sums: dict[str, float]) -> dict[str, object]:
    part = f"b{place}"
    low, high = clustered(
        sums[part],
        sums["sessions"],
        sums[f"{part}_squares"],
        sums[f"{part}_cross"],
        sums["squares"],
        int(sums["users"]),
    )
    return {
        "measure": entry.measure, "bin": entry.title, "bin_from": max(entry.low, 0.0), "bin_to": entry.high,
        "sessions": int(sums[part]), "share": sums[part] / sums["sessions"], "low": low, "high": high,
    }  # fmt: skip


def _summary(log: Log, started: ir.Table, frame: pd.DataFrame, sums: dict[str, float]) -> dict[str, KeyFigure]:
    middle = log.fetch(
        started.agg(
            events_median=started.events.median(), events_mean=started.events.mean(),
            duration_median=started.duration_seconds.median(), duration_mean=started.duration_seconds.mean(),
        )
    ).iloc[0]  # fmt: skip
    share, low, high = (float(frame[column][0]) for column in ("share", "low", "high"))
    figures = (
        KeyFigure("sessions", "Sessions", sums["sessions"], "sessions"),
        KeyFigure("users", "Users", sums["users"], "users"),
        KeyFigure("sessions_per_user", "Sessions per user", sums["sessions"] / sums["users"], "sessions"),
        KeyFigure("bounce_share", "Sessions with one event", share, "share", low, high),
        KeyFigure("events_median", "Events per session, median", float(middle["events_median"]), "events"),
        KeyFigure("events_mean", "Events per session, mean", float(middle["events_mean"]), "events"),
        KeyFigure("duration_median", "Duration, median", float(middle["duration_median"]), "seconds"),
        KeyFigure("duration_mean", "Duration, mean", float(middle["duration_mean"]), "seconds"),
    )
    return {figure.name: figure for figure in figures}


def _title(figures: dict[str, KeyFigure]) -> str:
    bounce, middle = figures["bounce_share"], figures["events_median"].value
    return (
        f"Half of the sessions have at most {amount(middle)} event{'' if middle == 1 else 's'} and last at most "
        f"{duration(figures['duration_median'].value)}; {percent(bounce.value)} have only one event"
    )


def _notes(log: Log, period: Period, users: int) -> tuple[str, ...]:
    silence = duration(log.manifest["spec"]["session_gap_seconds"])
    recorded = log.manifest["has_sessions"]
    notes = [
        "Sessions are those recorded in the log." if recorded else f"A session ends after {silence} of silence.",
        "Sessions under way when the log begins or ends are cut there.",
    ]
    if not log.manifest["has_users"]:
        notes.append("The log names no users: every event counts as its own user and session.")
    elif users < USERS_TO_TRUST:
        notes.append(f"Only {users} users: read the shares with care.")
    return tuple(notes)
