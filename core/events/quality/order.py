"""Whether time alone says what came first: events at the same moment, and events that the file has the other way."""

from core.events.quality.finding import Finding, passed, percent, unjudged
from core.events.quality.subject import EXAMPLES, Subject

# event_id is the order of the file; neighbours in a history should have it in the order of time.
TURNED = """
SELECT *, lag(event_id) OVER () AS previous_event_id, lag(user_id) OVER () AS _previous_user FROM events"""
BACKWARDS = "history_position > 1 AND gap_seconds > 0 AND _previous_user = user_id AND previous_event_id > event_id"
NEWEST_FIRST, NO_ORDER = 0.98, 0.02


def ties(subject: Subject) -> Finding:
    """Fails if more than `tie_share` of the events stand at the same moment as their user's event before."""
    if subject.manifest["users"] == subject.events:
        return unjudged("Every user has one event, so there is no order to doubt.")
    count = subject.number("SELECT count(*) FROM events WHERE gap_seconds = 0")
    share = count / subject.events
    if share <= subject.spec.tie_share:
        return passed(f"{subject.of_events(count)} share their timestamp with the user's event before.", share=share)
    return Finding(
        False,
        f"{subject.of_events(count)} share their timestamp with the user's event before; among them the order of the "
        "file decides. No step can restore an order that was not recorded.",
        "warning" if share > subject.spec.tie_warning_share else "info",
        int(count),
        share,
        examples=subject.examples("gap_seconds = 0", also=["item_id"]),
    )


def order(subject: Subject) -> Finding:
    """Fails if a few neighbours in histories stand the other way round in the file; share: of all neighbours."""
    pairs = subject.number("SELECT count(*) FROM events WHERE gap_seconds > 0")
    if not pairs:
        return unjudged("No user has two events at different moments, so there is no order to compare.")
    count = subject.number(f"SELECT count(*) FROM ({TURNED}) WHERE {BACKWARDS}")
    share = count / pairs
    said = (
        f"{int(count):,} of {int(pairs):,} neighbours in histories ({percent(share)}) stand the other way in the file"
    )
    if share >= NEWEST_FIRST:
        return passed(
            f"The file runs from the newest event to the oldest ({percent(share)} of neighbours).", share=share
        )
    if share > NO_ORDER:
        return unjudged(f"{said}: the file is in no order of time, so late events cannot be told.")
    if share <= subject.spec.order_share:
        return passed(f"{said}.", share=share)
    return Finding(
        False,
        f"{said}: they arrived late, or a clock was wrong. Whypath has sorted them by time; no step can tell which "
        "order is true.",
        "info",
        int(count),
        share,
        "neighbours",
        tuple(
            subject.rows(
                f"SELECT event_id, user_id, event_type, timestamp, previous_event_id, gap_seconds FROM ({TURNED}) "
                f"WHERE {BACKWARDS} ORDER BY gap_seconds DESC, event_id LIMIT {EXAMPLES}"
            )
        ),
    )
