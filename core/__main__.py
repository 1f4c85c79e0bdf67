"""The same jobs without a browser: `python -m core COMMAND ...`.

With --json, exactly one JSON object goes to standard output; progress and messages go to standard error. Bad input
exits with 2 and one sentence. A run that was killed resumes with `python -m core work RUN_ID`.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from core.commands import (
    benefits,
    cleaning,
    data,
    definitions,
    discover,
    features,
    graphs,
    jobs,
    models,
    patterns,
    privacy,
    quality,
    query,
    recognise,
    screen,
    studies,
    study,
)
from core.commands.options import Function, one_each
from core.errors import Cancelled, WhypathError
from core.storage.workspace import Workspace, jsonable

SECTIONS = (
    data,
    recognise,
    quality,
    cleaning,
    query,
    privacy,
    definitions,
    features,
    graphs,
    discover,
    patterns,
    study,
    studies,
    benefits,
    screen,
    models,
    jobs,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; returns the exit status: 0, 2 for bad input, 130 for a cancelled run."""
    options = _parser().parse_args(one_each(sys.argv[1:] if arguments is None else arguments))
    try:
        answer = options.command(Workspace.default(), options)
    except Cancelled as error:
        print(error, file=sys.stderr)
        return 130
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except WhypathError as error:
        print(error, file=sys.stderr)
        return 2
    if answer is not None:
        text = json.dumps(jsonable(answer), ensure_ascii=False, indent=None if options.json else 2)
        print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Whypath without a browser.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Function) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=(function.__doc__ or "").splitlines()[0], description=function.__doc__)
        added.set_defaults(command=function)
        added.add_argument("--json", action="store_true", help="print one JSON object on one line")
        return added

    for section in SECTIONS:
        section.add(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
