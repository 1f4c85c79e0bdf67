"""Patterns and effects on the command line."""

import argparse
from pathlib import Path
from typing import Any

from core.commands.options import Answer, Command, json_file, names, run, settings, takes_settings
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the sections' commands."""
    added = command("pattern", pattern)
    added.add_argument("name", metavar="NAME")
    added.add_argument("--log", required=True, metavar="LOG_ID")
    takes_settings(added)
    added.add_argument("--rows", type=int, default=10_000, help="at most this many rows (it is said when more exist)")
    added = command("study", study)
    added.add_argument("question", nargs="?", metavar="QUESTION.json")
    added.add_argument("--log", metavar="LOG_ID")
    takes_settings(added)
    added.add_argument("--table", metavar="FILE")
    for name in ("--treatment", "--outcome", "--cluster", "--placebo-outcome"):
        added.add_argument(name, metavar="COLUMN")
    added.add_argument("--covariates", metavar="A,B", help="default: every column that is not an id")
    added.add_argument("--graph", metavar="FILE", help="a causal graph: .json, .dagitty, .dot, .gml, .graphml")
    added.add_argument("--estimators", metavar="A,B")
    added.add_argument("--estimand", choices=["ATE", "ATT"], default="ATE")
    added.add_argument("--randomised", action="store_true", help="the treatment was assigned by chance")
    added.add_argument("--treated-share", type=float, help="the share that chance was to treat")
    added.add_argument("--seed", type=int, default=0)


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


def study(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Carry out a study over a log, or over a ready table."""
    from core.effects.question import CausalQuestion
    from core.effects.study_spec import StudySpec
    from core.events.definitions.references import resolved_spec
    from core.storage.catalogue import find_manifest, keep_graph

    if options.table:
        spec = StudySpec.read(_tablesettings(options))
        return run(workspace, "study", spec.plain(), title=f"{options.treatment} on {options.outcome}")
    if not (options.question and options.log):
        raise BadSpec("A study needs QUESTION.json and --log LOG_ID, or --table FILE with --treatment and --outcome.")
    manifest = find_manifest(workspace, options.log)
    question = {**json_file(Path(options.question)), **settings(options.set)}
    if options.graph:
        drawn = _graph(options.graph)
        question["graph_id"] = keep_graph(workspace, drawn, name=Path(options.graph).stem, log_id=options.log)
    asked = resolved_spec(workspace, options.log, CausalQuestion.read(question))
    title = f"{asked.treatment_name} on {asked.outcome_name}"
    return run(workspace, "study", StudySpec(question=asked).plain(), title=title, log=manifest)


def _tablesettings(options: argparse.Namespace) -> dict[str, Any]:
    if not (options.treatment and options.outcome):
        raise BadSpec("A study of a table needs --treatment COLUMN and --outcome COLUMN.")
    given = {
        "table": str(Path(options.table).resolve()),
        "covariates": names(options.covariates),
        "graph": _graph(options.graph) if options.graph else None,
        "estimators": names(options.estimators),
    }
    plain = ("treatment", "outcome", "cluster", "placebo_outcome", "estimand", "randomised", "treated_share", "seed")
    given |= {name: getattr(options, name) for name in plain}
    return {name: value for name, value in given.items() if value is not None}


def _graph(file: str) -> dict[str, Any]:
    from core.graphs.formats.text_formats import read_graph

    return read_graph(Path(file)).plain()
