"""What every command shares: reading options, and carrying out a run with its progress on standard error."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import BadSpec
from core.storage.workspace import Workspace

Answer = dict[str, Any]
Function = Callable[[Workspace, argparse.Namespace], Answer | None]
Command = Callable[[str, Function], argparse.ArgumentParser]  # adds a command; its help is the docstring's first line


PAIRED = ("--map", "--set", "--observe", "--versus")


def one_each(arguments: Sequence[str]) -> list[str]:
    """The arguments with options of pairs repeated: `--map a=b c=d` becomes `--map a=b --map c=d`.

    argparse could take several itself, but would then take a FILE behind them, too.
    """
    told: list[str] = []
    option = ""
    for text in arguments:
        if text.startswith("-"):
            option = text if text in PAIRED else ""
        elif option and "=" in text and told[-1] != option and not Path(text).exists():
            told.append(option)
        elif not option or told[-1] != option:
            option = ""
        told.append(text)
    return told


def takes_settings(added: argparse.ArgumentParser) -> None:
    """Give a command --set KEY=VALUE."""
    added.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="VALUE is JSON or text")


def run(
    workspace: Workspace, kind: str, spec: dict[str, Any], *, title: str, log: dict[str, Any] | None = None
) -> Answer:
    """Carry out a run in this process, with its progress on standard error."""
    from core.jobs.work import run_here

    pinned = {"log_id": log["log_id"], "version_id": log["version_id"]} if log else {}
    return run_here(workspace, kind, spec, title=title, say=say, **pinned)


def say(share: float, message: str) -> None:
    """Progress, on standard error."""
    print(f"{share:4.0%} {message}", file=sys.stderr, flush=True)


def names(text: str | None) -> list[str] | None:
    """A,B as a list; a name with a comma in it stands in double quotes, as in a CSV file."""
    if text is None:
        return None
    try:
        found = next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        raise BadSpec(f"'{text[:80]}' is no list of names; write A,B and names with commas in double quotes.") from None
    return [name.strip() for name in found if name.strip()]


def pairs(texts: Sequence[str], form: str) -> dict[str, str]:
    """key=value texts as a dict; raises BadSpec that names the form."""
    found = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise BadSpec(f"'{text}' is not of the form {form}.")
        found[key.strip()] = value
    return found


def settings(texts: Sequence[str]) -> dict[str, Any]:
    """--set values: JSON where they parse as JSON, text otherwise."""
    return {key: _json_or_text(value) for key, value in pairs(texts, "--set key=value").items()}


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def json_file(path: Path) -> dict[str, Any]:
    """The one JSON object in a file; raises BadSpec."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSpec(f"There is no file '{path}'.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadSpec(f"'{path.name}' is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise BadSpec(f"'{path.name}' must hold one JSON object.")
    return value


def privacy_of(text: str) -> dict[str, Any]:
    """What --privacy says, in words or in a file."""
    from core.events.privacy.spec import PrivacySpec

    spec = PrivacySpec.read(json_file(Path(text))) if text.endswith(".json") else PrivacySpec.from_words(text)
    return spec.plain()
