"""Ready questions for a log, so that nobody starts from an empty form. Only the manifest is read; whether they can be
answered is tried in `ready_questions.py`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final

from core.effects.question import TEN_MINUTES_IN_DAYS, CausalQuestion
from core.events.definitions.references import title_of

# Words that usually name what a business wants, and what it can encourage; looked for in the event type in lower case.
WANTED = ("buy", "purchase", "order", "checkout", "subscribe", "transaction", "conversion", "follow", "comment", "like")
ENCOURAGED = ("search", "recommend")
FEWEST: Final = 20  # events of a kind, and users who had it at a first exposure: fewer make no arm
RARE: Final = 0.01  # of all events: without a known word, the outcome is the rarest kind that is no rarer


def proposed_questions(
    manifest: Mapping[str, Any], named: Sequence[str] = (), *, in_sessions: bool = True
) -> list[CausalQuestion]:
    """Up to two questions, the more telling first; a simulated log's own leads.

    named: references of the log's named events. With one event type only they have to tell the events apart; without
    two of them there is nothing to ask. in_sessions: whether sessions go on long enough for a landmark.
    """
    options = options_of(manifest, named, in_sessions=in_sessions)
    return [each[0] for each in options][:2]


def options_of(
    manifest: Mapping[str, Any], named: Sequence[str] = (), *, in_sessions: bool = True
) -> list[list[CausalQuestion]]:
    """For each cause worth asking about, the more telling first, the ways to ask about it."""
    truth = manifest.get("truth") or {}
    own = [CausalQuestion.read(truth["question"])] if truth.get("question") else []
    asked = {(question.treatment, question.outcome) for question in own}
    days = _length_days(str(manifest["first_at"]), str(manifest["last_at"]))
    types = manifest["event_types"]
    if manifest.get("has_users") is False:  # nobody has a before and an after
        found: list[list[CausalQuestion]] = []
    elif len(types) < 2:
        found = _of_named(named, days)
    else:
        found = _of_types(types, days, in_sessions=in_sessions)
    others = [each for each in found if (each[0].treatment, each[0].outcome) not in asked]
    return [*([question] for question in own), *others]


def _of_types(types: Sequence[Mapping[str, Any]], days: float, *, in_sessions: bool) -> list[list[CausalQuestion]]:
    common = [row for row in types if row["events"] >= FEWEST and (in_sessions or row["users"] >= FEWEST)]
    common = common if len(common) > 1 else list(types)
    names = [str(row["event_type"]) for row in common]
    every = sum(row["events"] for row in types)
    frequent = [str(row["event_type"]) for row in common if row["events"] >= RARE * every]
    outcome = _first(names, WANTED) or (frequent if len(frequent) > 1 else names)[-1]
    causes = [name for name in _ordered(names) if name != outcome]
    landmarks = [[_at_landmark(cause, outcome, days)] if in_sessions else [] for cause in causes]
    return [list(chain(first, _at_first(cause, outcome, days))) for cause, first in zip(causes, landmarks, strict=True)]


def _of_named(named: Sequence[str], days: float) -> list[list[CausalQuestion]]:
    """Named events of a log with one event type: who did one for the first time, beside users who had not by then."""
    titles = {title_of(reference): reference for reference in named}
    if len(titles) < 2:
        return []
    outcome = _first(list(titles), WANTED) or list(titles)[-1]
    return [_at_first(titles[name], titles[outcome], days) for name in _ordered(list(titles)) if name != outcome]


def _at_landmark(cause: str, outcome: str, days: float) -> CausalQuestion:
    lookback_days = _lookback_days(days)
    window_days = min(1.0, lookback_days)
    return CausalQuestion.read(
        {
            "treatment": cause,
            "outcome": outcome,
            "lookback_days": lookback_days,
            "treatment_window_days": min(TEN_MINUTES_IN_DAYS, window_days),
            "outcome_window_days": window_days,
        }
    )


def _at_first(cause: str, outcome: str, days: float) -> list[CausalQuestion]:
    """The first one ever, and where few had one later than their first day, the first one for a while."""
    window = _lookback_days(days)
    asked = {"treatment": cause, "outcome": outcome, "lookback_days": window, "outcome_window_days": window}
    designs = [{"kind": "first_exposure", "active_days": window, "clean_days": clean} for clean in (None, window)]
    return [CausalQuestion.read({**asked, "design": design}) for design in designs]


def _length_days(first_at: str, last_at: str) -> float:
    return (datetime.fromisoformat(last_at) - datetime.fromisoformat(first_at)).total_seconds() / 86_400


def _lookback_days(days: float) -> float:
    """Four weeks, or a quarter of a log that is shorter than four times that, in whole days or whole minutes."""
    quarter = days / 4
    return float(min(28, int(quarter))) if quarter >= 1 else max(int(quarter * 1440), 1) / 1440


def _first(names: list[str], words: tuple[str, ...]) -> str | None:
    """The event type that the earliest of the words names."""
    return next((name for word in words for name in names if word in name.lower()), None)


def _ordered(names: list[str]) -> list[str]:
    """What can be encouraged first, then by how often it happens. The most frequent comes last: it is what any session
    is made of, so hardly a unit would be without it at time zero."""
    known = [name for word in ENCOURAGED for name in names if word in name.lower()]
    return list(dict.fromkeys([*known, *names[1:], *names[:1]]))
