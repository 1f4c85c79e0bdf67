"""Recommenders on the command line."""

import argparse

from core.commands.options import Answer, Command, run, settings, takes_settings
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("train", train)
    added.add_argument("model", metavar="MODEL")
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--protocol", choices=["temporal", "leave-one-out"], default="temporal")
    takes_settings(added)
    added = command("recommend", recommend)
    added.add_argument("--run", required=True, metavar="RUN_ID")
    added.add_argument("--user", required=True)
    added.add_argument("-k", type=int, default=10)


def train(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Train one recommender and compare it with the baselines."""
    from core.recommenders.train_spec import TrainSpec
    from core.storage.catalogue import find_manifest

    manifest = find_manifest(workspace, options.log)
    asked = {"model": options.model, "protocol": options.protocol, **settings(options.set)}
    spec = TrainSpec.read(asked)
    return run(workspace, "train", spec.plain(), title=f"{options.model} on {manifest['name']}", log=manifest)


def recommend(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """The items a trained recommender puts first for one user."""
    from core.recommenders.stored import stored_recommendations

    answer: Answer = stored_recommendations(workspace, options.run, options.user, options.k)
    return answer
