"""A study on the command line: of a log's question, or of a ready table."""

import argparse
from pathlib import Path
from typing import Any, Final

from core.commands.options import Answer, Command, json_file, names, run, settings, takes_settings
from core.errors import BadSpec
from core.storage.workspace import Workspace

OF_A_TABLE: Final = (
    "treatment", "outcome", "cluster", "weights", "follow_up", "running", "cutoff", "control", "treated_share",
    "randomised", "dose", "placebo_outcome", "negative_control", "estimand", "trim", "seed", "cate",
)  # fmt: skip
LISTS_OF_A_TABLE: Final = ("covariates", "estimators", "refuters", "instruments", "mediators")
OF_A_LOG: Final = ("estimand", "trim", "seed", "placebo_outcome", "negative_control")
LISTS_OF_A_LOG: Final = ("estimators", "refuters", "covariates", "instruments")
ONLY_A_TABLES: Final = (
    "treatment", "outcome", "cluster", "weights", "follow_up", "running", "cutoff", "control", "treated_share",
    "randomised", "dose", "mediators",
)  # fmt: skip


def add(command: Command) -> None:
    """Add the command."""
    added = command("study", study)
    added.add_argument("question", nargs="?", metavar="QUESTION.json")
    added.add_argument("--log", metavar="LOG_ID")
    takes_settings(added)
    added.add_argument("--design", help="of a log's question: landmark, first_exposure or before_after")
    added.add_argument("--table", metavar="FILE")
    for name in ("--treatment", "--outcome", "--cluster", "--weights", "--follow-up", "--running"):
        added.add_argument(name, metavar="COLUMN")
    added.add_argument("--metric", metavar="NAME", help="of a log: a saved metric is the outcome")
    added.add_argument("--placebo-outcome", metavar="COLUMN|EVENT", help="the outcome before the treatment")
    added.add_argument("--negative-control", metavar="COLUMN|EVENT", help="what the treatment cannot change")
    added.add_argument("--cutoff", type=float, help="the value of --running from which units were treated")
    added.add_argument("--control", metavar="VALUE", help="the value of the treatment that stands for none")
    added.add_argument("--dose", action="store_true", default=None, help="the treatment is an amount")
    added.add_argument("--instrument", dest="instruments", metavar="A,B", help="what moves the treatment alone")
    added.add_argument("--mediators", metavar="A,B", help="what carries part of the effect")
    added.add_argument("--covariates", metavar="A,B", help="default: every column that is not an id, or every group")
    added.add_argument("--graph", metavar="FILE", help="a causal graph: .json, .dagitty, .dot, .gml, .graphml")
    added.add_argument("--estimators", metavar="A,B", help="default: those that suit and are fast, and the headline")
    added.add_argument("--refuters", metavar="A,B", help="default: all; give an empty text for none")
    added.add_argument("--estimand", choices=["ATE", "ATT", "ATO"])
    added.add_argument("--trim", metavar="CUT|auto", help="leave out propensities under it, and over 1 - it")
    added.add_argument("--randomised", action="store_true", default=None, help="the treatment was assigned by chance")
    added.add_argument("--treated-share", type=float, help="the share that chance was to treat")
    added.add_argument("--cate", action="store_true", default=None, help="also say who benefits, on held-out users")
    added.add_argument("--seed", type=int)


def study(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Carry out a study over a log, or over a ready table."""
    from core.effects.study_spec import StudySpec

    if options.table:
        if options.question or options.log or options.design or options.metric:
            raise BadSpec(
                "A study is of a table or of a log's question: leave out --table, or QUESTION.json, --log, --design, "
                "--metric."
            )
        spec = StudySpec.read(_of_a_table(options))
        title = f"{options.treatment} on {options.outcome} ({Path(options.table).name})"
        return run(workspace, "study", spec.plain(), title=title)
    if not (options.question and options.log):
        raise BadSpec("A study needs QUESTION.json and --log LOG_ID, or --table FILE with --treatment and --outcome.")
    return _of_a_log(workspace, options)


def _of_a_log(workspace: Workspace, options: argparse.Namespace) -> Answer:
    from core.effects.fitting_design import asked_with_design
    from core.effects.study_spec import StudySpec
    from core.storage.catalogue import find_manifest, keep_graph

    misplaced = [name for name in ONLY_A_TABLES if getattr(options, name) is not None]
    if misplaced:
        raise BadSpec(f"--{misplaced[0].replace('_', '-')} belongs to a table; a log's question says it in its JSON.")
    manifest = find_manifest(workspace, options.log)
    question = {
        **json_file(Path(options.question)),
        **_given(options, OF_A_LOG, LISTS_OF_A_LOG),
        **settings(options.set),
    }
    if options.design:
        kept = question.get("design")
        same = isinstance(kept, dict) and kept.get("kind", "landmark") == options.design
        question["design"] = kept if same else {"kind": options.design}
    if options.graph:
        drawn = _graph(options.graph)
        question["graph_id"] = keep_graph(workspace, drawn, name=Path(options.graph).stem, log_id=options.log)
    if options.metric:
        question = {**question, "outcome_measure": {"kind": "metric", "name": options.metric}}
    asked, said = asked_with_design(workspace, options.log, question)
    spec = StudySpec.read({"question": asked.plain(), "cate": bool(options.cate)})
    found = run(
        workspace, "study", spec.plain(), title=f"{asked.treatment_name} on {asked.outcome_called}", log=manifest
    )
    return {**found, "notes": [*said, *found["notes"]]}


def _of_a_table(options: argparse.Namespace) -> dict[str, Any]:
    if not (options.treatment and options.outcome):
        raise BadSpec("A study of a table needs --treatment COLUMN and --outcome COLUMN.")
    graph = {"graph": _graph(options.graph)} if options.graph else {}
    table = {"table": str(Path(options.table).resolve())}
    return {**table, **_given(options, OF_A_TABLE, LISTS_OF_A_TABLE), **graph, **settings(options.set)}


def _given(options: argparse.Namespace, plain: tuple[str, ...], lists: tuple[str, ...]) -> dict[str, Any]:
    """What was said, by setting; what was not keeps its default."""
    values = {name: getattr(options, name) for name in plain if hasattr(options, name)}
    values |= {name: names(getattr(options, name)) for name in lists}
    return {name: value for name, value in values.items() if value is not None}


def _graph(file: str) -> dict[str, Any]:
    from core.graphs.formats.text_formats import read_graph

    return read_graph(Path(file)).plain()
