"""The same jobs without a browser: `python -m core COMMAND ...`.

With --json, exactly one JSON object goes to standard output; progress and messages go to standard error. Bad input
exits with 2 and one sentence. A run that was killed resumes with `python -m core work RUN_ID`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import BadSpec, Cancelled, RunFailed, WhypathError
from core.storage.workspace import Workspace, jsonable

Answer = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; returns the exit status: 0, 2 for bad input, 130 for a cancelled run."""
    options = _parser().parse_args(arguments)
    try:
        answer = options.command(Workspace.default(), options)
    except Cancelled as error:
        print(error, file=sys.stderr)
        return 130
    except WhypathError as error:
        print(error, file=sys.stderr)
        return 2
    if answer is not None:
        text = json.dumps(jsonable(answer), ensure_ascii=False, indent=None if options.json else 2)
        print(text)
    return 0


def import_files(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Import one or several files of the same shape as a new log."""
    from core.events.import_spec import ImportSpec
    from core.events.recognise import completed

    files = [str(Path(file).resolve()) for file in options.files]
    mapping = completed(workspace, Path(files[0]), _pairs(options.map, "--map role=column"))
    name = options.name or Path(files[0]).stem
    settings: dict[str, Any] = {"files": files, "name": name, "mapping": mapping, **_settings(options.set)}
    return _run(workspace, "import", ImportSpec.read(settings).plain(), title=f"Import {name}")


def demo(workspace: Workspace, _options: argparse.Namespace) -> Answer:
    """Make the demo log, if it is not there yet."""
    from core.events.demo.shop import ensure_demo

    return {"log_id": ensure_demo(workspace, _say)}


def logs(workspace: Workspace, _options: argparse.Namespace) -> Answer:
    """List the logs of the workspace."""
    from core.storage.catalogue import list_logs

    shown = ("events", "users", "items", "sessions", "rejected", "first_at", "last_at", "event_types", "notes")
    return {
        "logs": [
            {key: log[key] for key in ("log_id", "name", "version_id", "created_at")}
            | {key: log["manifest"].get(key) for key in shown}
            for log in list_logs(workspace)
        ]
    }


def pattern(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Compute one pattern of a log."""
    from core.patterns import PATTERNS
    from core.specs import choose
    from core.storage.engine import open_log

    chosen = choose(PATTERNS, options.name, "pattern")
    if chosen.spec is None:
        raise BadSpec(f"The pattern '{options.name}' takes no settings.")
    spec = chosen.spec.read(_settings(options.set))
    table = chosen.load()(open_log(workspace, options.log), spec)
    answer: Answer = table.plain(options.rows)
    return {"pattern": options.name, **answer}


def study(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Carry out a study over a log, or over a ready table."""
    from core.effects.question import CausalQuestion
    from core.effects.study_spec import StudySpec
    from core.storage.catalogue import find_manifest, keep_graph

    if options.table:
        spec = StudySpec.read(_table_settings(options))
        return _run(workspace, "study", spec.plain(), title=f"{options.treatment} on {options.outcome}")
    if not (options.question and options.log):
        raise BadSpec("A study needs QUESTION.json and --log LOG_ID, or --table FILE with --treatment and --outcome.")
    manifest = find_manifest(workspace, options.log)
    question = {**_json_file(Path(options.question)), **_settings(options.set)}
    if options.graph:
        drawn = _graph(options.graph)
        question["graph_id"] = keep_graph(workspace, drawn, name=Path(options.graph).stem, log_id=options.log)
    spec = StudySpec.read({"question": CausalQuestion.read(question).plain()})
    return _run(
        workspace,
        "study",
        spec.plain(),
        title=f"{question.get('treatment')} on {question.get('outcome')}",
        log=manifest,
    )


def train(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Train one recommender and compare it with the baselines."""
    from core.recommenders.train_spec import TrainSpec
    from core.storage.catalogue import find_manifest

    manifest = find_manifest(workspace, options.log)
    settings = {"model": options.model, "protocol": options.protocol, **_settings(options.set)}
    spec = TrainSpec.read(settings)
    return _run(workspace, "train", spec.plain(), title=f"{options.model} on {manifest['name']}", log=manifest)


def recommend(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """The items a trained recommender puts first for one user."""
    from core.recommenders.stored import stored_recommendations

    answer: Answer = stored_recommendations(workspace, options.run, options.user, options.k)
    return answer


def work(workspace: Workspace, options: argparse.Namespace) -> None:
    """Carry out or resume one run, or serve a lane (which the runner asks for)."""
    from core.jobs.work import serve_lane, work_on
    from core.storage.runs import find_run

    if options.lane:
        serve_lane(workspace, options.lane)
    elif options.run_id:
        status = work_on(workspace, options.run_id, _say)
        row = find_run(workspace, options.run_id)
        if status == "failed":
            raise RunFailed(row["error"] or "The run failed.")
        _say(1.0, f"{options.run_id} is {status}")
    else:
        raise BadSpec("Say which run to carry out: python -m core work RUN_ID")


def runner(workspace: Workspace, options: argparse.Namespace) -> None:
    """Be the runner of this workspace."""
    from core.jobs.runner import run_runner

    run_runner(workspace, options.parent)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Whypath without a browser.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Callable[..., Answer | None]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=(function.__doc__ or "").splitlines()[0], description=function.__doc__)
        added.set_defaults(command=function)
        added.add_argument("--json", action="store_true", help="print one JSON object on one line")
        return added

    def takes_settings(added: argparse.ArgumentParser) -> None:
        added.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="VALUE is JSON or text")

    added = command("import", import_files)
    added.add_argument("files", nargs="+", metavar="FILE")
    added.add_argument("--name")
    added.add_argument("--map", action="append", default=[], metavar="ROLE=COLUMN")
    takes_settings(added)
    command("demo", demo)
    command("logs", logs)
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
    added = command("train", train)
    added.add_argument("model", metavar="MODEL")
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--protocol", choices=["temporal", "leave-one-out"], default="temporal")
    takes_settings(added)
    added = command("recommend", recommend)
    added.add_argument("--run", required=True, metavar="RUN_ID")
    added.add_argument("--user", required=True)
    added.add_argument("-k", type=int, default=10)
    added = command("work", work)
    added.add_argument("run_id", nargs="?", metavar="RUN_ID")
    added.add_argument("--lane", help=argparse.SUPPRESS)
    added = command("runner", runner)
    added.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    return parser


def _run(
    workspace: Workspace, kind: str, spec: dict[str, Any], *, title: str, log: dict[str, Any] | None = None
) -> Answer:
    """Carry out a run in this process, with its progress on standard error."""
    from core.jobs.work import run_here

    pinned = {"log_id": log["log_id"], "version_id": log["version_id"]} if log else {}
    return run_here(workspace, kind, spec, title=title, say=_say, **pinned)


def _say(share: float, message: str) -> None:
    print(f"{share:4.0%} {message}", file=sys.stderr, flush=True)


def _table_settings(options: argparse.Namespace) -> dict[str, Any]:
    if not (options.treatment and options.outcome):
        raise BadSpec("A study of a table needs --treatment COLUMN and --outcome COLUMN.")
    given = {
        "table": str(Path(options.table).resolve()),
        "covariates": _names(options.covariates),
        "graph": _graph(options.graph) if options.graph else None,
        "estimators": _names(options.estimators),
    }
    plain = ("treatment", "outcome", "cluster", "placebo_outcome", "estimand", "randomised", "treated_share", "seed")
    given |= {name: getattr(options, name) for name in plain}
    return {name: value for name, value in given.items() if value is not None}


def _graph(file: str) -> dict[str, Any]:
    from core.graphs.text_formats import read_graph

    return read_graph(Path(file)).plain()


def _names(text: str | None) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] if text is not None else None


def _pairs(texts: Sequence[str], form: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, found, value = text.partition("=")
        if not found or not key.strip():
            raise BadSpec(f"'{text}' is not of the form {form}.")
        pairs[key.strip()] = value
    return pairs


def _settings(texts: Sequence[str]) -> dict[str, Any]:
    """--set values: JSON where they parse as JSON, text otherwise."""
    return {key: _json_or_text(value) for key, value in _pairs(texts, "--set key=value").items()}


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _json_file(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSpec(f"There is no file '{path}'.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadSpec(f"'{path.name}' is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise BadSpec(f"'{path.name}' must hold one JSON object with the question's fields.")
    return value


if __name__ == "__main__":
    sys.exit(main())
