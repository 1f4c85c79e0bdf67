"""Rhythm: when in the week events happen, as hour x weekday in local time.

Counts alone mislead: a period of ten days has two Mondays and one Thursday, and clock changes give one Sunday 23 or 25
hours. So each of the 168 slots is divided by how many hours of that kind the period holds.
"""

from typing import ClassVar

import numpy as np
import pandas as pd

from core.errors import NotEnoughData
from core.events.definitions.references import rule_of, title_of
from core.events.definitions.rules import Rule
from core.patterns.period import Period, PeriodSpec, each_event, hourly, period_of
from core.patterns.sentences import amount
from core.patterns.table import PatternTable
from core.storage.engine import Log

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_FOR_A_WEEK, DAYS_FOR_A_CYCLE = 7, 14


class RhythmSpec(PeriodSpec):
    """event_type: only events of this type, or that this rule means; null for all."""

    event_references: ClassVar[tuple[str, ...]] = ("event_type",)
    event_type: str | None = None


def rhythm(log: Log, spec: RhythmSpec) -> PatternTable:
    """Always 168 rows: weekday (1 is Monday), weekday_name, hour, events, slots, mean, relative.

    slots: hours of that kind in the period; mean: events per such hour, null where there was none; relative: mean
    divided by the median over the slots that hold events (robust against peaks and closed nights). Raises
    NotEnoughData for a period without such events, NotFound for an unknown event type, BadSpec for a rule that does not
    fit the log.
    """
    rule = rule_of(spec.event_type, log.manifest) if spec.event_type is not None else None
    period = period_of(log, spec)
    frame = _slots(period).merge(_counts(log, rule, period), on=["weekday", "hour"], how="left")
    frame["events"] = frame["events"].fillna(0).astype("int64")
    total = int(frame["events"].sum())
    if total == 0:
        raise NotEnoughData(f"No {_what(spec)} lie in {period.text}; choose another period or event type.")
    frame["mean"] = np.where(frame["slots"] > 0, frame["events"] / frame["slots"].where(frame["slots"] > 0), np.nan)
    frame["relative"] = frame["mean"] / frame.loc[frame["events"] > 0, "mean"].median()
    return PatternTable(
        pattern="rhythm",
        frame=frame[["weekday", "weekday_name", "hour", "events", "slots", "mean", "relative"]],
        title=_title(frame, period),
        population="all users",
        caption=f"All users; {total:,} {_what(spec)}; events per hour of that kind; {period.text}, week from Monday.",
        notes=_notes(log, period),
        spec=spec,
        log_id=log.log_id,
        version_id=log.version_id,
    )


def _what(spec: RhythmSpec) -> str:
    return "events" if spec.event_type is None else f"'{title_of(spec.event_type)}' events"


def _counts(log: Log, rule: Rule | None, period: Period) -> pd.DataFrame:
    rows = hourly(log, period) if rule is None or rule.only_type else each_event(log, period, rule)
    if rule is not None and rule.only_type:
        rows = rows.filter(rows.event_type == rule.only_type)
    local = rows.mutate(local=period.clock(rows.hour))
    slots = local.group_by(weekday=local.local.day_of_week.index() + 1, hour=local.local.hour())
    return log.fetch(slots.agg(events=local.events.sum().cast("int64"))).astype("int64")


def _slots(period: Period) -> pd.DataFrame:
    """The 168 slots with the hours of each kind that the period holds, by walking through it in quarters of an hour."""
    minutes = 60 if period.in_whole_hours else 15
    walked = pd.date_range(period.observed_from, period.observed_to, freq=f"{minutes}min", inclusive="left", tz="UTC")
    local = walked.tz_convert(period.timezone)
    held = np.bincount(local.weekday.to_numpy() * 24 + local.hour.to_numpy(), minlength=168) * minutes / 60
    weekday, hour = np.divmod(np.arange(168), 24)
    names = [WEEKDAYS[day] for day in weekday]
    return pd.DataFrame({"weekday": weekday + 1, "weekday_name": names, "hour": hour, "slots": held})


def _title(frame: pd.DataFrame, period: Period) -> str:
    if period.days < DAYS_FOR_A_CYCLE:
        hours = frame.groupby("hour")[["events", "slots"]].sum()
        busiest = int(np.nanargmax((hours["events"] / hours["slots"].where(hours["slots"] > 0)).to_numpy()))
        return f"Busiest hour: {busiest:02d}:00 to {(busiest + 1) % 24:02d}:00; too short for a weekly cycle"
    top = frame.iloc[int(np.nanargmax(frame["mean"].to_numpy()))]
    when = f"{top['weekday_name']} {top['hour']:02d}:00 to {(top['hour'] + 1) % 24:02d}:00"
    return f"Busiest on {when}: {amount(top['mean'])} events an hour, {amount(top['relative'])} times the median hour"


def _notes(log: Log, period: Period) -> tuple[str, ...]:
    notes = []
    covers = f"The period covers {amount(period.days)} days"
    if period.days < DAYS_FOR_A_WEEK:
        notes.append(f"{covers}: slots it does not hold stay empty, and no weekly cycle can be told.")
    elif period.days < DAYS_FOR_A_CYCLE:
        notes.append(f"{covers}, less than two weeks: too short to tell a weekly cycle.")
    if len({seconds for _, seconds in period.offsets}) > 1:
        notes.append(f"Hours are those of the local clock; its changes in {period.timezone} are followed.")
    if not period.in_whole_hours:
        notes.append("Counted from the events themselves: the time zone or the period cuts through UTC hours.")
    if _only_dates(log):
        notes.append("Every event lies in the same hour of the day: the log may hold dates without times.")
    return tuple(notes)


def _only_dates(log: Log) -> bool:
    hours = log.table("hours")
    return (
        bool(log.fetch(hours.agg(kinds=hours.hour.hour().nunique()))["kinds"][0] == 1) and log.manifest["events"] > 24
    )
