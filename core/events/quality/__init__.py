"""May this log be believed? One file per check, and the checks by name.

A check is `check(subject: Subject) -> Finding`. Its `says` is what breaks downstream where it fails.
"""

from core.specs import Choice


def _check(title: str, place: str, breaks: str) -> Choice:
    return Choice(title, f"core.events.quality.{place}", breaks)


CHECKS: dict[str, Choice] = {
    "rejected_rows": _check(
        "Rows kept aside at import",
        "rejected_rows:rejected_rows",
        "Counts are too low, and biased if the rows that were kept aside differ from the rest.",
    ),
    "duplicates": _check(
        "Duplicates",
        "duplicates:duplicates",
        "Counts, values and repeat rates are too high, and a model learns that users repeat themselves.",
    ),
    "nulls": _check(
        "Missing values",
        "nulls:nulls",
        "Rows without the value drop out of what uses it; an effect adjusted for it is about the rows that have it.",
    ),
    "anonymous_users": _check(
        "Placeholders for users",
        "anonymous_users:anonymous_users",
        "Strangers are joined into one history: funnels connect events of different people, and effects mix them.",
    ),
    "ties": _check(
        "Equal timestamps",
        "order:ties",
        "What came first is decided by the order of the file: paths, funnels and 'before treatment' may be wrong.",
    ),
    "order": _check(
        "Out of order in the file",
        "order:order",
        "Events are sorted by time, which is right if clocks agree; late or wrong clocks turn cause and effect round.",
    ),
    "clock_jumps": _check(
        "Clock jumps",
        "clock_jumps:clock_jumps",
        "A stretch of the log stands at the wrong time, so that gaps, sessions and before-and-after are wrong there.",
    ),
    "future": _check(
        "Events of the future",
        "moments:future",
        "The period ends in days that have not happened: trends fall to nothing and outcome windows look observed.",
    ),
    "far_moments": _check(
        "Moments far from the rest",
        "moments:far_moments",
        "The period spans years of nothing: trends are flat lines and tenure is counted from a wrong first day.",
    ),
    "resolution": _check(
        "Resolution of time",
        "moments:resolution",
        "Order within a day is unknown: sessions, hours, time to convert and short windows mean nothing.",
    ),
    "gaps": _check(
        "Gaps",
        "gaps:gaps",
        "Silence reads as behaviour: users look inactive, and outcomes in the gap look as if they did not happen.",
    ),
    "time_zone": _check(
        "Time zone",
        "time_zone:time_zone",
        "Hours and days are cut in the wrong place: rhythm, daily counts and sessions by day are shifted.",
    ),
    "incomplete_edges": _check(
        "Incomplete first and last day",
        "edges:incomplete_edges",
        "The first and last point of a trend fall for no reason; users of the last days were not followed to the end.",
    ),
    "drift": _check(
        "Drift between halves",
        "drift:drift",
        "What was learnt from the first half does not hold in the second: models age, before-and-after compares logs.",
    ),
    "type_spans": _check(
        "Event types that start late or end early",
        "type_spans:type_spans",
        "A funnel or an outcome over the whole period counts days on which the event could not be recorded.",
    ),
    "version_drift": _check(
        "Change since the version before",
        "version_drift:version_drift",
        "Results of the two versions differ because the log differs, not because behaviour does.",
    ),
    "bursts": _check(
        "Bursts",
        "machines:bursts",
        "Scripts count as people: event counts, popularity and the recommender follow them.",
    ),
    "machine_rhythm": _check(
        "Users that run like clockwork",
        "machines:machine_rhythm",
        "Pollers and monitors count as active users, and their sessions never say anything about people.",
    ),
    "repeats": _check(
        "Repeats within a second",
        "machines:repeats",
        "Double clicks and retried requests count twice: transitions from an event type to itself are too many.",
    ),
    "outlier_users": _check(
        "Outlier users",
        "outliers:outlier_users",
        "Means per user are about a few; an effect estimate gets wide or follows them.",
    ),
    "outlier_values": _check(
        "Outlier values",
        "outliers:outlier_values",
        "Sums and means are about a few rows, and an effect on the value is too uncertain to see.",
    ),
    "negative_values": _check(
        "Negative values",
        "outliers:negative_values",
        "Refunds and corrections count as purchases of their own: purchases are too many, sums mix money in and out.",
    ),
    "rare_types": _check(
        "Event types seen once",
        "event_types:rare_types",
        "Lists and paths fill with event types from which nothing can be learnt.",
    ),
    "spelling": _check(
        "Event types that differ in spelling only",
        "event_types:spelling",
        "One event counts as several: each is too rare, and a funnel that names one of them misses the others.",
    ),
    "endless_sessions": _check(
        "Sessions that never end",
        "sessions:endless_sessions",
        "Session length and events per session are about machines and tabs left open.",
    ),
    "shared_sessions": _check(
        "Sessions of several users",
        "sessions:shared_sessions",
        "Session ids are not unique or users change ids within a visit, so that one history is cut in two.",
    ),
    "item_text": _check(
        "Items without text",
        "items:item_text",
        "Lists show bare ids, and a recommender that reads text cannot place those items.",
    ),
    "zero_places": _check(
        "Places at (0, 0)",
        "places:zero_places",
        "Maps show a crowd in the Gulf of Guinea, and distances to it are thousands of kilometres.",
    ),
    "dull_attributes": _check(
        "Constant and id-like attributes",
        "attributes:dull_attributes",
        "As a covariate such a column explains nothing, or takes every unit for a kind of its own.",
    ),
}
