"""Fill missing values: from the whole column, from the user's other events, or from the most similar events."""

from typing import Literal

from core.errors import BadSpec
from core.events.cleaning.edits import as_doubles, change, check_columns, take_changes
from core.events.cleaning.step import Cleaned, StepSettings, asked
from core.events.columns import EVENT_TYPE, TIMESTAMP, USER_ID
from core.events.kept import ORDER, Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

METHODS = {
    "mean": "the mean of the column", "median": "the median of the column", "mode": "the column's most frequent value",
    "forward": "the user's last value before", "interpolate": "a line between the user's values before and after",
    "nearest": "the mean of the most similar events",
}  # fmt: skip
NUMBERS_ONLY = ("mean", "median", "interpolate", "nearest")

# What stands in the middle of a user's history, for one column: the value before, the value after, and their moments.
BESIDE = """
SELECT event_id, timestamp_us AS here, {column} AS old,
  last_value({column} IGNORE NULLS) OVER past AS before,
  last_value(CASE WHEN {column} IS NOT NULL THEN timestamp_us END IGNORE NULLS) OVER past AS before_us,
  first_value({column} IGNORE NULLS) OVER future AS after,
  first_value(CASE WHEN {column} IS NOT NULL THEN timestamp_us END IGNORE NULLS) OVER future AS after_us
FROM kept
WINDOW past AS (PARTITION BY user_id ORDER BY timestamp_us, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
  future AS (PARTITION BY user_id ORDER BY timestamp_us, event_id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"""
FORWARD = f"""
SELECT event_id, last_value({{column}} IGNORE NULLS) OVER (PARTITION BY {USER_ID} ORDER BY {ORDER}) AS new_value,
  {{column}} AS old FROM kept"""
INTERPOLATED = f"""
SELECT event_id, CASE WHEN after_us = before_us THEN (before + after) / 2.0
  ELSE before + (after - before) * ((here - before_us) / (after_us - before_us)::DOUBLE) END AS new_value, old
FROM ({BESIDE})"""


class FillMissing(StepSettings):
    """column: whose gaps are filled; method: with what; neighbours: of the nearest, how many."""

    column: str = asked(..., "Column with gaps", pick="fillable")
    method: Literal["mean", "median", "mode", "forward", "interpolate", "nearest"] = asked(
        ..., "Fill with", labels={name: words[0].upper() + words[1:] for name, words in METHODS.items()}
    )
    neighbours: int = asked(5, "Similar events", when={"method": ("nearest",)}, ge=1, le=100)

    @property
    def looks_ahead(self) -> bool:
        return self.method != "forward"

    def words(self) -> str:
        return f"{self.column} with {METHODS[self.method]}"


def fill_missing(engine: Writer, kept: Kept, settings: FillMissing, watch: Watch) -> Cleaned:
    """Fill the nulls of a column; what stays missing is counted. Whole-number attributes become fractions."""
    _check(kept, settings)
    column = quoted(settings.column)
    if settings.method in NUMBERS_ONLY:
        as_doubles(engine, kept, settings.column)
    notes: tuple[str, ...] = ()
    if settings.method == "nearest":
        from core.events.cleaning.neighbours import fill_from_neighbours

        notes = fill_from_neighbours(engine, kept, settings.column, settings.neighbours, watch)
        filled = take_changes(engine, settings.column, watch)
    elif settings.method in ("forward", "interpolate"):
        query = (FORWARD if settings.method == "forward" else INTERPOLATED).format(column=column)
        found = f"SELECT event_id, new_value FROM ({query}) WHERE old IS NULL AND new_value IS NOT NULL"
        engine.watched(f"CREATE OR REPLACE TABLE changes AS {found}", watch)
        filled = take_changes(engine, settings.column, watch)
    else:
        value = engine.rows(f"SELECT {_whole_column(settings.method, column)} FROM kept")[0][0]
        filled = change(engine, settings.column, "?", watch, where=f"{column} IS NULL", values=[value])
        notes = (f"Filled with {value:,.6g}." if isinstance(value, int | float) else f"Filled with '{value}'.",)
    left = engine.rows(f"SELECT count(*) FROM kept WHERE {column} IS NULL")[0][0]
    return Cleaned(kept, filled, (*(notes if filled else ()), *([f"{left:,} stay missing."] if left else [])))


def _check(kept: Kept, settings: FillMissing) -> None:
    kinds = ("number",) if settings.method in NUMBERS_ONLY else ()
    check_columns(kept, [settings.column], "to fill", *kinds)
    if settings.column in (USER_ID, EVENT_TYPE, TIMESTAMP):
        raise BadSpec(f"Every event has its {settings.column}; choose another column to fill.")


def _whole_column(method: str, column: str) -> str:
    """One value of the whole column; of equally frequent values the smallest."""
    if method == "mode":
        return f"(SELECT {column} FROM kept WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)"
    return {"mean": f"avg({column})", "median": f"median({column})"}[method]
