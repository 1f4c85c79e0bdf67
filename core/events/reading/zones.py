"""Times written without a zone: read in the zone that the analyst names, and what clocks skip or repeat is said.

The engine reads a time that the clocks skipped as one hour later, and one that came twice as the second of the two.
"""

from core.events.reading.gather import RawColumn
from core.storage.engine import Writer, literal

UTC = "UTC"
SHIFTS = ("1 HOUR", "30 MINUTE")  # how far clocks are set back; half an hour on Lord Howe Island only


def in_utc(moment: str, zone: str) -> str:
    """SQL: a TIMESTAMP that was written in `zone`, in UTC; null outside 1900 to 2200, where no zone can be applied."""
    if zone == UTC:
        return moment
    return (
        f"CASE WHEN {moment} BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2200-01-01' "
        f"THEN ({moment} AT TIME ZONE {literal(zone)}) AT TIME ZONE 'UTC' END"
    )


def clock_changes(engine: Writer, column: RawColumn, naive: str, zone: str, table: str) -> str | None:
    """Say how many of a column's times the clocks of `zone` skipped or showed twice; None if none.

    naive: SQL of the time as written, in terms of `table` and of `_moment_text`.
    """
    if zone == UTC or not naive:
        return None
    there = f"t AT TIME ZONE {literal(zone)}"
    skipped = f"({there}) AT TIME ZONE {literal(zone)} <> t"
    twice = " OR ".join(f"(({there}) - INTERVAL {shift}) AT TIME ZONE {literal(zone)} = t" for shift in SHIFTS)
    lost, doubled = engine.rows(
        f"SELECT count(*) FILTER ({skipped}), count(*) FILTER ({twice}) FROM (SELECT {naive} AS t FROM {table}) "
        "WHERE t BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2200-01-01'"
    )[0]
    parts = []
    if lost:
        parts.append(f"{lost:,} fall into an hour that the clocks of {zone} skipped and were read as an hour later")
    if doubled:
        parts.append(f"{doubled:,} fall into an hour that came twice there and were read as the second one")
    return f"Of the times in '{column.name}', {' and '.join(parts)}." if parts else None
