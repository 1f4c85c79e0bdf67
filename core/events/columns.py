"""The vocabulary of a stored log: every later query speaks these names and no other.

An import renames the analyst's columns once, at the door. Columns that a log lacks are absent from its table, except
the core ones, which always exist. Attributes (anything unmapped) get a safe name: lower case letters, digits and `_`.

    events      one row per event, sorted by (user_id, timestamp, event_id)
    sessions    one row per session
    users       one row per user
    items       one row per item, with its title where the log has text
    hours       hour x event type roll-up: trend and hour x weekday
    user_days   user x day x event type roll-up: active users, retention

All times are UTC without a zone. Interval arithmetic uses the integer columns that end in `_us` (microseconds).
"""

from typing import Final

# Roles an analyst can map a column to. The first four make a log; only `timestamp` must be mapped.
USER_ID: Final = "user_id"
ITEM_ID: Final = "item_id"
EVENT_TYPE: Final = "event_type"
TIMESTAMP: Final = "timestamp"
SESSION_ID: Final = "session_id"
VALUE: Final = "value"
LATITUDE: Final = "latitude"
LONGITUDE: Final = "longitude"
TEXT: Final = "text"
POSITION: Final = "position"
PROPENSITY: Final = "propensity"
ARM: Final = "arm"
INSERT_ID: Final = "insert_id"

ROLES: Final = (
    USER_ID, ITEM_ID, EVENT_TYPE, TIMESTAMP, SESSION_ID, VALUE, LATITUDE, LONGITUDE, TEXT, POSITION, PROPENSITY, ARM,
    INSERT_ID,
)  # fmt: skip

# What `events` holds in every log. user_id, item_id: VARCHAR (item_id may be null); event_type: ENUM or VARCHAR;
# timestamp: TIMESTAMP; the rest as noted.
EVENT_ID: Final = "event_id"  # BIGINT, import order; breaks ties of (user_id, timestamp)
TIMESTAMP_US: Final = "timestamp_us"  # BIGINT, microseconds since 1970
# session_id is BIGINT: the event_id of the session's first event. A mapped session column is also kept as an attribute.
# insert_id is the event's own id where it was logged; a mapped one is kept as the text attribute `insert_id`, by which
# appended events are told from those that are there already.
HISTORY_POSITION: Final = "history_position"  # BIGINT, from 1 within the user
SESSION_POSITION: Final = "session_position"  # BIGINT, from 1 within the session
GAP_SECONDS: Final = "gap_seconds"  # DOUBLE, since the user's previous event; null for the first
NEXT_EVENT_TYPE: Final = "next_event_type"  # like event_type; null at the end of a session
NEXT_GAP_SECONDS: Final = "next_gap_seconds"  # DOUBLE, to the next event of the session; null at its end

EVENT_COLUMNS: Final = (
    EVENT_ID, USER_ID, ITEM_ID, EVENT_TYPE, TIMESTAMP, TIMESTAMP_US, SESSION_ID, HISTORY_POSITION, SESSION_POSITION,
    GAP_SECONDS, NEXT_EVENT_TYPE, NEXT_GAP_SECONDS,
)  # fmt: skip

# Present only where the analyst mapped them: value, latitude, longitude DOUBLE; text VARCHAR; position BIGINT;
# propensity DOUBLE in (0, 1]; arm VARCHAR.
OPTIONAL_COLUMNS: Final = (VALUE, LATITUDE, LONGITUDE, TEXT, POSITION, PROPENSITY, ARM)

SESSION_COLUMNS: Final = (
    SESSION_ID,
    USER_ID,
    "started_at",
    "started_us",
    "ended_at",
    "ended_us",
    "events",
    "duration_seconds",
    "path",
)  # fmt: skip   path: VARCHAR, one code character per event (first 100), see the manifest's `path_codes`
USER_COLUMNS: Final = (USER_ID, "first_at", "first_us", "last_at", "last_us", "events", "sessions")
ITEM_COLUMNS: Final = (ITEM_ID, "title", "events", "users")  # title: VARCHAR, the item's most frequent text, or null
HOUR_COLUMNS: Final = ("hour", EVENT_TYPE, "events", "value")  # hour: TIMESTAMP; value: sum, null without values
USER_DAY_COLUMNS: Final = (USER_ID, "day", EVENT_TYPE, "events")  # day: DATE

TABLES: Final = ("events", "sessions", "users", "items", "hours", "user_days")

ONLY_EVENT_TYPE: Final = "event"  # what a log without event types gets
SESSION_GAP_SECONDS: Final = 1800  # 30 minutes of silence end a session

# The manifest of a version (manifest.json, and the catalogue's row):
#   log_id, version_id, name, created_at, files: [{name, bytes, sha256}], spec (the import spec),
#   events, users, items, sessions, rejected (rows kept aside), reject_reasons: [{reason, rows}],
#   first_at, last_at, event_types: [{event_type, events, users}] most frequent first,
#   columns: {stored column: the analyst's column}, joined_columns: the two that `date+time` joins, or none,
#   insert_id_column: the attribute that holds the events' own ids, or null,
#   attributes: [{column, title, kind: "text"|"number"|"boolean"|"time"}],
#   path_codes: {code character: event type}, has_users, has_event_types, has_sessions (mapped, not derived),
#   notes: [sentences on what was assumed], truth: what is known of a simulated log, or null
