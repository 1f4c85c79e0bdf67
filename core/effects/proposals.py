"""Ready questions for a log, so that nobody starts from an empty form. Only the manifest is read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.effects.question import CausalQuestion
from core.events.definitions.references import title_of

# Words that usually name what a business wants, and what it can encourage; looked for in the event type in lower case.
WANTED = ("buy", "purchase", "order", "checkout", "subscribe", "transaction", "conversion", "follow", "comment", "like")
ENCOURAGED = ("search", "recommend")


def proposed_questions(manifest: Mapping[str, Any], named: Sequence[str] = ()) -> list[CausalQuestion]:
    """Up to two questions, the more telling first; a simulated log's own leads.

    named: references of the log's named events. With one event type only they have to tell the events apart; without
    two of them there is nothing to ask.
    """
    truth = manifest.get("truth") or {}
    own = [CausalQuestion.read(truth["question"])] if truth.get("question") else []
    names = [str(row["event_type"]) for row in manifest["event_types"]]
    lookback_days = _lookback_days(str(manifest["first_at"]), str(manifest["last_at"]))
    if len(names) < 2:
        return [*own, *_of_named(named, lookback_days)][:2]
    outcome = _first(names, WANTED) or names[-1]
    causes = [name for name in _ordered(names) if name != outcome]
    other = [
        CausalQuestion.read({"treatment": cause, "outcome": outcome, "lookback_days": lookback_days})
        for cause in causes
    ]
    asked = {(question.treatment, question.outcome) for question in own}
    return [*own, *(question for question in other if (question.treatment, question.outcome) not in asked)][:2]


def _of_named(named: Sequence[str], lookback_days: float) -> list[CausalQuestion]:
    """Named events of a log with one event type: who did one for the first time, beside users who had not by then."""
    titles = {title_of(reference): reference for reference in named}
    if len(titles) < 2:
        return []
    outcome = _first(list(titles), WANTED) or list(titles)[-1]
    window = {"lookback_days": lookback_days, "outcome_window_days": lookback_days}
    return [
        CausalQuestion.read(
            {
                "treatment": titles[name],
                "outcome": titles[outcome],
                "design": {"kind": "first_exposure", "active_days": lookback_days},
                **window,
            }
        )
        for name in _ordered(list(titles))
        if name != outcome
    ]


def _lookback_days(first_at: str, last_at: str) -> float:
    """Four weeks, or a quarter of a log that is shorter than four times that; at least one day."""
    length = datetime.fromisoformat(last_at) - datetime.fromisoformat(first_at)
    return float(min(28, max(1, length.days // 4)))


def _first(names: list[str], words: tuple[str, ...]) -> str | None:
    """The event type that the earliest of the words names."""
    return next((name for word in words for name in names if word in name.lower()), None)


def _ordered(names: list[str]) -> list[str]:
    """What can be encouraged first, then by how often it happens. The most frequent comes last: it is what any session
    is made of, so hardly a unit would be without it at time zero."""
    known = [name for word in ENCOURAGED for name in names if word in name.lower()]
    return list(dict.fromkeys([*known, *names[1:], *names[:1]]))
