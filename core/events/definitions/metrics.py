"""Saved metrics: a number that is worth a name, such as the share of users who bought among those who came.

count   events that match the rule                     users  users with such an event
sum     of a column over such events                   mean   of a column over such events
share   of the users (sessions) with an event `over`, those who also have one that matches the rule
rate    events that match the rule per user (session) with an event `over`
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from core.errors import BadSpec, NotFound
from core.events.definitions.names import a_name
from core.events.definitions.references import resolved_spec, rule_of, title_of
from core.events.definitions.rules import kinds_of
from core.near import near
from core.specs import Spec
from core.storage.shelf import kept
from core.storage.workspace import Workspace

SHELF = "metrics"
OF_COLUMN = ("sum", "mean")
OF_UNITS = ("share", "rate")
ANY_EVENT = "any event"


class Metric(Spec):
    """rule, over: event references; over and per belong to share and rate, column to sum and mean."""

    event_references: ClassVar[tuple[str, ...]] = ("rule", "over")

    name: str = Field(default="events", min_length=1, max_length=80)
    kind: Literal["count", "users", "share", "sum", "mean", "rate"] = "count"
    rule: str = Field(default=ANY_EVENT, min_length=1)
    over: str | None = None
    column: str | None = None
    per: Literal["user", "session"] = "user"
    description: str = Field(default="", max_length=2_000)

    _name = field_validator("name")(a_name)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind in OF_COLUMN and not self.column:
            raise ValueError(f"a metric of kind {self.kind} needs a column of numbers; name it in 'column'")
        if self.kind not in OF_COLUMN and self.column:
            raise ValueError(f"a column belongs to sum and mean, not to {self.kind}; leave it out")
        if self.kind not in OF_UNITS and (self.over or self.per != "user"):
            raise ValueError(f"'over' and 'per' belong to share and rate, not to {self.kind}; leave them out")
        return self

    @property
    def words(self) -> str:
        """What it measures, as a phrase."""
        rule, over = title_of(self.rule), title_of(self.over or ANY_EVENT)
        return {
            "count": f"events that are {rule}",
            "users": f"users with {rule}",
            "sum": f"sum of {self.column} over {rule}",
            "mean": f"mean {self.column} of {rule}",
            "share": f"share of {self.per}s with {over} that also have {rule}",
            "rate": f"{rule} per {self.per} with {over}",
        }[self.kind]


def metrics(workspace: Workspace, log_id: str) -> dict[str, Metric]:
    """The saved metrics of a log, by name, with their references as the analyst wrote them."""
    return {name: Metric.read(body) for name, body in kept(workspace, SHELF, log_id=log_id).items()}


def find_metric(workspace: Workspace, log_id: str, name: str) -> Metric:
    """A saved metric with its references resolved; raises NotFound with the names there are, or BadSpec."""
    known = metrics(workspace, log_id)
    if name not in known:
        hint = near(name, list(known)) if known else "define one first"
        raise NotFound(f"There is no metric '{name}' of this log; {hint}.")
    return resolved_spec(workspace, log_id, known[name])


def check_metric(metric: Metric, manifest: Mapping[str, Any]) -> None:
    """Raise BadSpec if the log cannot give this metric; its references must be resolved."""
    rule_of(metric.rule, manifest)
    rule_of(metric.over or ANY_EVENT, manifest)
    kinds = kinds_of(manifest)
    numbers = [column for column, kind in kinds.items() if kind == "number"]
    if metric.column and metric.column not in numbers:
        given = f"is a {kinds[metric.column]}" if metric.column in kinds else "is not there"
        raise BadSpec(f"The column '{metric.column}' {given}; the columns of numbers are {', '.join(numbers)}.")
