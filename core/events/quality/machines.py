"""Behaviour that no person has: bursts, clockwork, the same event again within a second."""

from core.events.quality.finding import Finding, counted, passed, percent, step, unjudged
from core.events.quality.subject import EXAMPLES, Subject

# One row per user and minute with several events; a minute with fewer cannot be a burst.
MINUTES = """
SELECT user_id, timestamp_us // 60000000 AS minute, count(*) AS events FROM events
WHERE gap_seconds < 60 OR next_gap_seconds < 60 GROUP BY user_id, minute"""
RHYTHM = """
SELECT user_id, count(*) + 1 AS events, avg(gap_seconds) AS mean_gap_seconds,
  stddev_samp(gap_seconds) / nullif(avg(gap_seconds), 0) AS variation
FROM events WHERE gap_seconds IS NOT NULL GROUP BY user_id"""
BESIDE = """
SELECT event_id, user_id, event_type, item_id, timestamp, gap_seconds, lag(event_type) OVER () AS _type_before,
  lag(item_id) OVER () AS _item_before
FROM events"""
REPEAT = (
    "gap_seconds > 0 AND gap_seconds <= ? AND event_type = _type_before AND item_id IS NOT DISTINCT FROM _item_before"
)
NO_USERS = "The log names no users, so behaviour of one user cannot be judged."


def bursts(subject: Subject) -> Finding:
    """Fails if users have minutes with at least `burst_events` events and `burst_times` the busiest 1 % of minutes;
    share: the events in them, of all events."""
    if not subject.manifest["has_users"]:
        return unjudged(NO_USERS)
    busy = subject.number(f"SELECT quantile_disc(events, 0.99) FROM ({MINUTES})")
    limit = max(subject.spec.burst_events, subject.spec.burst_times * busy)
    found = subject.row(
        f"SELECT coalesce(sum(events), 0)::DOUBLE AS events, count(DISTINCT user_id) AS users FROM ({MINUTES}) "
        "WHERE events >= ?",
        [limit],
    )
    count, users = int(found["events"]), int(found["users"])
    rule = f"{limit:,.0f} or more events in a minute (the busiest 1 % of minutes start at {busy:,.0f})"
    if not count:
        return passed(f"No user has {rule}.")
    share = count / subject.events
    return Finding(
        False,
        f"{counted(users, 'user')} had {rule}: {subject.of_events(count)}. The fix marks such users; look before you "
        "drop them.",
        subject.severity(share),
        count,
        share,
        examples=tuple(
            subject.rows(
                f"SELECT user_id, make_timestamp(minute * 60000000) AS minute, events FROM ({MINUTES}) "
                f"WHERE events >= ? ORDER BY events DESC, user_id LIMIT {EXAMPLES}",
                [limit],
            )
        ),
        fix=step("bots", events_per_minute=int(limit), action="mark"),
    )


def machine_rhythm(subject: Subject) -> Finding:
    """Fails if users of many events have gaps that hardly vary; share: their events, of all events."""
    spec = subject.spec
    where = "events >= ? AND mean_gap_seconds > 0 AND variation < ?"
    values = [spec.rhythm_events, spec.rhythm_variation]
    able = subject.number("SELECT count(*) FROM users WHERE events >= ?", [spec.rhythm_events])
    if not subject.manifest["has_users"] or not able:
        reason = f"No user has {spec.rhythm_events} events or more." if subject.manifest["has_users"] else NO_USERS
        return unjudged(reason, unit="users")
    found = subject.row(
        f"SELECT count(*) AS users, coalesce(sum(events), 0)::DOUBLE AS events FROM ({RHYTHM}) WHERE {where}", values
    )
    users, share = int(found["users"]), float(found["events"]) / subject.events
    of = f"of {int(able):,} users with {spec.rhythm_events} events or more"
    if not users:
        return passed(f"None {of} has gaps that hardly vary.", unit="users")
    ids = subject.records(
        f"SELECT user_id FROM ({RHYTHM}) WHERE {where} ORDER BY events DESC, user_id LIMIT 1000", values
    )
    more = " The fix names the busiest 1,000." if users > 1000 else ""
    return Finding(
        False,
        f"{users:,} {of} have gaps that vary by less than {percent(spec.rhythm_variation)}: pollers or monitors, "
        f"{subject.of_events(float(found['events']))}.{more}",
        subject.severity(share),
        users,
        share,
        "users",
        tuple(
            subject.rows(
                f"SELECT user_id, events, mean_gap_seconds, variation FROM ({RHYTHM}) WHERE {where} "
                f"ORDER BY events DESC, user_id LIMIT {EXAMPLES}",
                values,
            )
        ),
        step("drop_users", user_ids=[str(row["user_id"]) for row in ids]),
    )


def repeats(subject: Subject) -> Finding:
    """Fails if users repeat the same event within `repeat_seconds`, but not at the same moment (those are duplicates or
    ties), in more than `repeat_share` of the events."""
    if not subject.manifest["has_users"]:
        return unjudged(NO_USERS)
    if not subject.manifest["has_event_types"] and not subject.manifest["items"]:
        return unjudged("Without event types and items every event is a repeat of the one before.")
    seconds = subject.spec.repeat_seconds
    count = subject.number(f"SELECT count(*) FROM ({BESIDE}) WHERE {REPEAT}", [seconds])
    share = count / subject.events
    said = f"{subject.of_events(count)} repeat the user's event before (type and item) within {seconds:g} s"
    if share <= subject.spec.repeat_share:
        return passed(f"{said}.", share=share)
    return Finding(
        False,
        f"{said}.",
        "warning" if share >= 0.05 else "info",
        int(count),
        share,
        examples=tuple(
            subject.rows(
                "SELECT event_id, user_id, event_type, item_id, timestamp, gap_seconds FROM "
                f"({BESIDE}) WHERE {REPEAT} ORDER BY event_id LIMIT {EXAMPLES}",
                [seconds],
            )
        ),
        fix=step("misclicks", repeat_within_seconds=seconds),
    )
