"""Discovery on the command line: which edges do the data suggest, and how sure may one be of each?"""

import argparse
import json
from pathlib import Path
from typing import Any

from core.commands.graph_data import takes_data
from core.commands.options import Answer, Command, json_file, names, run, say, settings, takes_settings
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's command."""
    added = command("discover", discover)
    takes_data(added)
    added.add_argument("--version", metavar="VERSION_ID", help="of the log; default: the current one")
    added.add_argument("--method", metavar="NAME", help="default: the data decide, and it says why")
    added.add_argument("--leave-out", default="", metavar="A,B", help="variables not to use")
    added.add_argument("--tiers", metavar="FILE", help="time tiers as JSON: [[names], ...], the earliest first")
    for name, what in (("--require", "that must be there"), ("--forbid", "that must not be there")):
        added.add_argument(name, action="append", default=[], metavar="A>B", help=f"an edge {what}; may be repeated")
    added.add_argument("--no-labels", action="store_true", help="do not use the log's labelled pairs (label-pair)")
    added.add_argument("--hidden", action="store_true", help="hidden common causes are possible")
    added.add_argument("--half", choices=["all", "discovery", "estimation"], default="all", help="half of the users")
    added.add_argument("--draws", type=int, default=100, help="bootstrap draws behind each stability")
    added.add_argument("--compare", metavar="A,B", help="further methods to set beside it; '' for none")
    added.add_argument("--time", metavar="COLUMN", help="of a table of series: the order of its rows")
    added.add_argument("--bucket", choices=["hour", "day"], default="hour", help="a step of a log's event counts")
    added.add_argument("--event-types", metavar="A,B", help="of a log; default: the commonest")
    added.add_argument("--later", metavar="A,B", help="users of a log: events to look for after the moment")
    added.add_argument("--lookback-days", type=float, metavar="DAYS", help="default: the whole history")
    added.add_argument("--features", metavar="A,B", help="users of a log: default simple ones")
    added.add_argument("--seed", type=int, default=0)
    takes_settings(added)


def discover(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Suggest the edges of a causal graph from data, each with its stability."""
    from core.graphs.discovery.spec import DiscoverSpec
    from core.storage.catalogue import find_manifest

    if bool(options.table) == bool(options.log):
        raise BadSpec("A discovery needs --table FILE or --log LOG_ID, one of the two.")
    spec = DiscoverSpec.read(_input(options) | {
        "method": options.method, "settings": settings(options.set), "hidden": options.hidden,
        "tiers": _tiers(options.tiers), "required": [_ends(text) for text in options.require],
        "forbidden": [_ends(text) for text in options.forbid], "draws": options.draws,
        "compare": names(options.compare), "seed": options.seed, **_labels(workspace, options),
    })  # fmt: skip
    title = f"Discovery in {Path(options.table).name if options.table else options.log}"
    log = find_manifest(workspace, options.log, options.version) if options.log else None
    return run(workspace, "discover", spec.plain(), title=title, log=log)


def _input(options: argparse.Namespace) -> dict[str, Any]:
    """Which data: by the method's needs, else a table of units or the users of a log."""
    from core.graphs.discovery import DISCOVERERS
    from core.specs import choose

    needs = choose(DISCOVERERS, options.method, "method").needs if options.method else "table"
    table = str(Path(options.table).resolve()) if options.table else None
    columns, leave_out = names(options.columns), names(options.leave_out)
    if needs == "events":
        if table:
            raise BadSpec(
                f"The method '{options.method}' reads the raw events of a log; import the file and give --log LOG_ID."
            )
        return {"events": {"event_types": names(options.event_types)}}
    if needs == "series":
        return {"series": {
            "table": table, "time": options.time, "columns": columns, "leave_out": leave_out, "bucket": options.bucket,
            "event_types": names(options.event_types),
        }}  # fmt: skip
    shared = {"columns": columns, "leave_out": leave_out, "half": options.half}
    if table:
        return {"variables": {"table": table, "cluster": options.cluster, **shared}}
    if options.question:
        return {"variables": {"question": json_file(Path(options.question)), **shared}}
    users = {
        "at": options.at, "lookback_days": options.lookback_days, "features": names(options.features),
        "later": names(options.later), "later_days": options.later_days,
    }  # fmt: skip
    return {"variables": {"users": users, **shared}}


def _labels(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """What the log's pairs of event types were labelled, unless they are not to be used."""
    from core.effects.screen.labels import labelled

    if not options.log or options.no_labels:
        return {}
    causal, not_causal = labelled(workspace, options.log)
    if causal or not_causal:
        say(
            0.0,
            f"Known from labels: {len(causal)} causal and {len(not_causal)} not causal (--no-labels leaves them out)",
        )
    return {"causal": causal, "not_causal": not_causal}


def _tiers(file: str | None) -> Any:
    """The JSON value in a file of time tiers."""
    if file is None:
        return None
    try:
        value = json.loads(Path(file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSpec(f"There is no file '{file}'.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadSpec(f"'{Path(file).name}' is not JSON: {error}.") from None
    if isinstance(value, dict) and isinstance(value.get("tiers"), list | dict):
        value = value["tiers"]
    if not _are_tiers(value):
        raise BadSpec(
            f"'{Path(file).name}' holds no time tiers; write lists of names, the earliest first, as in "
            '[["age"], ["search"], ["buy"]], or {"age": 0, "search": 1, "buy": 2}.'
        )
    return value


def _are_tiers(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(tier, int) and not isinstance(tier, bool) for tier in value.values())
    return isinstance(value, list) and all(
        isinstance(tier, list) and all(isinstance(name, str) for name in tier) for tier in value
    )


def _ends(text: str) -> tuple[str, str]:
    source, sign, target = text.replace("->", ">").partition(">")
    if not sign or not source.strip() or not target.strip():
        raise BadSpec(f"'{text}' is no edge; write it as source>target.")
    return source.strip(), target.strip()
