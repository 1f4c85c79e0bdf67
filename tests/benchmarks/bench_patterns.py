"""What the patterns cost in CPU seconds: Ibis against SQL by hand, and against a scan of every column.

    python -m tests.benchmarks.bench_patterns [EVENTS]

A log of that many events (default 1,000,000; skewed users, six event types, 120 days, ties) is generated and imported.
Each line prints the pattern's CPU seconds (minimum of three, whole call with compiling and the table), the CPU of its
query alone, of the same query written by hand, their ratio, and the query against the floor.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from core.events.definitions.references import rule_of
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.patterns import PATTERNS
from core.patterns.buckets import UNITS
from core.patterns.funnel import FunnelSpec, _reached
from core.patterns.period import hourly, period_of
from core.patterns.rhythm import RhythmSpec
from core.patterns.sessions import BINS, SessionsSpec, _user_sums
from core.patterns.trend import TrendSpec, _grouping
from core.storage.engine import Log, compiled, open_log
from core.storage.workspace import Workspace

TYPES = np.array(["view", "search", "wishlist", "add_to_cart", "checkout", "purchase"])
STEPS = ("view", "add_to_cart", "purchase")
FLOOR = "SELECT sum(event_id), max(user_id), max(item_id), max(event_type), max(timestamp), sum(session_id), sum(gap_seconds) FROM events"

CONDITIONS = [
    f"{'events' if entry.measure == 'events' else 'duration_seconds'} {'>=' if entry.measure == 'events' else '>'} "
    f"{entry.low} AND {'events' if entry.measure == 'events' else 'duration_seconds'} <= {1e18 if entry.high is None else entry.high}"
    for entry in BINS
]

BY_HAND = {
    "trend": "SELECT date_trunc('day', hour) bucket, event_type, sum(events) FROM hours GROUP BY ALL",
    "rhythm": "SELECT isodow(hour) weekday, hour(hour) hour_of_day, sum(events) FROM hours GROUP BY ALL",
    "sessions": (
        "WITH u AS (SELECT user_id, count(*)::DOUBLE n, "
        + ", ".join(f"count(*) FILTER ({condition})::DOUBLE b{place}" for place, condition in enumerate(CONDITIONS))
        + " FROM sessions GROUP BY user_id) SELECT count(*), sum(n), sum(n * n), "
        + ", ".join(f"sum(b{place}), sum(b{place} ** 2), sum(b{place} * n)" for place in range(len(CONDITIONS)))
        + " FROM u"
    ),
    "funnel": """
        WITH f AS (SELECT user_id, event_type e, history_position p, timestamp_us t FROM events
                   WHERE event_type IN ('view', 'add_to_cart', 'purchase')),
        b AS (SELECT *, CASE WHEN e = 'add_to_cart' THEN min(CASE WHEN e = 'purchase' THEN t END) OVER w END t3
              FROM f WINDOW w AS (PARTITION BY user_id ORDER BY p ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)),
        a AS (SELECT *, min(CASE WHEN e = 'add_to_cart' THEN t END) OVER w s2, min(t3) OVER w s3
              FROM b WINDOW w AS (PARTITION BY user_id ORDER BY p ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)),
        s AS (SELECT user_id, t s1, s2, s3, 1 + coalesce(s2 - t <= 604800000000, false)::INT
                + coalesce(s3 - t <= 604800000000, false)::INT k FROM a WHERE e = 'view'),
        g AS (SELECT user_id, k, min(s1) s1, min(s2) s2, min(s3) s3 FROM s GROUP BY user_id, k),
        u AS (SELECT user_id, max(k) k, arg_max(s1, k) s1, arg_max(s2, k) s2, arg_max(s3, k) s3 FROM g GROUP BY user_id)
        SELECT count(*), sum((k > 1)::INT), sum((k > 2)::INT), median(s2 - s1) FILTER (k > 1),
          median(s3 - s2) FILTER (k > 2) FROM u""",
}  # fmt: skip


def made_log(events: int, folder: Path) -> Log:
    """A generated log of about so many events, imported."""
    rng = np.random.default_rng(7)
    weights = rng.lognormal(0, 1.2, max(events // 42, 10))
    users = rng.choice(len(weights), events // 6 + 1, p=weights / weights.sum())[np.arange(events) // 6]
    seconds = rng.integers(0, 120 * 86_400, events // 6 + 1)[np.arange(events) // 6] + (np.arange(events) % 6) * 40
    frame = pd.DataFrame(
        {
            "user": users.astype(str),
            "item": rng.zipf(1.3, events) % 20_000,
            "type": TYPES[rng.choice(6, events, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05])],
            "at": pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s"),
        }
    )
    frame.to_parquet(folder / "events.parquet")
    workspace = Workspace(folder / "workspace")
    workspace.prepare()
    mapping = {"user_id": "user", "item_id": "item", "event_type": "type", "timestamp": "at"}
    spec = ImportSpec(files=(str(folder / "events.parquet"),), name="bench", mapping=mapping)
    return open_log(workspace, import_log(workspace, spec, lambda *_: None)["log_id"])


def cpu(work: Callable[[], object], times: int = 3) -> float:
    """CPU seconds of all threads, the least of some runs."""
    spent = []
    for _ in range(times):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return min(spent)


def queries(log: Log) -> dict[str, str]:
    """The SQL that Ibis writes for each pattern's main query."""
    trend, rhythm, steps = TrendSpec(), RhythmSpec(), FunnelSpec(steps=STEPS)
    period = period_of(log, trend)
    hours = hourly(log, period_of(log, rhythm))
    slots = hours.group_by(weekday=hours.hour.day_of_week.index() + 1, hour_of_day=hours.hour.hour())
    names = [entry["event_type"] for entry in log.manifest["event_types"]]
    rows = hourly(log, period)
    by_day = rows.mutate(bucket=period.clock(rows.hour).truncate(UNITS[trend.bucket]), kind=_grouping(rows, names, []))
    return {
        "trend": compiled(by_day.group_by("bucket", "kind").agg(count=by_day.events.sum().cast("int64"))),
        "rhythm": compiled(slots.agg(events=hours.events.sum().cast("int64"))),
        "sessions": compiled(_user_sums(period_of(log, SessionsSpec()).within(log.table("sessions"), "started_at"))),
        "funnel": compiled(_reached(log, [rule_of(step, log.manifest) for step in STEPS], steps, period)),
    }


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        log = made_log(events, Path(folder))
        floor = cpu(lambda: log.fetch_sql(FLOOR))
        print(f"{events:,} events, {log.manifest['users']:,} users; scan of all columns {floor:.4f} CPU s")
        print(f"{'pattern':10} {'call':>8} {'query':>8} {'by hand':>8} {'ratio':>6} {'query / floor':>14}")
        for name, statement in queries(log).items():
            choice = PATTERNS[name]
            spec = FunnelSpec(steps=STEPS) if name == "funnel" else choice.spec() if choice.spec else None
            function = choice.load()
            whole = cpu(lambda function=function, spec=spec: function(log, spec))
            query = cpu(lambda statement=statement: log.fetch_sql(statement))
            hand = cpu(lambda name=name: log.fetch_sql(BY_HAND[name]))
            print(f"{name:10} {whole:8.4f} {query:8.4f} {hand:8.4f} {query / hand:6.2f} {query / floor:14.1f}")
        log.close()


if __name__ == "__main__":
    main()
