"""Which estimators a graph allows where adjustment does not suffice, and which columns they need."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.graphs.identification.answer import Identification


@dataclass(frozen=True)
class Structural:
    """estimator: its name in ESTIMATORS; instruments, mediators: nodes of the graph whose columns go to the table as
    such; given: the only nodes to adjust for, instead of the adjustment set; sentence: why this may be used."""

    estimator: str
    instruments: tuple[str, ...]
    mediators: tuple[str, ...]
    given: tuple[str, ...]
    sentence: str

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


def structural_estimators(found: Identification, held: Collection[str] | None = None) -> tuple[Structural, ...]:
    """What may be used under this graph besides adjustment: the front door first, which needs no further assumption,
    then all instruments that share what they are given, the largest such group first. held: the nodes that have a
    column; null for all. Empty where the graph allows neither."""
    measured = None if held is None else set(held)

    def has(names: Collection[str]) -> bool:
        return measured is None or set(names) <= measured

    doors = [names for names in found.front_door if has(names)]
    entries = [
        Structural(
            "front_door",
            (),
            names,
            (),
            f"The graph lets the whole effect run through {_listed(names)}, which nothing hidden causes (front door).",
        )
        for names in doors[:1]
    ]
    groups: dict[tuple[str, ...], list[str]] = {}
    for each in found.instruments:
        if has((each.name, *each.given)):
            groups.setdefault(tuple(each.given), []).append(each.name)
    for given, names in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        once = f" given {_listed(given)}" if given else ""
        entries.append(
            Structural(
                "instrument",
                tuple(names),
                (),
                given,
                f"The graph lets {_listed(names)} reach {found.outcome} through {found.treatment} only{once} "
                "(instrument); the number holds for the units that are moved.",
            )
        )
    return tuple(entries)


def _listed(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
