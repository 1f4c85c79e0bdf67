"""The other ways in which a question could as well have been asked and answered, and which there is time for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.effects.chosen import misfit
from core.effects.estimators import ESTIMATORS
from core.effects.groups import called as named
from core.effects.question import duration
from core.effects.refutation import Attempt
from core.effects.refuters.refitting import expected_seconds
from core.effects.table import AnalysisTable

WINDOWS: Final = (
    ("outcome_window_days", "outcome window", (0.5, 2.0)),
    ("lookback_days", "lookback", (0.5, 0.25)),
    ("treatment_window_days", "treatment window", (0.5, 2.0)),
)
EARLIER_AND_LATER: Final = (-1, 1, 2)
ACTIVE: Final = (0.5, 2.0)
GROUPS_AT_MOST: Final = 8
BUILD_SECONDS: Final = 0.7
AS_ASKED: Final = "as asked"
ALL: Final = "all"


@dataclass(frozen=True)
class Variation:
    """title: in words; changes: settings of the question, by name."""

    title: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Specification:
    """One choice of everything: the question's settings, the groups adjusted for (`covariates` in words), a method."""

    variation: Variation
    covariates: str
    groups: frozenset[str]
    estimator: str


def plan(attempt: Attempt) -> tuple[list[Specification], int]:
    """The specifications that the seconds should reach, those of one table together; and how many they should not.

    What is quick and tells most goes first: all methods on the question as asked, then other settings, then other
    covariates, and at last the headline's own method where it is slow.
    """
    table, own = attempt.table, attempt.headline.estimator
    groups = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    everything = frozenset(groups)
    sets = (
        {f"without {named(group)}": everything - {group} for group in groups[:GROUPS_AT_MOST]}
        if len(groups) > 1
        else {}
    )
    quick = [name for name in ESTIMATORS if _suits(table, name, attempt.headline.estimand)]
    slow = [] if own in quick else [own]
    asked = Variation(AS_ASKED, {})
    others = list(variations(attempt.settings, table)) if attempt.again is not None else []
    order = [Specification(asked, ALL, everything, name) for name in quick]
    for methods in (quick, slow):
        order += [Specification(other, ALL, everything, name) for other in others for name in methods]
        order += [Specification(asked, title, kept, name) for title, kept in sets.items() for name in methods]
    chosen, used = [], 0.0
    built = {AS_ASKED}
    for each in order:
        cost = expected_seconds(table, each.estimator)
        cost += 0.0 if each.variation.title in built else BUILD_SECONDS
        if used + cost <= attempt.seconds:
            used += cost
            built.add(each.variation.title)
            chosen.append(each)
    titles = [AS_ASKED, *(other.title for other in others)]
    return sorted(chosen, key=lambda each: titles.index(each.variation.title)), len(order) - len(chosen)


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


def _suits(table: AnalysisTable, name: str, estimand: str) -> bool:
    """Whether an estimator is quick, adjusts, and answers with the headline's estimand."""
    entry = ESTIMATORS[name]
    usual = entry.screening and not entry.adapter and name != "raw" and not entry.needs
    return usual and estimand in entry.estimands and not misfit(table, entry, estimand)
