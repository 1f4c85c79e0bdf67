"""Patterns: regularities in the log, each one spec in and one tidy table out.

One file per pattern; to add one, write `pattern(log, spec) -> PatternTable` in a file of its own and name it here.
"""

from core.patterns.funnel import FunnelSpec
from core.patterns.metric import MetricSpec
from core.patterns.rhythm import RhythmSpec
from core.patterns.sessions import SessionsSpec
from core.patterns.trend import TrendSpec
from core.specs import Choice

PATTERNS: dict[str, Choice] = {
    "trend": Choice(
        "Trend", "core.patterns.trend:trend", "How many events or users there are per hour, day or week.", TrendSpec
    ),
    "rhythm": Choice(
        "Rhythm", "core.patterns.rhythm:rhythm", "When in the week events happen, by hour and weekday.", RhythmSpec
    ),
    "sessions": Choice(
        "Sessions", "core.patterns.sessions:sessions", "How long sessions are and how many end at once.", SessionsSpec
    ),
    "funnel": Choice(
        "Funnel",
        "core.patterns.funnel:funnel",
        "How many users go from step to step, and where they drop off.",
        FunnelSpec,
    ),
    "metric": Choice(
        "Metric", "core.patterns.metric:metric", "A saved metric per hour, day or week, with its interval.", MetricSpec
    ),
}
