"""Recognising on the command line: what a file probably is, and what an import would make of it."""

import argparse
from pathlib import Path
from typing import Any

from core.commands.options import Answer, Command, pairs, privacy_of, settings, takes_settings
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("recognise", recognise_file)
    added.add_argument("file", metavar="FILE")
    added.add_argument("--map", action="append", default=[], metavar="ROLE=COLUMN", help="instead of a guess")
    added.add_argument("--privacy", metavar="WORDS|FILE.json", help="show it as an import would store it with this")
    takes_settings(added)
    command("mappings", mappings)
    command("forget-mapping", forget_mapping).add_argument("shape", metavar="SHAPE", help="as `mappings` lists it")


def recognise_file(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Say what a file probably is, which column plays which role, and what an import would make of its first rows."""
    from core.events.preview import preview
    from core.events.recognise import completed, recognise

    path = Path(options.file).resolve()
    given = pairs(options.map, "--map role=column")
    found = recognise(workspace, path)
    mapping = completed(workspace, path, given) if given else found.mapping
    asked: dict[str, Any] = {"files": [str(path)], "mapping": mapping, **settings(options.set)}
    asked |= {"privacy": privacy_of(options.privacy)} if options.privacy else {}
    shown = preview(workspace, asked)
    hides = shown.file_rows is not None
    first_rows = found.first_rows if shown.file_rows is None else shown.file_rows
    return {
        "format": found.format,
        "columns": [
            {"name": name, "kind": kind, "examples": [] if hides else list(examples)}
            for name, kind, examples in found.columns
        ],
        "mapping": mapping,
        "guesses": [
            {
                "role": guess.role, "column": guess.column, "confidence": guess.confidence, "in_words": guess.in_words,
                "reason": guess.reason, "rivals": list(guess.rivals),
            }
            for guess in found.guesses.values()
        ],
        "notes": list(found.notes),
        "doubts": list(found.doubts),
        "first_rows": first_rows.to_dict("records"),
        "preview": {
            "rows": shown.rows.to_dict("records"), "counted": shown.counted,
            "counted_in_words": shown.counted_in_words, "whole": shown.whole, "set_aside": shown.set_aside,
            "facts": shown.facts, "costs": shown.costs, "notes": list(shown.notes), "problem": shown.problem,
        },
    }  # fmt: skip


def mappings(workspace: Workspace, _options: argparse.Namespace) -> Answer:
    """List the mappings kept for files of a known shape; `import --map saved` uses the one that fits."""
    from core.events.saved_mappings import saved_mappings

    return {
        "mappings": [
            {"shape": kept.shape, "title": kept.title, "mapping": kept.mapping, "columns": kept.columns, **kept.time}
            for kept in saved_mappings(workspace)
        ]
    }


def forget_mapping(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Forget a kept mapping."""
    from core.events.saved_mappings import forget_mapping as forget

    forget(workspace, options.shape)
    return mappings(workspace, options)
