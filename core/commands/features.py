"""Features on the command line: the numbers that describe histories at a moment, and the analyst's own."""

import argparse
import json
from pathlib import Path
from typing import Any

from core.commands.options import Answer, Command, names, say
from core.errors import BadSpec
from core.storage.engine import Log
from core.storage.workspace import Workspace

ALL_HISTORY = "all"


def add(command: Command) -> None:
    """Add the section's command."""
    added = command("features", features)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--version", metavar="VERSION_ID", help="default: the current one")
    added.add_argument("--at", metavar="TIME", help="the moment, ISO 8601; default: just after the last event")
    added.add_argument("--names", metavar="A,B", help="default: all features")
    added.add_argument("--lookback-days", default="28", metavar="DAYS", help=f"a number, or '{ALL_HISTORY}'")
    added.add_argument("--users", metavar="U1,U2", help="default: everybody whose history began before the moment")
    added.add_argument("--timezone", default="UTC", help="decides what night, weekend and day are")
    added.add_argument("--rows", type=int, default=100, help="rows in the answer at most")
    added.add_argument("--csv", type=Path, metavar="FILE", help="also write all users there")
    added.add_argument("--add", metavar="JSON", help="keep a feature: {name, what, rule, column, lookback_days}")
    added.add_argument("--remove", metavar="NAME", help="take an analyst-made feature away")


def features(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Describe each user's history at a moment, from what lies strictly before it."""
    from core.events.features.answer import PERSONAL, cells, table_of
    from core.events.features.at import expression
    from core.events.features.export import write_csv
    from core.events.features.listing import features_of, request
    from core.storage.engine import open_log

    if options.rows < 0:
        raise BadSpec(f"--rows must be 0 or more (got {options.rows}).")
    log = open_log(workspace, options.log, options.version)
    if options.add is not None or options.remove is not None:
        return _changed(workspace, log, options)
    spec, broken = request(workspace, log, _settings(options))
    chosen = features_of(log, spec)
    table = table_of(log, spec, chosen, rows=options.rows)
    answer: dict[str, Any] = {
        "log_id": log.log_id, "version_id": log.version_id, "at": table.population.at,
        "lookback_days": spec.lookback_days, "timezone": spec.timezone,
        "features": [{**feature.plain(), "expression": expression(log, feature)} for feature in chosen],
        "columns": list(table.frame.columns), "rows": cells(table.frame), "users": table.population.users,
        "withheld": 0, "notes": [*table.notes, PERSONAL],
        "broken": [{"name": name, "reason": reason} for name, reason in broken.items()],
    }  # fmt: skip
    if options.csv is not None:
        answer["csv"] = {"file": str(options.csv), **write_csv(log, spec, options.csv, say)}
    return answer


def _changed(workspace: Workspace, log: Log, options: argparse.Namespace) -> Answer:
    """Keep or take away an analyst-made feature."""
    from core.events.features.listing import define_feature
    from core.events.features.own import undefine_feature

    answer: dict[str, Any] = {"log_id": log.log_id}
    if options.remove is not None:
        undefine_feature(workspace, log.log_id, options.remove)
        answer["removed"] = options.remove
    if options.add is not None:
        answer["added"] = define_feature(workspace, log, _object(options.add)).plain()
    return answer


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings of a FeaturesSpec."""
    everything = options.lookback_days == ALL_HISTORY
    return {
        "at": options.at, "lookback_days": None if everything else options.lookback_days,
        "names": names(options.names), "user_ids": names(options.users), "timezone": options.timezone,
    }  # fmt: skip


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadSpec(f"--add is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise BadSpec('--add must be one JSON object, such as {"name": "big_buys", "rule": "buy where value > 50"}.')
    return value
