"""Who benefits, on the command line."""

import argparse
from pathlib import Path
from typing import Any

from core.commands.options import Answer, Command, json_file, names, run, settings, takes_settings
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the command."""
    added = command("benefits", benefits)
    added.add_argument("question", nargs="?", metavar="QUESTION.json")
    added.add_argument("--log", metavar="LOG_ID")
    takes_settings(added)
    added.add_argument("--study", metavar="RUN_ID", help="of the same question, table and settings as this study")
    added.add_argument("--table", metavar="FILE")
    for name in ("--treatment", "--outcome", "--cluster"):
        added.add_argument(name, metavar="COLUMN")
    added.add_argument("--covariates", metavar="A,B", help="default: every column that is not an id")
    added.add_argument("--randomised", action="store_true", help="the treatment was assigned by chance")
    added.add_argument("--seed", type=int, help="default: that of the question, or 0")
    added.add_argument("--learners", metavar="A,B", help="s, t, x, dr, forest; default: all but the forest")
    added.add_argument("--cost", type=float, help="of treating one unit, in the outcome's unit")
    added.add_argument("--smallest-group", type=int, help="segments of fewer units are pooled")
    added.add_argument("--segments", metavar="A,B", help="covariate groups to make segments of")
    added.add_argument("--csv", metavar="FILE", help="write the scored users here, if a learner earned it")


def benefits(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Tell who benefits: effects by segment, learners on trial, whom to treat first, a rule."""
    from core.effects.benefits import SCORED_FILE
    from core.effects.benefits.spec import BenefitsSpec
    from core.events.features.export import csv_of

    study, log, said = _study(workspace, options)
    given = {
        "study": study,
        "learners": names(options.learners),
        "cost_per_treated": options.cost,
        "smallest_group": options.smallest_group,
        "segments": names(options.segments),
    }
    spec = BenefitsSpec.read({name: value for name, value in given.items() if value is not None})
    found = run(workspace, "benefits", spec.plain(), title="Who benefits", log=log)
    if options.csv and found["scored"]:
        Path(options.csv).write_bytes(csv_of(workspace.run(found["run_id"]) / SCORED_FILE))
    elif options.csv:
        raise BadSpec(f"No file was written: {found['heterogeneity']['sentence']}")
    return {**found, "notes": [*said, *found["notes"]]}


def _study(
    workspace: Workspace, options: argparse.Namespace
) -> tuple[dict[str, Any], dict[str, Any] | None, tuple[str, ...]]:
    """The study's spec, the log and version that it is about, and what is to be said of how it is asked."""
    from core.effects.fitting_design import asked_with_design
    from core.effects.study_spec import StudySpec
    from core.storage.catalogue import find_manifest
    from core.storage.runs import find_run

    if options.study:
        row = find_run(workspace, options.study)
        if row["kind"] != "study":
            raise BadSpec(f"Run '{options.study}' is no study; `--study` takes the id of one.")
        pinned = {"log_id": row["log_id"], "version_id": row["version_id"]} if row["log_id"] else None
        return row["spec"], pinned, ()
    if options.table:
        if not (options.treatment and options.outcome):
            raise BadSpec("A ready table needs --treatment COLUMN and --outcome COLUMN.")
        given = {
            "table": str(Path(options.table).resolve()),
            "covariates": names(options.covariates),
            **{name: getattr(options, name) for name in ("treatment", "outcome", "cluster", "seed")},
            "randomised": options.randomised,
        }
        return StudySpec.read({name: value for name, value in given.items() if value is not None}).plain(), None, ()
    if not (options.question and options.log):
        raise BadSpec("Give QUESTION.json and --log LOG_ID, or --table FILE with its columns, or --study RUN_ID.")
    manifest = find_manifest(workspace, options.log)
    question = {**json_file(Path(options.question)), **settings(options.set)}
    if options.seed is not None:
        question["seed"] = options.seed
    asked, said = asked_with_design(workspace, options.log, question)
    return StudySpec.read({"question": asked.plain()}).plain(), manifest, said
