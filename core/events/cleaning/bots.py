"""Bots: users who were faster, for minutes on end, than a person can be."""

from typing import Literal

from core.events.cleaning.edits import drop_or_mark
from core.events.cleaning.step import Cleaned, StepSettings, asked
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer

MINUTE_US = 60_000_000


class Bots(StepSettings):
    """events_per_minute: a user is a bot who keeps this up for `minutes` (any stretch of time, not clock minutes)."""

    events_per_minute: float = asked(60.0, "Events a minute", gt=0, le=1_000_000)
    minutes: float = asked(5.0, "Kept up for (minutes)", gt=0, le=1440)
    action: Literal["drop", "mark"] = asked(
        "mark", "What to do", labels={"drop": "Drop the users", "mark": "Only mark their events"}
    )

    @property
    def looks_ahead(self) -> bool:
        return True  # one burst judges the user's whole history

    def words(self) -> str:
        done = "dropped" if self.action == "drop" else "only marked"
        return f"{self.events_per_minute:g} events a minute kept up for {self.minutes:g} minutes; {done}"


def bots(engine: Writer, kept: Kept, settings: Bots, watch: Watch) -> Cleaned:
    """Drop or mark all events of users with that many events in some stretch of that length."""
    least = max(2, round(settings.events_per_minute * settings.minutes))
    engine.watched(
        "CREATE OR REPLACE TABLE odd AS SELECT DISTINCT user_id FROM (SELECT user_id, timestamp_us - "
        f"lag(timestamp_us, {least - 1}) OVER (PARTITION BY user_id ORDER BY timestamp_us) AS took_us FROM kept) "
        "WHERE took_us <= ?",
        watch,
        [round(settings.minutes * MINUTE_US)],
    )
    users = engine.rows("SELECT count(*) FROM odd")[0][0]
    events = "SELECT event_id FROM kept WHERE user_id IN (SELECT user_id FROM odd)"
    return drop_or_mark(
        engine, kept, events, watch, action=settings.action, stem="bot", title="Bot",
        notes=(f"{users:,} users had {least:,} events within {settings.minutes:g} minutes.",),
    )  # fmt: skip
