"""The hours, days or weeks of a period, on the analyst's clock."""

from typing import Literal

import numpy as np
import pandas as pd

from core.errors import BadSpec
from core.patterns.period import Period

Bucket = Literal["hour", "day", "week"]
BUCKETS_AT_MOST = 20_000
UNITS: dict[str, Literal["h", "D", "W"]] = {"hour": "h", "day": "D", "week": "W"}


def buckets_of(period: Period, bucket: Bucket) -> pd.DataFrame:
    """(B, 3): bucket (local start), starts_at (UTC), complete (the log covers it from start to end)."""
    per_day = {"hour": 24.0, "day": 1.0, "week": 1 / 7}[bucket]
    if period.days * per_day > BUCKETS_AT_MOST:
        raise BadSpec(
            f"The period of {period.days:,.0f} days has more than {BUCKETS_AT_MOST:,} {bucket}s; "
            "choose a longer bucket or a shorter period."
        )
    labels = _labels(period, bucket)
    starts = labels.tz_localize(
        period.timezone, ambiguous=np.ones(len(labels), dtype=bool), nonexistent="shift_forward"
    )
    utc = starts.tz_convert("UTC").tz_localize(None)
    shown = pd.DataFrame({"bucket": labels[:-1], "starts_at": utc[:-1]})
    covered = (utc[:-1] >= pd.Timestamp(period.observed_from)) & (utc[1:] <= pd.Timestamp(period.observed_to))
    return shown.assign(complete=covered)


def _labels(period: Period, bucket: Bucket) -> pd.DatetimeIndex:
    """Local starts of all buckets of the period, and one more: the end of the last."""
    first, last = period.local(period.observed_from), period.local(period.observed_to - pd.Timedelta(microseconds=1))
    if bucket == "hour":
        # Through UTC, so that an hour the clocks skip is no bucket; quarters, because some offsets are no whole hours.
        quarters = pd.date_range(period.observed_from, period.observed_to, freq="15min", inclusive="left", tz="UTC")
        local = quarters.tz_convert(period.timezone).tz_localize(None).floor("h").unique().sort_values()
        return pd.DatetimeIndex([*local, local[-1] + pd.Timedelta(hours=1)]).as_unit("us")
    step = 7 if bucket == "week" else 1
    start = pd.Timestamp(first).normalize() - pd.Timedelta(days=first.weekday() if bucket == "week" else 0)
    days = (pd.Timestamp(last).normalize() - start).days // step + 2
    return pd.date_range(start, periods=days, freq=f"{step}D").as_unit("us")
