"""A question as an analyst writes it, ready to be asked: names of events and of a saved metric become what they mean.

A metric stands for itself only where a unit that does nothing has a value, too: what divides by events, users or
sessions that come after time zero divides by what the treatment may change.
"""

from collections.abc import Mapping
from typing import Any

from core.effects.question import CausalQuestion
from core.errors import BadSpec
from core.events.definitions.metrics import ANY_EVENT, Metric, find_metric
from core.events.definitions.references import resolved_spec, same_events, title_of
from core.storage.workspace import Workspace

METRIC = "metric"


def asked_question(workspace: Workspace, log_id: str, body: Mapping[str, Any]) -> CausalQuestion:
    """The question with every reference resolved, and a metric as it is saved now in place of its name.

    body: the settings; `"outcome_measure": {"kind": "metric", "name": ...}` needs no outcome. One that says what it
    counts was asked before, and stays as it was. Raises BadSpec, NotFound.
    """
    measure = body.get("outcome_measure")
    if isinstance(measure, Mapping) and measure.get("kind") == METRIC and "of" not in measure:
        name = str(measure.get("name") or "")
        body = {**body, **outcome_of_metric(find_metric(workspace, log_id, name), str(body.get("outcome") or ""))}
    return resolved_spec(workspace, log_id, CausalQuestion.read(body))


def outcome_of_metric(metric: Metric, said: str = "") -> dict[str, Any]:
    """The settings `outcome` and `outcome_measure` that a metric with resolved references stands for.

    said: an outcome that was named besides. Raises BadSpec for a metric that a unit may not have.
    """
    if why := why_not(metric):
        raise BadSpec(f"The metric '{metric.name}' ({metric.words}) cannot be an outcome: {why}.")
    if said and not same_events(said, metric.rule):
        raise BadSpec(
            f"The outcome '{said}' is another than the events of the metric '{metric.name}'; name only one of them."
        )
    of = {"share": "users", "rate": "count"}.get(metric.kind, metric.kind)
    measure = {"kind": METRIC, "name": metric.name, "of": of, "column": metric.column}
    return {"outcome": metric.rule, "outcome_measure": measure}


def why_not(metric: Metric) -> str | None:
    """Why a metric is no outcome of one unit, None if it is one.

    A share or rate of users with any event is one: every unit is such a user, so that only its numerator is left.
    """
    if metric.kind == "mean":
        rule = title_of(metric.rule)
        return f"a unit without {rule} has no mean, and who has one may be due to the treatment; take the sum"
    if metric.kind in ("share", "rate") and metric.per == "session":
        return "how many sessions there are may be due to the treatment; take the number per user"
    if metric.kind in ("share", "rate") and metric.over not in (None, ANY_EVENT):
        return (
            f"who comes to {title_of(str(metric.over))} after time zero may be due to the treatment; make that the "
            "population, and leave 'over' out"
        )
    return None
