"""Define and undefine: what is kept was checked against the log, and what others use is not taken away unsaid."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import BadSpec, NotFound
from core.events.definitions import annotations as annotating
from core.events.definitions import metrics as measuring
from core.events.definitions import named_events as naming
from core.events.definitions.annotations import Annotation, annotations
from core.events.definitions.metrics import Metric, check_metric, metrics
from core.events.definitions.named_events import NamedEvent
from core.events.definitions.references import looks_like_rule, resolved, resolved_spec
from core.events.definitions.rule_text import read_rule
from core.events.definitions.rules import Rule
from core.events.features.own import own_features
from core.near import near
from core.storage.catalogue import find_manifest
from core.storage.shelf import keep, kept, take_off
from core.storage.workspace import Workspace

SHELVES = {"event": naming.SHELF, "metric": measuring.SHELF, "annotation": annotating.SHELF}


def define(workspace: Workspace, log_id: str, kind: str, body: Mapping[str, Any]) -> NamedEvent | Metric | Annotation:
    """Keep a named event, metric or annotation in the place of one of the same name; raises BadSpec, NotFound."""
    shelf = _shelf(kind)
    manifest = find_manifest(workspace, log_id)
    made: NamedEvent | Metric | Annotation
    if kind == "event":
        made = _event(workspace, manifest, NamedEvent.read(body))
    elif kind == "metric":
        made = Metric.read(body)
        check_metric(resolved_spec(workspace, log_id, made), manifest)
    else:
        made = Annotation.read(body)
        resolved_spec(workspace, log_id, made)  # refuses an event that the log lacks
    keep(workspace, shelf, made.name, made.plain(), log_id=log_id)
    return made


def undefine(workspace: Workspace, log_id: str, kind: str, name: str) -> None:
    """Take a definition away; raises NotFound, and BadSpec saying where it is used."""
    shelf = _shelf(kind)
    find_manifest(workspace, log_id)
    known = kept(workspace, shelf, log_id=log_id)
    if name not in known:
        hint = near(name, list(known)) if known else "this log has none"
        raise NotFound(f"There is no {kind} '{name}'; {hint}.")
    uses = list(_uses(workspace, log_id, name)) if kind == "event" else []
    if uses:
        raise BadSpec(f"The event '{name}' is used by {', '.join(uses)}; change or remove that first.")
    take_off(workspace, shelf, name, log_id=log_id)


def _shelf(kind: str) -> str:
    if kind not in SHELVES:
        raise BadSpec(f"There is no kind of definition '{kind}'; choose one of {', '.join(SHELVES)}.")
    return SHELVES[kind]


def _event(workspace: Workspace, manifest: Mapping[str, Any], event: NamedEvent) -> NamedEvent:
    """The named event with its rule in full, checked."""
    types = [str(entry["event_type"]) for entry in manifest["event_types"]]
    if event.name in types:
        raise BadSpec(f"'{event.name}' is an event type of this log already; choose another name.")
    if looks_like_rule(event.name):
        raise BadSpec(f"The name '{event.name}' reads like a rule; choose a name without 'where' and backticks.")
    reference = resolved(workspace, str(manifest["log_id"]), event.rule)
    rule = Rule(reference) if reference in types else read_rule(reference).unnamed()
    return event.model_copy(update={"rule": rule.plain()})


def _uses(workspace: Workspace, log_id: str, name: str) -> Iterator[str]:
    """What refers to a named event."""
    for metric in metrics(workspace, log_id).values():
        if name in (metric.rule, metric.over):
            yield f"the metric '{metric.name}'"
    for feature in own_features(workspace, log_id).values():
        if feature.rule == name:
            yield f"the feature '{feature.name}'"
    for annotation in annotations(workspace, log_id):
        if annotation.event == name:
            yield f"the annotation '{annotation.label}'"
