"""Encode a text or boolean attribute as numbers: one column per value (one-hot), or its place in an order (ordinal)."""

from typing import Literal

from core.errors import BadSpec
from core.events.cleaning.edits import add_attribute, change, check_columns
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

MOST_VALUES = 50
METHODS = {"one_hot": "One column per value (one-hot)", "ordinal": "The place in an order (ordinal)"}


class Encode(StepSettings):
    """column: an attribute; method: see METHODS; order: of ordinal values, the first is 0; alphabetical if empty."""

    column: str = asked(..., "Text column", pick="texts")
    method: Literal["one_hot", "ordinal"] = asked("one_hot", "As", labels=METHODS)
    order: tuple[str, ...] = asked(
        (), "Order, one value a line", pick="values", when={"method": ("ordinal",)}, max_length=1000,
        why="The first is 0. Values that are not named stay missing. Empty: alphabetical.",
    )  # fmt: skip

    def words(self) -> str:
        order = f": {listed(self.order)}" if self.method == "ordinal" and self.order else ""
        return (
            f"{self.column} as {'one column per value' if self.method == 'one_hot' else 'its place in an order'}{order}"
        )


def encode(engine: Writer, kept: Kept, settings: Encode, watch: Watch) -> Cleaned:
    """Add the encoded attributes; the column itself stays. Missing values stay missing."""
    check_columns(kept, [settings.column], "to encode", "text", "boolean")
    text = f"CAST({quoted(settings.column)} AS VARCHAR)"
    distinct = f"SELECT DISTINCT {text} AS found FROM kept WHERE {text} IS NOT NULL"
    found = [value for (value,) in engine.rows(f"SELECT * FROM ({distinct}) ORDER BY 1 LIMIT {MOST_VALUES + 1}")]
    if settings.method == "ordinal" and settings.order:
        return _ordinal(engine, kept, settings, settings.order, watch)
    if len(found) > MOST_VALUES:
        raise BadSpec(
            f"'{settings.column}' has more than {MOST_VALUES} values; group them first, or name an order for ordinal."
        )
    if settings.method == "ordinal":
        return _ordinal(engine, kept, settings, tuple(found), watch)
    changed = 0
    for place, value in enumerate(found):
        title = f"{settings.column} is {value}"
        kept, column = add_attribute(engine, kept, f"{settings.column}_is_{value}", title, "boolean")
        where = f"{quoted(settings.column)} IS NOT NULL"
        changed = max(changed, change(engine, column, f"{text} = ?", watch, where=where, values=[value]))
        watch((place + 1) / len(found))
    return Cleaned(kept, changed, (f"{len(found)} attributes added.",))


def _ordinal(engine: Writer, kept: Kept, settings: Encode, order: tuple[str, ...], watch: Watch) -> Cleaned:
    kept, column = add_attribute(engine, kept, f"{settings.column}_order", f"{settings.column} in its order", "number")
    place = f"list_position(CAST(? AS VARCHAR[]), CAST({quoted(settings.column)} AS VARCHAR)) - 1"
    changed = change(engine, column, f"nullif({place}, -1)", watch, values=[list(order)])
    left = engine.rows(
        f"SELECT count(*) FROM kept WHERE {quoted(settings.column)} IS NOT NULL AND {quoted(column)} IS NULL"
    )[0][0]
    unnamed = (f"{left:,} events have a value that is not in the order.",) if left else ()
    return Cleaned(kept, changed, (f"In the new attribute '{column}': {listed(order)}.", *unnamed))
