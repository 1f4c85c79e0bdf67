"""Event types that say nothing: seen once, or the same one spelled in several ways."""

import re

from core.events.quality.finding import Finding, counted, passed, percent, step, unjudged
from core.events.quality.subject import EXAMPLES, Subject

MANY_EVENTS = 1_000  # below it an event type seen once is no surprise
WORD_BREAK = re.compile(r"[\s_\-./]+|(?<=[a-z0-9])(?=[A-Z])")


def rare_types(subject: Subject) -> Finding:
    """Fails if an event type has no more than `rare_events` events; share: of the event types."""
    reason = _too_little(subject)
    if reason:
        return unjudged(reason, unit="event types")
    rare = [(name, events) for name, events in subject.types.items() if events <= subject.spec.rare_events]
    if not rare:
        return passed(
            f"Each of {counted(len(subject.types), 'event type')} was seen more than once.", unit="event types"
        )
    share = len(rare) / len(subject.types)
    return Finding(
        False,
        f"{len(rare):,} of {counted(len(subject.types), 'event type')} ({percent(share)}) have "
        f"{counted(subject.spec.rare_events, 'event')} or fewer.",
        "warning" if share > 0.5 and len(rare) > 20 else "info",
        len(rare),
        share,
        "event types",
        tuple({"event_type": name, "events": events} for name, events in rare[:EXAMPLES]),
        step("drop_events", event_types=[name for name, _ in rare]),
    )


def spelling(subject: Subject) -> Finding:
    """Fails if event types agree but for case, spaces and punctuation; share: of the event types."""
    if not subject.manifest["has_event_types"]:
        return unjudged("No column is mapped to the event type.", unit="event types")
    alike: dict[str, list[str]] = {}
    for name in subject.types:  # the most frequent spelling first
        alike.setdefault(" ".join(WORD_BREAK.sub(" ", name.strip()).lower().split()), []).append(name)
    several = [names for names in alike.values() if len(names) > 1]
    if not several:
        return passed(
            f"{counted(len(subject.types), 'event type')}, no two alike but for case and spaces.", unit="event types"
        )
    names = {other: spellings[0] for spellings in several for other in spellings[1:]}
    count = sum(len(spellings) for spellings in several)
    share = count / len(subject.types)
    return Finding(
        False,
        f"{count} of {counted(len(subject.types), 'event type')} ({percent(share)}) are spellings of {len(several)}; "
        "the fix keeps the most frequent one.",
        "warning",
        count,
        share,
        "event types",
        tuple(
            {
                "event_type": spellings[0],
                "also_spelled": ", ".join(spellings[1:]),
                "events": sum(map(subject.types.__getitem__, spellings)),
            }
            for spellings in several[:EXAMPLES]
        ),
        step("rename_events", names=names),
    )


def _too_little(subject: Subject) -> str | None:
    if not subject.manifest["has_event_types"]:
        return "No column is mapped to the event type."
    if subject.events < MANY_EVENTS:
        return f"{subject.events:,} events are too few for an event type to be rare."
    return None
