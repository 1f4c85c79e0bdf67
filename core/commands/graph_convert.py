"""`graph convert IN OUT`: a causal graph from one format to another; what is lost on the way is said."""

import argparse
import sys
import warnings
from pathlib import Path

from core.commands.options import Answer, Command
from core.errors import BadFile, BadSpec
from core.graphs.causal_graph import CausalGraph
from core.storage.workspace import Workspace

PICTURES = (".svg", ".png")


def add(action: Command) -> None:
    """Add the action."""
    added = action("convert", convert)
    added.add_argument("file", metavar="IN", help="a graph file, or - for standard input with --from")
    added.add_argument("out", metavar="OUT", help="where to; its ending is the format. - prints it, with --to")
    added.add_argument(
        "--from", dest="read_as", metavar=".ENDING", help="the format of IN, where its name does not tell"
    )
    added.add_argument(
        "--to", dest="write_as", metavar=".ENDING", help="the format of OUT, where its name does not tell"
    )


def convert(workspace: Workspace, options: argparse.Namespace) -> Answer | None:
    """Write a causal graph in another format, or as a picture (.svg, .png)."""
    from core.graphs.formats.text_formats import lost_in

    graph, notes = _read(options)
    ending = _ending(options.out, options.write_as, "--to")
    if ending not in PICTURES:
        notes = [*notes, *lost_in(graph, ending)]
    with warnings.catch_warnings(record=True) as missing:
        warnings.filterwarnings("always", message="Glyph")
        made = _made(graph, ending)
    if missing:
        notes = [*notes, "The font of the picture lacks some characters of the names; a .svg shows them all."]
    if options.out == "-":
        if isinstance(made, bytes):
            raise BadSpec("A PNG is no text; give it a file instead of '-'.")
        if not options.json:
            sys.stderr.writelines(f"{note}\n" for note in notes)
            sys.stdout.write(made)
            return None
    else:
        _write(made, Path(options.out))
    answer = {"file": options.out, "nodes": len(graph.nodes), "edges": len(graph.edges), "notes": notes}
    return answer | ({"text": made} if options.out == "-" else {})


def _read(options: argparse.Namespace) -> tuple[CausalGraph, list[str]]:
    from core.graphs.formats.text_formats import BYTES_AT_MOST, decoded, guessed_ending, parse_noting, read_noting

    if options.file == "-":
        text = decoded(sys.stdin.buffer.read(BYTES_AT_MOST + 1), "standard input")
        return parse_noting(text, _ending("-", options.read_as, "--from") if options.read_as else guessed_ending(text))
    return read_noting(Path(options.file), _ending(options.file, options.read_as, "--from"))


def _made(graph: CausalGraph, ending: str) -> str | bytes:
    from core.figures.picture import png, svg
    from core.graphs.formats.text_formats import graph_text

    if ending == ".svg":
        return svg(graph)
    return png(graph) if ending == ".png" else graph_text(graph, ending)


def _ending(name: str, stated: str | None, option: str) -> str:
    if stated:
        return "." + stated.lower().removeprefix(".")
    if name == "-" or not Path(name).suffix:
        raise BadSpec(f"Say the format, as in {option} .dagitty, because '{name}' has no ending.")
    return Path(name).suffix.lower()


def _write(made: str | bytes, path: Path) -> None:
    from core.storage.workspace import write_atomically

    try:
        write_atomically(path, made)
    except OSError as error:
        raise BadFile(f"'{path}' cannot be written: {(error.strerror or str(error)).lower()}.") from None
