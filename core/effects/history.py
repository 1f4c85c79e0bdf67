"""What a user's history says before time zero: one aggregation over the events of each unit's windows.

Only events strictly before the end of the covariate window are read for covariates. `past_activity` leaves out the
trial's own session, which is `this_session`; an attribute is its latest known value, of this session if it has one.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.effects.covariates import Column, number_columns, text_columns
from core.effects.designs.windows import Windows
from core.effects.groups import CALENDAR, PAST_ACTIVITY, TENURE, THIS_SESSION, CovariateGroup
from core.effects.question import MICROSECONDS_PER_DAY
from core.effects.table import Covariate
from core.events.columns import ONLY_EVENT_TYPE
from core.storage.engine import Log

COUNTED_EVENT_TYPES: Final = 12  # the most frequent ones get a count each, the rest share one
SECONDS: Final = 1_000_000
KNOWN, OWN = "known before", "own session"  # columns of ours; the space keeps them apart from a log's attributes
WEEKDAYS: Final = ("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")  # Monday is the reference


def counted_event_types(log: Log) -> list[str]:
    """The event types that get a count of their own, most frequent first."""
    return [entry["event_type"] for entry in log.manifest["event_types"]][:COUNTED_EVENT_TYPES]


def history_measures(rows: ir.Table, log: Log, groups: Iterable[CovariateGroup]) -> dict[str, ir.Value]:
    """What the groups need, as named aggregates over `rows`: one row per unit and event, with KNOWN (before the
    covariates' end) and OWN (of the trial's session). Names: past_*, own_*, attribute_*."""
    groups = list(groups)
    names = {group.name for group in groups}
    past, own = rows[KNOWN] & ~rows[OWN], rows[KNOWN] & rows[OWN]
    measures: dict[str, ir.Value] = {}
    if PAST_ACTIVITY in names:
        measures |= {
            "past_sessions": rows.session_id.nunique(where=past),
            "past_days": (rows.timestamp_us // MICROSECONDS_PER_DAY).nunique(where=past),
            "past_last_us": rows.timestamp_us.max(where=past),
            **_event_counts(rows, log, "past", past),
        }
        if "value" in rows.columns:
            measures["past_value"] = rows["value"].sum(where=past)
    if THIS_SESSION in names:
        measures |= {"own_first_us": rows.timestamp_us.min(where=own), **_event_counts(rows, log, "own", own)}
    for group in groups:
        if group.column:
            value = rows[group.column]
            measures[f"attribute_{group.column}"] = value.argmax(_recency(rows), where=rows[KNOWN] & value.notnull())
    return measures


def _event_counts(rows: ir.Table, log: Log, stem: str, where: ir.BooleanValue) -> dict[str, ir.Value]:
    """How many events there were, and how many of each counted type."""
    of_types = {
        f"{stem}_count_{at}": rows.count(where=where & (rows.event_type == event_type))
        for at, event_type in enumerate(counted_event_types(log))
    }
    return {f"{stem}_events": rows.count(where=where), **of_types}


def history_columns(
    units: pd.DataFrame, log: Log, offsets: Windows, groups: Sequence[CovariateGroup]
) -> tuple[list[Column], tuple[str, ...]]:
    """The measures as covariates of the given groups, in the order of time; sentences on attributes that gave none."""
    names = {group.name for group in groups}
    end_us = units["time_zero_us"].to_numpy() + offsets.covariates_end_us
    makers: dict[str, Callable[[], list[Column]]] = {
        TENURE: lambda: _tenure(units, end_us),
        PAST_ACTIVITY: lambda: _past_activity(units, log, end_us, offsets),
        CALENDAR: lambda: _calendar(end_us),
        THIS_SESSION: lambda: _this_session(units, log, end_us),
    }
    columns = [column for name, make in makers.items() if name in names for column in make()]
    notes = []
    for group in groups:
        if group.column:
            made = _attribute(units[f"attribute_{group.column}"], group)
            columns += made
            if not made:
                same = units[f"attribute_{group.column}"].nunique(dropna=False) <= 1
                why = (
                    "every unit has the same value"
                    if same
                    else "it reads like an id, no value of it covers 1 % of the units"
                )
                notes.append(f"{group.title} is no covariate: {why}.")
    return columns, tuple(notes)


def _recency(rows: ir.Table) -> ir.IntegerColumn:
    """Later events of the history win; an event of the trial's own session wins over all others."""
    own_session = ibis.ifelse(rows[OWN], 2**40, 0)
    return rows.history_position + own_session


def _tenure(units: pd.DataFrame, end_us: np.ndarray) -> list[Column]:
    days = np.maximum(end_us - units["first_us"].to_numpy(), 0) / MICROSECONDS_PER_DAY
    return [_column("tenure:days", "Days since the first event (log)", TENURE, np.log1p(days))]


def _past_activity(units: pd.DataFrame, log: Log, end_us: np.ndarray, offsets: Windows) -> list[Column]:
    lookback_days = offsets.lookback_us / MICROSECONDS_PER_DAY
    silent = units["past_last_us"].isna().to_numpy()
    last_us = units["past_last_us"].to_numpy(dtype=float, na_value=np.nan)
    days = np.where(silent, lookback_days, (end_us - last_us) / MICROSECONDS_PER_DAY)
    columns = [
        _logged("past_activity:sessions", "Earlier sessions (log)", PAST_ACTIVITY, units["past_sessions"]),
        _logged("past_activity:days", "Earlier active days (log)", PAST_ACTIVITY, units["past_days"]),
        _column("past_activity:recency", "Days since the last earlier event (log)", PAST_ACTIVITY, np.log1p(days)),
        _column("past_activity:none", "No earlier event in the lookback", PAST_ACTIVITY, silent.astype(float)),
        *_counts(units, log, "past", "Earlier", PAST_ACTIVITY),
    ]
    if "past_value" in units:
        value = units["past_value"].to_numpy(dtype=float, na_value=0.0)
        signed = np.sign(value) * np.log1p(np.abs(value))
        columns.append(_column("past_activity:value", "Sum of earlier values (log)", PAST_ACTIVITY, signed))
    return columns


def _this_session(units: pd.DataFrame, log: Log, end_us: np.ndarray) -> list[Column]:
    started = units["own_first_us"].to_numpy(dtype=float, na_value=np.nan)
    seconds = np.where(np.isnan(started), 0.0, (end_us - started) / SECONDS)
    title = "Seconds since the session's first event (log)"
    return [
        _column("this_session:seconds", title, THIS_SESSION, np.log1p(seconds)),
        *_counts(units, log, "own", "This session's", THIS_SESSION),
    ]


def _counts(units: pd.DataFrame, log: Log, stem: str, word: str, group: str) -> list[Column]:
    event_types = counted_event_types(log)
    columns = [
        _logged(
            f"{group}:{event_type} events",
            f"{word} {_kind(event_type)}events (log)",
            group,
            units[f"{stem}_count_{at}"],
        )
        for at, event_type in enumerate(event_types)
    ]
    if len(log.manifest["event_types"]) > len(event_types):
        counted = units[[f"{stem}_count_{at}" for at in range(len(event_types))]].sum(axis=1)
        rest = units[f"{stem}_events"] - counted
        columns.append(_logged(f"{group}:other events:", f"{word} other events (log)", group, rest))
    return columns


def _kind(event_type: str) -> str:
    """The type before the word events; the one that a log without types has says nothing."""
    return "" if event_type == ONLY_EVENT_TYPE else f"{event_type} "


def _calendar(end_us: np.ndarray) -> list[Column]:
    days = end_us / MICROSECONDS_PER_DAY
    angle = 2 * np.pi * (days % 1)
    weekday = (np.floor(days).astype(int) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    columns = [
        _column("calendar:hour_sin", "Hour of day (sine)", CALENDAR, np.sin(angle)),
        _column("calendar:hour_cos", "Hour of day (cosine)", CALENDAR, np.cos(angle)),
        _column("calendar:date", "Date (days)", CALENDAR, days - np.floor(days.min())),
    ]
    return columns + [
        _column(f"calendar:{name.lower()}", name, CALENDAR, (weekday == at).astype(float))
        for at, name in enumerate(WEEKDAYS, start=1)
    ]


def _attribute(values: pd.Series, group: CovariateGroup) -> list[Column]:
    name = str(group.column)
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return number_columns(values, name, group.title, group.name)
    return text_columns(values, name, group.title, group.name)


def _logged(name: str, title: str, group: str, counts: pd.Series) -> Column:
    return _column(name, title, group, np.log1p(counts.to_numpy(dtype=float, na_value=0.0)))


def _column(name: str, title: str, group: str, values: np.ndarray) -> Column:
    return Column(Covariate(name, title, group), values)
