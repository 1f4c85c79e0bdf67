"""The other ways in which a question of a log could as well have been asked: one setting changed at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.effects.question import duration
from core.effects.table import AnalysisTable

WINDOWS: Final = (
    ("outcome_window_days", "outcome window", (0.5, 2.0)),
    ("lookback_days", "lookback", (0.5, 0.25)),
    ("treatment_window_days", "treatment window", (0.5, 2.0)),
)
EARLIER_AND_LATER: Final = (-1, 1, 2)
ACTIVE: Final = (0.5, 2.0)


@dataclass(frozen=True)
class Variation:
    """title: in words; changes: settings of the question, by name."""

    title: str
    changes: Mapping[str, Any]


def variations(settings: Mapping[str, Any], table: AnalysisTable) -> Iterator[Variation]:
    """Windows half and twice as long, time zero an event earlier or later, eligibility wider and narrower.

    settings: the question as it was asked; without them only the windows that the table knows are varied.
    """
    known: dict[str, Any] = {
        "outcome_window_days": table.window_days,
        "treatment_window_days": table.grace_days,
        **settings,
    }
    for name, called, factors in WINDOWS:
        days = known.get(name)
        for factor in factors if days else ():
            changed = float(days or 0) * factor
            yield Variation(f"{called} {duration(changed)}", {name: changed})
    design = dict(known.get("design") or {})
    landmark = int(design.get("landmark_event") or 0)
    for step in EARLIER_AND_LATER if landmark else ():
        event = landmark + step
        if event >= 1:
            yield Variation(f"time zero at event {event}", {"design": {**design, "landmark_event": event}})
    active = float(design.get("active_days") or 0)
    for factor in ACTIVE if active else ():
        changed = active * factor
        yield Variation(f"active within {duration(changed)}", {"design": {**design, "active_days": changed}})
