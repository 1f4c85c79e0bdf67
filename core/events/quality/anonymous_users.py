"""User ids that stand for nobody in particular."""

from core.events.quality.finding import Finding, counted, passed, percent, step, unjudged
from core.events.quality.subject import EXAMPLES, Subject

PLACEHOLDERS = (
    "", "-", "--", ".", "?", "0", "-1", "n/a", "na", "nan", "nil", "none", "null", "(null)", "(not set)", "undefined",
    "unknown", "anonymous", "anon", "guest", "visitor", "default", "test", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
MANY_USERS = 20
SMALL_NUMBERS = ("0", "-1")  # placeholders, unless every id is a number counted from there


def anonymous_users(subject: Subject) -> Finding:
    """Fails if an id is a placeholder and holds more events than nine in ten users, or one id holds a `user_share`."""
    if not subject.manifest["has_users"]:
        return unjudged("The log names no users: every event counts as a user of its own.", unit="users")
    marks = ", ".join("?" * len(PLACEHOLDERS))
    many = int(subject.manifest["users"]) >= MANY_USERS
    usual = subject.number("SELECT quantile_cont(events, 0.9) FROM users")
    rows = subject.records(
        f"SELECT user_id, events FROM users WHERE (lower(trim(user_id)) IN ({marks}) "
        "AND (trim(user_id) NOT IN (?, ?) OR events > ?)) OR (? AND events > ?) "
        "ORDER BY events DESC, user_id LIMIT 100",
        [*PLACEHOLDERS, *SMALL_NUMBERS, 10 * usual, many, subject.spec.user_share * subject.events],
    )
    if not rows:
        return passed("No user id reads like a placeholder, and none holds a large part of the log.", unit="users")
    held = sum(int(row["events"]) for row in rows)
    share = held / subject.events
    ids = [str(row["user_id"]) for row in rows]
    return Finding(
        False,
        f"{counted(len(ids), 'user id')} that read like a placeholder or hold more than "
        f"{percent(subject.spec.user_share)} of the log: together {subject.of_events(held)}.",
        subject.severity(share),
        len(ids),
        share,
        "users",
        tuple({"user_id": str(row["user_id"]), "events": int(row["events"])} for row in rows[:EXAMPLES]),
        step("drop_users", user_ids=ids),
    )
