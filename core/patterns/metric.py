"""Metric: a saved metric over time, per hour, day or week, with an interval where it is a share, a mean or a rate.

A user (or session) belongs to every bucket in which they have an event. Users are what is independent: what one user
does many times is one observation of many events.
"""

from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.expr.types.groupby import GroupedTable

from core.errors import NotEnoughData
from core.events.definitions.metrics import ANY_EVENT, OF_UNITS, Metric, check_metric
from core.events.definitions.references import rule_of
from core.patterns.buckets import UNITS, Bucket, buckets_of
from core.patterns.intervals import clustered, of_ratio
from core.patterns.period import Period, PeriodSpec, each_event, hourly, period_of
from core.patterns.sentences import amount, counted, percent
from core.patterns.table import KeyFigure, PatternTable
from core.storage.engine import Log

USERS_TO_TRUST = 30
SUMS = ("part", "whole", "part_squares", "crossed", "whole_squares", "users")


class MetricSpec(PeriodSpec):
    """metric: what is measured, with its references resolved. bucket: weeks start on Monday."""

    event_references: ClassVar[tuple[str, ...]] = ("metric",)

    metric: Metric = Metric()
    bucket: Bucket = "day"


def metric(log: Log, spec: MetricSpec) -> PatternTable:
    """One row per bucket: bucket (local start), starts_at (UTC), value, low, high, part, whole, users, complete.

    value: part / whole for share, mean and rate (null where whole is 0), else a count or a sum without an interval;
    users: those that the ratio rests on, null for a count or a sum.
    summary: the same over the whole period. Raises BadSpec, NotFound for a metric that the log cannot give,
    NotEnoughData for a period outside the log.
    """
    check_metric(spec.metric, log.manifest)
    if spec.metric.kind in ("users", *OF_UNITS) and not log.manifest["has_users"]:
        raise NotEnoughData("This log names no users, so users and their sessions cannot be counted.")
    period = period_of(log, spec)
    buckets = buckets_of(period, spec.bucket)
    found = _values(log, spec.metric, period, spec.bucket)
    found["bucket"] = found["bucket"].astype(buckets["bucket"].dtype)
    frame = buckets.merge(found, on="bucket", how="left")
    if spec.metric.kind in ("count", "users", "sum"):
        frame["value"] = frame["value"].fillna(0.0)
    counts = ["part", "whole", "users"]
    known = [name for name in counts if found[name].notna().any()]
    frame[known] = frame[known].fillna(0.0)
    whole = _values(log, spec.metric, period, None)
    overall = _figure(spec.metric, whole.iloc[0] if len(whole) else None)
    return PatternTable(
        pattern="metric",
        frame=frame[["bucket", "starts_at", "value", "low", "high", *counts, "complete"]],
        title=_title(spec.metric, overall),
        population="all users",
        caption=f"All users; {spec.metric.words}; per {spec.bucket}; {period.text}.",
        notes=_notes(log, spec, frame, period),
        spec=spec,
        log_id=log.log_id,
        version_id=log.version_id,
        summary=(overall,) if overall else (),
    )


def _values(log: Log, asked: Metric, period: Period, bucket: Bucket | None) -> pd.DataFrame:
    """(bucket, value, low, high, part, whole, users) for the buckets that have any; one row without buckets."""
    if asked.kind in ("count", "sum", "users"):
        frame = log.fetch(_plain_values(log, asked, period, bucket))
        users = frame["value"] if asked.kind == "users" else np.nan
        return frame.assign(low=np.nan, high=np.nan, part=frame["value"], whole=np.nan, users=users)
    sums = log.fetch(_ratio_sums(log, asked, period, bucket)).astype(dict.fromkeys(SUMS, float))
    interval = clustered if asked.kind == "share" else of_ratio
    bounds = [interval(a, b, c, d, e, int(users)) for a, b, c, d, e, users in sums[list(SUMS)].to_numpy().tolist()]
    low, high = zip(*bounds, strict=True) if bounds else ((), ())
    return sums.assign(value=sums["part"] / sums["whole"].where(sums["whole"] > 0), low=low, high=high)


def _plain_values(log: Log, asked: Metric, period: Period, bucket: Bucket | None) -> ir.Table:
    """(bucket, value) of a count, a sum or a number of users."""
    rule = rule_of(asked.rule, log.manifest)
    if asked.kind == "count":
        rows = each_event(log, period, rule) if rule.condition else hourly(log, period)
        rows = rows if rule.only_type is None else rows.filter(rows.event_type == rule.only_type)
        groups = _bucketed(rows, rows.hour, period, bucket)
        return groups.agg(value=rows.events.sum().cast("float64"))
    rows = period.within(log.table(), "timestamp")
    rows = rows.filter(rule.matches(rows))
    value = rows.user_id.nunique() if asked.kind == "users" else rows[asked.column].sum()
    return _bucketed(rows, rows.timestamp, period, bucket).agg(value=value.cast("float64"))


def _ratio_sums(log: Log, asked: Metric, period: Period, bucket: Bucket | None) -> ir.Table:
    """Per bucket, sums over users of their part b and whole n: Σb, Σn, Σb², Σbn, Σn², and the users with n > 0."""
    rows = period.within(log.table(), "timestamp")
    is_part = rule_of(asked.rule, log.manifest).matches(rows)
    if asked.kind == "mean":
        number = rows[asked.column]
        rows = rows.filter(is_part & number.notnull())
        units = _bucketed(rows, rows.timestamp, period, bucket, "user_id").agg(
            part=rows[asked.column].sum().cast("float64"), whole=rows.count().cast("float64")
        )
    else:
        is_whole = rule_of(asked.over or ANY_EVENT, log.manifest).matches(rows)
        marked = rows.mutate(**{"is part": is_part, "is whole": is_whole}).filter(is_part | is_whole)
        by = ("user_id", "session_id") if asked.per == "session" else ("user_id",)
        parts = marked["is part"].any().cast("float64")
        if asked.kind == "rate":
            parts = marked["is part"].sum().cast("float64")
        units = _bucketed(marked, marked.timestamp, period, bucket, *by).agg(
            part=parts, whole=marked["is whole"].any().cast("float64")
        )
    counted_units = units.filter(units.whole > 0)
    users = counted_units.group_by("bucket", "user_id").agg(b=counted_units.part.sum(), n=counted_units.whole.sum())
    return users.group_by("bucket").agg(
        part=users.b.sum(), whole=users.n.sum(), part_squares=(users.b * users.b).sum(),
        crossed=(users.b * users.n).sum(), whole_squares=(users.n * users.n).sum(), users=users.count(),
    )  # fmt: skip


def _bucketed(rows: ir.Table, moment: ir.Value, period: Period, bucket: Bucket | None, *by: str) -> GroupedTable:
    start = period.clock(moment).truncate(UNITS[bucket]) if bucket else ibis.literal(0)
    return rows.group_by(*by, bucket=start)


def _figure(asked: Metric, row: "pd.Series[float] | None") -> KeyFigure | None:
    if row is None or pd.isna(row["value"]):
        return None
    unit = {"share": "share", "count": "events", "users": "users"}.get(asked.kind, "")
    low, high = (None if pd.isna(row[name]) else float(row[name]) for name in ("low", "high"))
    return KeyFigure("overall", "Over the whole period", float(row["value"]), unit, low, high)


def _title(asked: Metric, overall: KeyFigure | None) -> str:
    if overall is None:
        return f"No value of '{asked.name}' in the period"
    says = percent if asked.kind == "share" else amount
    interval = ""
    if overall.low is not None and overall.high is not None:
        interval = f" (95 % interval {says(overall.low)} to {says(overall.high)})"
    return f"Over the whole period '{asked.name}' is {says(overall.value)}{interval}"


def _notes(log: Log, spec: MetricSpec, frame: pd.DataFrame, period: Period) -> tuple[str, ...]:
    asked, notes = spec.metric, []
    partial = int((~frame["complete"]).sum())
    if partial:
        verb = "is" if partial == 1 else "are"
        notes.append(f"{counted(partial, spec.bucket)} at the edges {verb} covered only in part.")
    if asked.kind in OF_UNITS:
        unit = asked.per.capitalize()
        notes.append(
            f"{unit}s count in every {spec.bucket} in which they have such an event, and once over the period."
        )
    if asked.kind not in ("count", "sum"):
        small = int(((frame["users"] > 0) & (frame["users"] < USERS_TO_TRUST)).sum())
        if small:
            notes.append(f"{counted(small, spec.bucket)} of {len(frame):,} rest on fewer than {USERS_TO_TRUST} users.")
    if asked.column:
        missing = _without_value(log, asked, period)
        if missing:
            notes.append(f"{counted(missing, 'such event')} without {asked.column} are left out.")
    return tuple(notes)


def _without_value(log: Log, asked: Metric, period: Period) -> int:
    rows = period.within(log.table(), "timestamp")
    there = rule_of(asked.rule, log.manifest).matches(rows) & rows[asked.column].isnull()
    return int(log.fetch(rows.agg(missing=rows.count(where=there)))["missing"][0])
