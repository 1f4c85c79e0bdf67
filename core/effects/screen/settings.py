"""What a screen uses where its spec leaves it open, and what it refuses."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from typing import Final

from core.effects.question import duration
from core.effects.screen.spec import TYPES_AT_MOST, ScreenSpec
from core.errors import BadSpec, NotEnoughData
from core.events.cleaning.foresight import steps_that_look_ahead
from core.events.definitions.references import rule_of, title_of
from core.storage.engine import Log

GO_ON: Final = 0.25  # of the sessions
LATEST_LANDMARK: Final = 3
FEWEST_TRIALS: Final = 100


def settled(log: Log, spec: ScreenSpec) -> tuple[ScreenSpec, list[str], list[str]]:
    """(the spec without nulls, the event types to screen, those left out for being less frequent).

    Raises NotFound for event types that the log lacks, BadSpec for rules that share events or a log cleaned with
    foresight, NotEnoughData for a log that is too short or has one event type.
    """
    if ahead := steps_that_look_ahead(log.manifest):
        raise BadSpec(
            f"The cleaning step '{ahead[0]}' judged events by what came after them, and a screen may not know the "
            "future: switch that step off, or open the uncleaned version of this log."
        )
    known = [str(entry["event_type"]) for entry in log.manifest["event_types"]]
    types = list(spec.event_types or known[:TYPES_AT_MOST])
    if len(types) < 2:
        raise NotEnoughData(
            f"This log has one event type only ({', '.join(known)}), and a screen needs two; name kinds of its events "
            "by rules in the dictionary and screen those."
        )
    _refuse_shared(log, types)
    first, last = (datetime.fromisoformat(str(log.manifest[key])) for key in ("first_at", "last_at"))
    length = (last - first).total_seconds() / 86_400
    lookback = spec.lookback_days or float(min(28, max(1, int(length // 4))))
    needed = lookback + spec.outcome_window_days
    if length < needed:
        raise NotEnoughData(
            f"The log is {duration(length)} long, but lookback plus outcome window need {duration(needed)}; shorten a "
            "window or load a longer log."
        )
    landmark = spec.landmark_event or _usual_landmark(log)
    used = spec.model_copy(update={"landmark_event": landmark, "lookback_days": lookback})
    return used, types, [] if spec.event_types else known[TYPES_AT_MOST:]


def _refuse_shared(log: Log, types: Sequence[str]) -> None:
    """Raise BadSpec where rules share events: one that is cause and effect at once would be its own effect."""
    rules = [rule_of(name, log.manifest) for name in types]
    pairs = [(a, b) for a, b in combinations(range(len(rules)), 2) if not rules[a].only_type or not rules[b].only_type]
    if not pairs:
        return
    events = log.table("events")
    matches = [rule.matches(events) for rule in rules]
    shared = {f"{a}_{b}": events.count(where=matches[a] & matches[b]) for a, b in pairs}
    counts = log.fetch(events.aggregate(**shared)).iloc[0]
    for a, b in pairs:
        if both := int(counts[f"{a}_{b}"]):
            one, other = title_of(types[a]), title_of(types[b])
            raise BadSpec(
                f"{both:,} events are both '{one}' and '{other}', so that each would be its own effect; leave one out, "
                "or make their rules exclude each other."
            )


def refuse(trials: int, spec: ScreenSpec) -> None:
    """Raise NotEnoughData for fewer than FEWEST_TRIALS trials."""
    if trials < FEWEST_TRIALS:
        raise NotEnoughData(
            f"Only {trials:,} sessions go beyond event {spec.landmark_event} with full windows around it, and a screen "
            f"needs {FEWEST_TRIALS}; choose an earlier landmark or shorten the lookback."
        )


def _usual_landmark(log: Log) -> int:
    """The most events of a session, up to three, that a quarter of the sessions go beyond."""
    sessions, events = log.table("sessions"), log.table("events")
    total = int(log.fetch(sessions.aggregate(total=sessions.count()))["total"][0])
    early = events.filter(events.session_position <= LATEST_LANDMARK + 1)
    reached = log.fetch(early.group_by(early.session_position).aggregate(sessions=early.count()))
    counts = dict(zip(reached["session_position"], reached["sessions"], strict=True))
    return max((n for n in range(1, LATEST_LANDMARK + 1) if counts.get(n + 1, 0) >= GO_ON * total), default=1)
