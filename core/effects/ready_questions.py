"""Which of the questions proposed for a log have an answer: each is asked, without covariates, before it is offered."""

from collections.abc import Sequence
from typing import Final

from core.effects.fitting_design import first_that_fits
from core.effects.proposals import options_of
from core.effects.question import CausalQuestion
from core.storage.engine import Log

OFFERED: Final = 2
TRIED_AT_MOST: Final = 6
EVENTS_AT_MOST: Final = 2_000_000  # on a larger log trying takes longer than people wait for a page
LONG: Final = 0.1  # of the sessions go on after the landmark: fewer make few units, and those odd ones


def ready_questions(log: Log, named: Sequence[str] = ()) -> list[CausalQuestion]:
    """Up to two questions that have an answer, the more telling first; a simulated log's own leads, untried.

    named: as in `proposed_questions`. A log of over two million events is offered them untried.
    """
    options = options_of(log.manifest, named, in_sessions=_in_sessions(log))
    if int(log.manifest["events"]) > EVENTS_AT_MOST:
        return [each[0] for each in options][:OFFERED]
    own = log.manifest.get("truth") or {}
    found: list[CausalQuestion] = []
    tried = 0
    for place, ways in enumerate(options):
        if own.get("question") and place == 0:
            found.append(ways[0])
            continue
        fit = first_that_fits(log, ways[: TRIED_AT_MOST - tried])
        found += [fit.question] if fit.question else []
        tried += len(fit.tables)
        if len(found) == OFFERED or tried == TRIED_AT_MOST:
            break
    return found[:OFFERED]


def _in_sessions(log: Log) -> bool:
    """Whether enough sessions go on in time after their third event, where a landmark is by default."""
    sessions = log.table("sessions")
    long = (sessions.events > 3) & (sessions.duration_seconds > 0)
    counted = log.fetch(sessions.aggregate(sessions=sessions.count(), long=sessions.count(where=long))).iloc[0]
    return bool(counted["long"] >= LONG * counted["sessions"])
