"""Events that agree in everything that the log stores of them."""

from core.events.columns import EVENT_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP, TIMESTAMP_US, USER_ID
from core.events.quality.finding import Finding, passed, step
from core.events.quality.subject import EXAMPLES, Subject
from core.storage.engine import quoted

# Duplicates share their user's moment, so only events that do are compared: those right after another, and that other.
TIED = """
SELECT * FROM (SELECT *, lead(gap_seconds) OVER () AS _following, lead(user_id) OVER () AS _next_user FROM events)
WHERE gap_seconds = 0 OR (_following = 0 AND _next_user = user_id)"""


def duplicates(subject: Subject) -> Finding:
    """Fails if an event repeats an earlier one in every column; count: the repeats; share: of all events."""
    by = list(dict.fromkeys((USER_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP, *subject.columns)))
    names = ", ".join(quoted(name) for name in (*by, TIMESTAMP_US))
    groups = f"SELECT {names}, count(*) AS copies, min({EVENT_ID}) AS first_id FROM ({TIED}) GROUP BY {names}"
    count = subject.number(f"SELECT sum(copies - 1) FROM ({groups})")
    if not count:
        return passed(f"No two of {subject.events:,} events agree in all of {_named(by)}.")
    share = count / subject.events
    shown = ", ".join(dict.fromkeys(("first_id", USER_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP, "copies")))
    return Finding(
        False,
        f"{subject.of_events(count)} repeat an earlier one in all of {_named(by)}.",
        subject.severity(share),
        int(count),
        share,
        examples=tuple(
            subject.rows(
                f"SELECT {shown} FROM ({groups}) WHERE copies > 1 ORDER BY copies DESC, first_id LIMIT {EXAMPLES}"
            )
        ),
        fix=step("drop_duplicates", by=by),
    )


def _named(columns: list[str]) -> str:
    return f"their {len(columns)} columns" if len(columns) > 6 else ", ".join(columns)
