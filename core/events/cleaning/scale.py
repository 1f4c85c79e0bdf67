"""Scale a number column: to mean 0 and standard deviation 1, or to the range from 0 to 1."""

from typing import Literal

from core.errors import BadSpec
from core.events.cleaning.edits import as_doubles, change, check_columns
from core.events.cleaning.step import Cleaned, StepSettings, asked
from core.events.columns import VALUE
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

METHODS = {"standardise": "Mean 0, standard deviation 1", "min_max": "From 0 to 1"}


class Scale(StepSettings):
    """column: value or a number attribute; method: see METHODS. One formula for every event, so nothing is learnt of
    an event's future from its scaled value."""

    column: str = asked(..., "Number column", pick="scalable")
    method: Literal["standardise", "min_max"] = asked("standardise", "To", labels=METHODS)

    def words(self) -> str:
        return f"{self.column} to {METHODS[self.method].lower()}"


def scale(engine: Writer, kept: Kept, settings: Scale, watch: Watch) -> Cleaned:
    """Scale in place; the formula back is in the notes. A column with one value becomes 0."""
    check_columns(kept, [settings.column], "to scale", "number")
    if settings.column in kept.optional and settings.column != VALUE:
        raise BadSpec(
            f"'{settings.column}' has a fixed meaning that scaling would break; choose value or an attribute."
        )
    as_doubles(engine, kept, settings.column)
    column = quoted(settings.column)
    ends = ("avg", "stddev_pop") if settings.method == "standardise" else ("min", "max")
    first, second = engine.rows(f"SELECT {ends[0]}({column}), {ends[1]}({column}) FROM kept")[0]
    if first is None:
        return Cleaned(kept, notes=(f"{settings.column} has no value.",))
    width = second if settings.method == "standardise" else second - first
    sql = f"({column} - ?) / ?" if width else f"0 * ({column} - ?) * ?"
    changed = change(engine, settings.column, sql, watch, where=f"{column} IS NOT NULL", values=[first, width])
    return Cleaned(kept, changed, (f"To go back: multiply by {width:,.8g} and add {first:,.8g}.",))
