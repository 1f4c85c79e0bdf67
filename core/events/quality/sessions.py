"""Sessions that cannot be one visit of one user."""

from core.events.quality.finding import Finding, passed, percent, step, unjudged
from core.events.quality.subject import EXAMPLES, Subject
from core.storage.engine import quoted


def endless_sessions(subject: Subject) -> Finding:
    """Fails if more than `session_share` of the sessions last longer than `session_hours`; share: of the sessions."""
    sessions = int(subject.manifest["sessions"])
    if sessions == subject.events:
        return unjudged("Every session is a single event, so none has a length.", unit="sessions")
    seconds = subject.spec.session_hours * 3600
    count = int(subject.number("SELECT count(*) FROM sessions WHERE duration_seconds > ?", [seconds]))
    share = count / sessions
    said = (
        f"{count:,} of {sessions:,} sessions ({percent(share)}) last longer than {subject.spec.session_hours:g} hours"
    )
    if share <= subject.spec.session_share:
        return passed(f"{said}.", share=share, unit="sessions")
    mapped = bool(subject.manifest["has_sessions"])
    advice = (
        " The session column keeps them open; the fix ends them at 30 minutes of silence."
        if mapped
        else " No step splits them, for they hold no silence: these users are busy round the clock; look at "
        "bursts and outlier users."
    )
    return Finding(
        False,
        f"{said}.{advice}",
        subject.severity(share),
        count,
        share,
        "sessions",
        tuple(
            subject.rows(
                "SELECT session_id, user_id, started_at, ended_at, events FROM sessions WHERE duration_seconds > ? "
                f"ORDER BY duration_seconds DESC, session_id LIMIT {EXAMPLES}",
                [seconds],
            )
        ),
        step("sessions", by="gap", gap_seconds=1800) if mapped else None,
    )


def shared_sessions(subject: Subject) -> Finding:
    """Fails if a value of the session column belongs to several users; share: of its values."""
    column = subject.manifest.get("session_column")
    if not subject.manifest["has_sessions"] or column not in subject.log.columns():
        return unjudged("Sessions were made from silences, so each has one user.", unit="sessions")
    name = quoted(str(column))
    groups = (
        f"SELECT {name} AS session, min(user_id) AS a_user, max(user_id) AS another_user FROM events "
        f"WHERE {name} IS NOT NULL GROUP BY {name}"
    )
    found = subject.row(
        f"SELECT count(*) AS sessions, count(*) FILTER (a_user <> another_user) AS shared FROM ({groups})"
    )
    count, share = int(found["shared"]), int(found["shared"]) / max(int(found["sessions"]), 1)
    said = f"{count:,} of {int(found['sessions']):,} session ids ({percent(share)}) belong to several users"
    if not count:
        return passed(f"{said}.", unit="sessions")
    return Finding(
        False,
        f"{said}. If they are the same person before and after signing in, merge_users joins them; it needs to be told "
        "which ids belong together.",
        subject.severity(share),
        count,
        share,
        "sessions",
        tuple(subject.rows(f"SELECT * FROM ({groups}) WHERE a_user <> another_user ORDER BY session LIMIT {EXAMPLES}")),
    )
