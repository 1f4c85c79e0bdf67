"""Patterns on the command line."""

import argparse

from core.commands.options import Answer, Command, settings, takes_settings
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the sections' commands."""
    added = command("pattern", pattern)
    added.add_argument("name", metavar="NAME")
    added.add_argument("--log", required=True, metavar="LOG_ID")
    takes_settings(added)
    added.add_argument("--rows", type=int, default=10_000, help="at most this many rows (it is said when more exist)")


def pattern(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Compute one pattern of a log."""
    from core.events.definitions.metrics import find_metric
    from core.events.definitions.references import resolved_spec
    from core.patterns import PATTERNS
    from core.specs import choose
    from core.storage.engine import open_log

    chosen = choose(PATTERNS, options.name, "pattern")
    if chosen.spec is None:
        raise BadSpec(f"The pattern '{options.name}' takes no settings.")
    asked = settings(options.set)
    if isinstance(asked.get("metric"), str):
        asked["metric"] = find_metric(workspace, options.log, asked["metric"]).plain()
    spec = resolved_spec(workspace, options.log, chosen.spec.read(asked))
    table = chosen.load()(open_log(workspace, options.log), spec)
    answer: Answer = table.plain(options.rows)
    return {"pattern": options.name, **answer}
