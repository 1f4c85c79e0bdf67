"""Outlier users: those whose activity is far from everybody else's."""

from typing import Literal

from core.events.cleaning.edits import drop_or_mark
from core.events.cleaning.step import Cleaned, StepSettings, asked
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer

DETECTORS = {
    "iqr": "Far more events than others (quartiles of the logarithm)",
    "isolation_forest": "An unusual mix of events, days, types and items (isolation forest)",
}
MEASURES = ("log_events", "log_events_per_day", "event_types", "log_items")
ACTIVITY = """
CREATE OR REPLACE TABLE activity AS
SELECT user_id, count(*) AS events, ln(count(*)) AS log_events,
  ln(count(*) / count(DISTINCT timestamp::DATE)::DOUBLE) AS log_events_per_day,
  count(DISTINCT event_type) AS event_types, ln(1 + count(DISTINCT item_id)) AS log_items
FROM kept GROUP BY user_id"""
THEIR_EVENTS = "SELECT event_id FROM kept WHERE user_id IN (SELECT user_id FROM odd)"


class OutlierUsers(StepSettings):
    """detect: see DETECTORS; spread: IQRs above the upper quartile; share: how many the forest takes for outliers."""

    detect: Literal["iqr", "isolation_forest"] = asked("iqr", "Who is an outlier", labels=DETECTORS)
    action: Literal["drop", "mark"] = asked(
        "mark", "What to do", labels={"drop": "Drop the users", "mark": "Only mark their events"}
    )
    spread: float = asked(1.5, "Multiple of the IQR", when={"detect": ("iqr",)}, gt=0, le=100)
    share: float = asked(0.01, "Share of users", when={"detect": ("isolation_forest",)}, gt=0, le=0.5)

    @property
    def looks_ahead(self) -> bool:
        return True  # a user is judged by all they ever did

    def words(self) -> str:
        how = f"by quartiles, {self.spread:g} IQR" if self.detect == "iqr" else f"the oddest {100 * self.share:g} %"
        return f"{how}; {'dropped' if self.action == 'drop' else 'only marked'}"


def outlier_users(engine: Writer, kept: Kept, settings: OutlierUsers, watch: Watch) -> Cleaned:
    """Drop or mark all events of the users that stand out."""
    engine.watched(ACTIVITY, watch)
    if settings.detect == "iqr":
        notes = _very_active(engine, settings.spread)
    else:
        from core.events.cleaning.outlier_models import find_odd

        notes = find_odd(
            engine, "activity", "user_id", MEASURES, detect="isolation_forest", share=settings.share, watch=watch
        )
    users = engine.rows("SELECT count(*) FROM odd")[0][0]
    return drop_or_mark(
        engine, kept, THEIR_EVENTS, watch, action=settings.action, stem="outlier_user", title="Outlier user",
        notes=(f"{users:,} users stand out.", *notes),
    )  # fmt: skip


def _very_active(engine: Writer, spread: float) -> tuple[str, ...]:
    """Make `odd` of the users above the fence; the logarithm, because activity is skewed for everybody."""
    low, high = engine.rows("SELECT quantile_cont(log_events, [0.25, 0.75]) FROM activity")[0][0] or (0.0, 0.0)
    fence = high + spread * (high - low)
    engine.execute("CREATE OR REPLACE TABLE odd AS SELECT user_id FROM activity WHERE log_events > ?", [fence + 1e-9])
    events = engine.rows("SELECT exp(?)", [fence])[0][0]
    return (f"Usual are up to {events:,.0f} events.",)
