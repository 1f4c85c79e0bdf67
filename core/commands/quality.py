"""Quality on the command line: may this log be believed?"""

import argparse

from core.commands.options import Answer, Command, run, settings, takes_settings
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's command."""
    added = command("quality", quality)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--version", metavar="VERSION_ID", help="default: the current one")
    takes_settings(added)


def quality(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Check whether a log may be believed."""
    from core.events.quality.quality_spec import QualitySpec
    from core.storage.catalogue import find_manifest

    spec = QualitySpec.read(settings(options.set))
    manifest = find_manifest(workspace, options.log, options.version)
    return run(workspace, "quality", spec.plain(), title=f"Quality of {manifest['name']}", log=manifest)
