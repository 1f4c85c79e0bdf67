"""Steps back in time that last, in a file that is otherwise in order of time: a clock was set, or files overlap."""

from core.events.quality.finding import Finding, counted, passed, percent, unjudged
from core.events.quality.subject import EXAMPLES, Subject

# A single late event goes back and forth; after a jump of the clock the next events stay behind too.
STEPS = """
SELECT event_id, user_id, event_type, timestamp, timestamp_us, lag(timestamp_us) OVER o AS _before,
  lag(timestamp) OVER o AS event_before_at, lead(timestamp_us) OVER o AS _after,
  lead(timestamp_us, 2) OVER o AS _then, lag(user_id) OVER o <> user_id AS _other_user
FROM events WINDOW o AS (ORDER BY event_id)"""
JUMP = "timestamp_us < _before - $1 AND coalesce(_after, 0) < _before - $1 AND coalesce(_then, 0) < _before - $1"
IN_ORDER = 0.02  # of all steps may go back, in a file that counts as being in order of time
JUMPS_AT_MOST = 0.001
FEW_EVENTS = 100


def clock_jumps(subject: Subject) -> Finding:
    """Fails if a file in order of time steps back by more than `jump_seconds` and stays there; share: of all events."""
    if subject.events < FEW_EVENTS:
        return unjudged(f"{subject.events} events are too few to say whether the file is in order of time.")
    jump = subject.spec.jump_seconds * 1_000_000
    row = subject.row(
        f"SELECT count(*) FILTER (timestamp_us < _before) AS back, count(*) FILTER ({JUMP}) AS jumps, "
        f"count(*) FILTER (_other_user) AS changes, "
        f"max(_before - timestamp_us) FILTER ({JUMP}) AS longest FROM ({STEPS})",
        [jump],
    )
    back, jumps = int(row["back"]) / subject.events, int(row["jumps"])
    if 0 < int(row["changes"]) < 2 * int(subject.manifest["users"]) and jumps:
        return unjudged("The file goes user by user, so a jump of the clock leaves no trace between them.")
    if back > IN_ORDER or jumps > max(10, JUMPS_AT_MOST * subject.events):
        return unjudged(
            f"The file is not in order of time ({percent(back)} of its steps go back), so a jump of the clock leaves "
            "no trace in it."
        )
    if not jumps:
        return passed(f"The file is in order of time and never falls back by more than {subject.spec.jump_seconds} s.")
    files = len(subject.manifest.get("files") or [])
    several = f" It was made of {files} files: the step may be where one ends." if files > 1 else ""
    return Finding(
        False,
        f"{counted(jumps, 'step')} back in a file that is otherwise in order of time, the longest by "
        f"{float(row['longest']) / 3.6e9:,.1f} hours: a clock was set, or parts overlap.{several} No step can tell "
        "which clock was right.",
        "warning",
        jumps,
        jumps / subject.events,
        "steps",
        tuple(
            subject.rows(
                f"SELECT event_id, user_id, event_type, timestamp, event_before_at FROM ({STEPS}) WHERE {JUMP} "
                f"ORDER BY _before - timestamp_us DESC LIMIT {EXAMPLES}",
                [jump],
            )
        ),
    )
