"""The dictionary on the command line: what a log's events are, and what the analyst defines over them."""

import argparse
from typing import Any

from core.commands.options import Answer, Command
from core.errors import BadSpec
from core.storage.workspace import Workspace

KINDS = ("event", "metric", "annotation", "event_type", "attribute")
RULE_OF = ("event", "metric")
TEXT_OF = ("event_type", "attribute")


def add(command: Command) -> None:
    """Add the section's commands."""
    command("dictionary", dictionary).add_argument("--log", required=True, metavar="LOG_ID")
    added = command("define", define)
    added.add_argument("kind", choices=KINDS)
    added.add_argument("name", metavar="NAME")
    added.add_argument("text", nargs="?", metavar="RULE or TEXT", help="the rule; for event_type and attribute a text")
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--description")
    added.add_argument("--kind", dest="sort", help="metric: count users share sum mean rate; annotation: release ...")
    added.add_argument("--over", metavar="RULE", help="metric: the denominator of a share or rate")
    added.add_argument("--per", choices=("user", "session"))
    added.add_argument("--column", help="metric: the column of a sum or mean")
    added.add_argument("--at", metavar="TIME", help="annotation: when, ISO 8601")
    added.add_argument("--end-at", metavar="TIME")
    added.add_argument("--event", metavar="RULE", help="annotation: the event that came with it")
    added = command("undefine", undefine)
    added.add_argument("kind", choices=KINDS[:3])
    added.add_argument("name", metavar="NAME")
    added.add_argument("--log", required=True, metavar="LOG_ID")


def dictionary(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """List event types, attributes, named events, metrics and annotations of a log."""
    from core.events.definitions.annotations import annotations
    from core.events.definitions.dictionary import attributes, descriptions, event_types
    from core.events.definitions.metrics import metrics
    from core.events.definitions.named_events import named_events
    from core.storage.engine import open_log

    log = open_log(workspace, options.log)
    said = {what: descriptions(workspace, options.log, what) for what in ("event_type", "attribute")}
    return {
        "log_id": log.log_id,
        "version_id": log.version_id,
        "event_types": [
            {**row, "description": said["event_type"].get(row["event_type"], "")} for row in event_types(log)
        ],
        "attributes": [{**row, "description": said["attribute"].get(row["column"], "")} for row in attributes(log)],
        "named_events": [event.plain() for event in named_events(workspace, options.log).values()],
        "metrics": [metric.plain() for metric in metrics(workspace, options.log).values()],
        "annotations": [annotation.plain() for annotation in annotations(workspace, options.log)],
    }


def define(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Name an event by a rule, save a metric, mark a moment, or describe an event type or attribute."""
    from core.events.definitions import dictionary as described
    from core.events.definitions.defining import define as keep
    from core.events.definitions.rule_text import read_rule
    from core.storage.engine import open_log

    if options.kind in TEXT_OF:
        log = open_log(workspace, options.log)
        described.describe(workspace, log, options.kind, options.name, options.text or options.description or "")
        return {"kind": options.kind, "name": options.name, "description": options.text or options.description or ""}
    made = keep(workspace, options.log, options.kind, _body(options)).plain()
    if options.kind == "event":
        made |= described.counted(open_log(workspace, options.log), read_rule(made["rule"]))
    return {"defined": options.kind, **made}


def _body(options: argparse.Namespace) -> dict[str, Any]:
    if options.kind == "event" and not options.text:
        raise BadSpec('A named event needs a rule, for instance "purchase where value > 50".')
    if options.kind not in RULE_OF and options.text:
        raise BadSpec("An annotation takes no rule there; give the event that came with it as --event.")
    given = {
        "label" if options.kind == "annotation" else "name": options.name,
        "rule": options.text,
        "description": options.description,
        "kind": options.sort,
        "over": options.over,
        "per": options.per,
        "column": options.column,
        "at": options.at,
        "end_at": options.end_at,
        "event": options.event,
    }
    return {name: value for name, value in given.items() if value is not None}


def undefine(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Take a named event, metric or annotation away; says where an event is still used."""
    from core.events.definitions.defining import undefine as take_away

    take_away(workspace, options.log, options.kind, options.name)
    return {"undefined": options.kind, "name": options.name}
