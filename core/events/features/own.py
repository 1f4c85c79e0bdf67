"""Analyst-made features: an aggregate over the events that a rule means, kept per log under a name.

count       events that match the rule           share     of the events in the lookback, those that match the rule
sum, mean,  of a column of numbers over          days since  from the last matching event to the moment
min, max      matching events                    distinct  different values of a column in matching events
last        value of the last matching event that has one
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal, Self

import ibis.expr.types as ir
from pydantic import Field, field_validator, model_validator

from core.errors import BadSpec, NotFound
from core.events.definitions.metrics import ANY_EVENT
from core.events.definitions.references import rule_of, title_of
from core.events.definitions.rules import kinds_of
from core.events.features import OWN
from core.events.features.feature import AGO, DAY_US, Feature, Kind, days, latest
from core.near import near
from core.specs import Spec
from core.storage.shelf import kept, take_off
from core.storage.workspace import Workspace

SHELF: Final = "features"
What = Literal["count", "share", "sum", "mean", "min", "max", "last", "distinct", "days since"]
OF_NUMBERS: Final = ("sum", "mean", "min", "max")
OF_COLUMN: Final = (*OF_NUMBERS, "last", "distinct")
MOST_LOOKBACK_DAYS: Final = 36_500


class OwnFeature(Spec):
    """rule: an event reference; column belongs to sum, mean, min, max, last and distinct; lookback_days: its own
    window, null for the one that is asked for."""

    event_references: ClassVar[tuple[str, ...]] = ("rule",)

    name: str = Field(min_length=1, max_length=60)
    what: What = "count"
    rule: str = Field(default=ANY_EVENT, min_length=1)
    column: str | None = None
    lookback_days: float | None = Field(default=None, gt=0, le=MOST_LOOKBACK_DAYS)
    description: str = Field(default="", max_length=2_000)

    @field_validator("name")
    @classmethod
    def _safe(cls, name: str) -> str:
        if not (name.isascii() and name.replace("_", "a").isalnum() and name[0].isalpha() and name == name.lower()):
            raise ValueError("a feature's name has lower case letters, digits and _ only, and begins with a letter")
        return name

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.what in OF_COLUMN and not self.column:
            raise ValueError(f"a feature of kind {self.what} needs a column; name it in 'column'")
        if self.what not in OF_COLUMN and self.column:
            raise ValueError(f"a column belongs to {', '.join(OF_COLUMN)}, not to {self.what}; leave it out")
        return self

    @property
    def words(self) -> str:
        """What it measures, without its window."""
        rule = "all events" if self.rule == ANY_EVENT else f"events that match '{title_of(self.rule)}'"
        return {
            "count": f"Number of {rule}",
            "share": f"Share of events that match '{title_of(self.rule)}', among all events",
            "sum": f"Sum of {self.column} over {rule}",
            "mean": f"Mean of {self.column} over {rule}",
            "min": f"Least {self.column} of {rule}",
            "max": f"Greatest {self.column} of {rule}",
            "last": f"Last known {self.column} of {rule}",
            "distinct": f"Number of different values of {self.column} in {rule}",
            "days since": f"Days from the last of {rule} to the moment, if there is one",
        }[self.what]


def own_features(workspace: Workspace, log_id: str) -> dict[str, OwnFeature]:
    """The analyst's features of a log, by name, with their references as they were written."""
    return {name: OwnFeature.read(body) for name, body in kept(workspace, SHELF, log_id=log_id).items()}


def undefine_feature(workspace: Workspace, log_id: str, name: str) -> None:
    """Take a feature away; raises NotFound with the names there are."""
    known = kept(workspace, SHELF, log_id=log_id)
    if name not in known:
        hint = near(name, list(known)) if known else "nobody has made one for this log"
        raise NotFound(f"There is no analyst-made feature '{name}'; {hint}.")
    take_off(workspace, SHELF, name, log_id=log_id)


def own_feature(manifest: Mapping[str, Any], asked: OwnFeature, lookback_days: float | None) -> Feature:
    """The feature that a spec with its references resolved means on a log; raises BadSpec, NotFound where the log
    cannot give it."""
    rule, kind = rule_of(asked.rule, manifest), _kind(asked, manifest)
    window = asked.lookback_days if asked.lookback_days is not None else lookback_days
    counted = asked.what in ("count", "distinct")
    return Feature(
        name=asked.name,
        title=asked.name,
        words=f"{asked.words} {days(window)}." + (f" {asked.description}" if asked.description else ""),
        unit={"count": "events", "share": "share", "days since": "days", "distinct": "values"}.get(asked.what, ""),
        measure=lambda rows: _measure(asked, rows, rule.matches(rows)),
        lookback_days=window,
        family=OWN,
        kind=kind,
        empty=0 if counted else 0.0 if asked.what == "sum" else None,
    )


def _kind(spec: OwnFeature, manifest: Mapping[str, Any]) -> Kind:
    """The kind of the feature's values; raises BadSpec for a column that the log lacks or that is no number."""
    kinds = kinds_of(manifest)
    if spec.column is None:
        return "number"
    if spec.column not in kinds:
        raise BadSpec(f"There is no column '{spec.column}'; {near(spec.column, list(kinds))}.")
    if spec.what in OF_NUMBERS and kinds[spec.column] != "number":
        numbers = ", ".join(column for column, kind in kinds.items() if kind == "number")
        raise BadSpec(f"'{spec.column}' is a {kinds[spec.column]}, so it has no {spec.what}; choose one of {numbers}.")
    found: dict[str, Kind] = {"text": "text", "boolean": "boolean", "time": "time"}
    return found.get(kinds[spec.column], "number") if spec.what == "last" else "number"


def _measure(spec: OwnFeature, rows: ir.Table, matching: ir.BooleanValue) -> ir.Value:
    measures: dict[str, Callable[[ir.Value], ir.Value]] = {
        "sum": lambda column: column.sum(where=matching).fill_null(0),
        "mean": lambda column: column.mean(where=matching),
        "min": lambda column: column.min(where=matching),
        "max": lambda column: column.max(where=matching),
        "last": lambda column: latest(column, rows, matching),
        "distinct": lambda column: column.nunique(where=matching),
    }
    if spec.what == "count":
        return rows.count(where=matching)
    if spec.what == "share":
        return matching.mean()
    if spec.what == "days since":
        return rows[AGO].min(where=matching) / DAY_US
    return measures[spec.what](rows[spec.column])
