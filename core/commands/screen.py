"""The causal screen and the labels of its pairs on the command line."""

import argparse

from core.commands.options import Answer, Command, run, settings, takes_settings
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("screen", screen)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    takes_settings(added)
    added = command("label-pair", label)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--cause", metavar="EVENT_TYPE")
    added.add_argument("--effect", metavar="EVENT_TYPE")
    added.add_argument("--as", dest="label", metavar="LABEL", help="causal, not causal, unknown, or none to forget it")


def screen(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """What every event type does to every other: raw and adjusted, in one table."""
    from core.effects.screen.spec import ScreenSpec
    from core.events.definitions.references import resolved_spec
    from core.storage.catalogue import find_manifest

    log = find_manifest(workspace, options.log)
    spec = resolved_spec(workspace, options.log, ScreenSpec.read(settings(options.set)))
    return run(workspace, "screen", spec.plain(), title=f"Causal screen of {log['name']}", log=log)


def label(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Label a pair of event types; without a pair, list the labels of the log."""
    from core.effects.screen.labels import forget_label, label_pair, labels_of
    from core.errors import BadSpec
    from core.storage.catalogue import find_manifest

    find_manifest(workspace, options.log)
    named = (options.cause, options.effect, options.label)
    if any(named) and not all(named):
        raise BadSpec("A label needs --cause, --effect and --as; give all three, or none to list the labels.")
    if options.label == "none":
        forget_label(workspace, options.log, options.cause, options.effect)
    elif options.label:
        label_pair(workspace, options.log, options.cause, options.effect, options.label)
    return {"log_id": options.log, "labels": [vars(each) for each in labels_of(workspace, options.log)]}
