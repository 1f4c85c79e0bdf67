"""What a cleaning step is given and what it gives back.

    NAME(engine: Writer, kept: Kept, settings: ITS_SPEC, watch: Watch) -> Cleaned

It changes the table `kept` (see core/events/kept.py) in place: rows dropped, values changed, attributes added. Rows
keep their event_id and may stand in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from core.events.kept import Kept
from core.specs import Spec


@dataclass(frozen=True)
class Cleaned:
    """kept: what the table holds now; changed: rows whose values changed or that were marked (dropped rows are counted
    by whoever runs the recipe); notes: what had to be decided or could not be done."""

    kept: Kept
    changed: int = 0
    notes: tuple[str, ...] = ()


class StepSettings(Spec):
    """The settings of one step, and what can be said of them before it is carried out."""

    @property
    def looks_ahead(self) -> bool:
        """Whether an event is judged by something later than itself (in its user's history, or in the whole log), so
        that a causal question cannot take the cleaned log as it is."""
        return False

    def words(self) -> str:
        """The settings as one phrase."""
        return ""


def asked(
    default: Any, title: str, *, pick: str = "", when: Mapping[str, tuple[str, ...]] | None = None, why: str = "",
    labels: Mapping[str, str] | None = None, **limits: Any,
) -> Any:  # fmt: skip
    """A setting with what a form needs to ask for it.

    pick: what it is chosen from ("columns", "numbers", "texts", "event types", "users", "names", "pairs", "values");
    when: the form asks only where these other settings have one of these values; labels: a choice in plain words.
    """
    extra: dict[str, Any] = {"pick": pick, "when": {name: list(values) for name, values in (when or {}).items()}}
    described = {**extra, "labels": dict(labels or {})}
    return Field(default, title=title, description=why or None, json_schema_extra=described, **limits)


def listed(names: tuple[str, ...], *, at_most: int = 4) -> str:
    """Names as a phrase: the first few and how many more."""
    shown = ", ".join(names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"
