"""Trend: how many events, or how many users, per hour, day or week.

Events come from the hour roll-up, users from the user x day roll-up; where a time zone or a period cuts through those,
from the events themselves, as do counts by event rules. A bucket that the log covers only in part is marked, because
its fall is not a fall.
"""

from typing import ClassVar, Literal, Self

import ibis
import ibis.expr.types as ir
import pandas as pd
from pydantic import Field, model_validator

from core.events.definitions.references import rule_of, title_of
from core.events.definitions.rules import Rule
from core.patterns.buckets import UNITS, Bucket, buckets_of
from core.patterns.period import Period, PeriodSpec, hourly, period_of
from core.patterns.sentences import amount, counted, percent
from core.patterns.table import KeyFigure, PatternTable
from core.storage.engine import Log

Measure = Literal["events", "users"]
ALL = "all event types"


class TrendSpec(PeriodSpec):
    """bucket: weeks start on Monday. top: how many event types keep a line of their own; the rest are grouped.

    events: event types or rules that get a line each, and nothing else does; null for the event types of the log.
    """

    event_references: ClassVar[tuple[str, ...]] = ("events",)
    bucket: Bucket = "day"
    measure: Measure = "events"
    by: Literal["event_type", "none"] = "event_type"
    top: int = Field(default=8, ge=1, le=30)
    events: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=12)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        titles = [title_of(event) for event in self.events or ()]
        if len(set(titles)) < len(titles):
            raise ValueError("an event is named twice; each may have one line")
        if self.events and self.by == "none":
            raise ValueError("by 'none' counts all events together; leave out either that or events")
        return self


def trend(log: Log, spec: TrendSpec) -> PatternTable:
    """One row per bucket and event type: bucket (local start), starts_at (UTC), event_type, events|users, complete.

    Buckets without events are rows with 0. Raises NotEnoughData for a period outside the log, BadSpec for too many
    buckets.
    """
    period = period_of(log, spec)
    names, grouped = _lines(log, spec)
    buckets = buckets_of(period, spec.bucket)
    counts = _rule_counts(log, spec, period) if _of_rules(log, spec) else _type_counts(log, spec, period)
    frame = _filled(counts, buckets, [*names, *grouped], spec.measure)
    change = _change(frame, spec)
    week = " from Monday" if spec.bucket == "week" else ""
    return PatternTable(
        pattern="trend",
        frame=frame,
        title=_title(frame, spec, change),
        population="all users",
        caption=f"All users; {spec.measure} per {spec.bucket}{week}; {period.text}.",
        notes=_notes(log, spec, frame, names, grouped),
        spec=spec,
        log_id=log.log_id,
        version_id=log.version_id,
        summary=(KeyFigure("change", "Last against first third of the complete buckets", change[2], "share"),)
        if change and change[2] is not None
        else (),
    )


def _rules(log: Log, spec: TrendSpec) -> list[Rule]:
    return [rule_of(event, log.manifest) for event in spec.events or ()]


def _of_rules(log: Log, spec: TrendSpec) -> bool:
    return any(rule.only_type is None for rule in _rules(log, spec))


def _lines(log: Log, spec: TrendSpec) -> tuple[list[str], list[str]]:
    """(what has a line of its own, [the name of the rest] or [])."""
    if spec.events:
        return [title_of(event) for event in spec.events], []
    if spec.by == "none":
        return [], [ALL]
    known = [entry["event_type"] for entry in log.manifest["event_types"]]
    if len(known) <= spec.top:
        return known, []
    rest = "other"
    while rest in known:
        rest = f"({rest})"
    return known[: spec.top], [rest]


def _type_counts(log: Log, spec: TrendSpec, period: Period) -> pd.DataFrame:
    """Rows of (bucket, kind, count) for buckets that hold events: of event types, from the roll-ups if they can."""
    if spec.measure == "events":
        rows, moment = hourly(log, period), "hour"
    elif spec.bucket != "hour" and period.in_whole_utc_days:
        rolled = log.table("user_days")
        rows, moment = period.within(rolled.mutate(day=rolled.day.cast("timestamp")), "day"), "day"
    else:
        rows, moment = period.within(log.table(), "timestamp"), "timestamp"
    if spec.events:
        rows = rows.filter(rows.event_type.isin([rule.event_type for rule in _rules(log, spec)]))
    kind = _grouping(rows, *_lines(log, spec))
    labelled = rows.mutate(bucket=period.clock(rows[moment]).truncate(UNITS[spec.bucket]), kind=kind)
    groups = labelled.group_by("bucket", "kind")
    if spec.measure == "events":
        return log.fetch(groups.agg(count=labelled.events.sum().cast("int64")))
    return log.fetch(groups.agg(count=labelled.user_id.nunique()))


def _rule_counts(log: Log, spec: TrendSpec, period: Period) -> pd.DataFrame:
    """The same for rules, from the events themselves: one scan with a count per rule."""
    rows = period.within(log.table(), "timestamp")
    matched = {f"c{place}": rule.matches(rows) for place, rule in enumerate(_rules(log, spec))}
    counts = {
        name: rows.count(where=match) if spec.measure == "events" else rows.user_id.nunique(where=match)
        for name, match in matched.items()
    }
    wide = log.fetch(rows.group_by(bucket=period.clock(rows.timestamp).truncate(UNITS[spec.bucket])).agg(**counts))
    wide.columns = pd.Index(["bucket", *_lines(log, spec)[0]])
    return wide.melt("bucket", var_name="kind", value_name="count")


def _grouping(rows: ir.Table, names: list[str], grouped: list[str]) -> ir.StringValue:
    event_type = rows.event_type.cast("string")
    if not grouped:
        return event_type
    if not names:
        return ibis.literal(grouped[0])
    return ibis.cases((event_type.isin(names), event_type), else_=grouped[0])


def _filled(counts: pd.DataFrame, buckets: pd.DataFrame, names: list[str], measure: str) -> pd.DataFrame:
    every = buckets.merge(pd.DataFrame({"event_type": names}), how="cross")
    found = counts.rename(columns={"kind": "event_type", "count": measure})
    found["bucket"] = found["bucket"].astype(every["bucket"].dtype)
    frame = every.merge(found, on=["bucket", "event_type"], how="left")
    frame[measure] = frame[measure].fillna(0).astype("int64")
    return frame[["bucket", "starts_at", "event_type", measure, "complete"]]


def _change(frame: pd.DataFrame, spec: TrendSpec) -> tuple[float, float, float | None] | None:
    """(mean of the first third, of the last third, relative change) over complete buckets; None below six of them.

    For users, and for chosen events, it is about the first of them: those of several lines cannot be added up.
    """
    rows = frame[frame["event_type"] == frame["event_type"].iloc[0]] if _one_line(spec) else frame
    levels = rows[rows["complete"]].groupby("bucket")[spec.measure].sum()
    third = len(levels) // 3
    if third < 2:
        return None
    before, after = float(levels.iloc[:third].mean()), float(levels.iloc[-third:].mean())
    return before, after, after / before - 1 if before else None


def _one_line(spec: TrendSpec) -> bool:
    """Whether the finding is about the first line only."""
    return bool(spec.events) or (spec.measure == "users" and spec.by == "event_type")


def _title(frame: pd.DataFrame, spec: TrendSpec, change: tuple[float, float, float | None] | None) -> str:
    what = spec.measure.capitalize()
    if _one_line(spec):
        what += f" {'with' if spec.measure == 'users' else 'of'} '{frame['event_type'].iloc[0]}'"
    if change is None:
        return f"{what} per {spec.bucket}: too few complete {spec.bucket}s to tell a trend"
    before, after, relative = change
    levels = f"{amount(before)} to {amount(after)} a {spec.bucket}"
    if relative is None or abs(relative) < 0.05:
        return f"{what} held their level from the first to the last third of the period ({levels})"
    verb = "rose" if relative > 0 else "fell"
    return f"{what} {verb} by {percent(abs(relative))} from the first to the last third of the period ({levels})"


def _notes(log: Log, spec: TrendSpec, frame: pd.DataFrame, names: list[str], grouped: list[str]) -> tuple[str, ...]:
    notes = []
    starts = frame.drop_duplicates("bucket")["starts_at"]
    partial = int((~frame.drop_duplicates("bucket")["complete"]).sum())
    if partial:
        notes.append(
            f"{counted(partial, spec.bucket)} at the edges {'is' if partial == 1 else 'are'} covered only in part."
        )
    if spec.by == "event_type" and grouped:
        types = len(log.manifest["event_types"])
        notes.append(
            f"The {len(names)} most frequent of {types} event types have their own line; the rest is '{grouped[0]}'."
        )
    if len(spec.events or ()) > 1 and _of_rules(log, spec):
        notes.append("An event that several of these rules mean counts in each.")
    if spec.bucket == "hour" and (starts.diff() > pd.Timedelta(hours=1)).any():
        notes.append("Where the clocks go back, an hour occurs twice; both are counted together.")
    if spec.measure == "users" and spec.by == "event_type":
        notes.append("A user who is active in several event types counts in each.")
    if not log.manifest["has_users"]:
        notes.append("The log names no users: every event counts as its own user.")
    return tuple(notes)
