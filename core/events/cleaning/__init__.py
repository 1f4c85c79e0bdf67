"""Cleaning recipes: one file per step, and the steps by name. A step turns `kept` into a cleaner `kept`."""

from core.events.cleaning.drop_duplicates import DropDuplicates
from core.specs import Choice

STEPS: dict[str, Choice] = {
    "drop_duplicates": Choice(
        "Drop duplicates",
        "core.events.cleaning.drop_duplicates:drop_duplicates",
        "Keep the first of events that agree in the named columns.",
        DropDuplicates,
    ),
}
