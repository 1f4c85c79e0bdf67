"""Causal graphs as files: the ending says the format, and what a format cannot hold is said."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import BadFile
from core.graphs.causal_graph import CausalGraph
from core.graphs.formats.dot_dialects import parse_dot, write_dagitty, write_dot
from core.graphs.formats.gml import parse_gml, write_gml
from core.graphs.formats.graphml import parse_graphml, write_graphml
from core.graphs.formats.networkx_forms import refuse_a_crowd
from core.graphs.formats.node_link import parse_json, write_json, write_node_link
from core.storage.workspace import write_atomically

BYTES_AT_MOST: Final = 5_000_000
R_CALL: Final = re.compile(
    r"\A(?:[\w.]+\s*(?:<-|=)\s*)?(?:dagitty(?:::dagitty)?)\s*\(\s*(['\"])(.*)\1\s*\)\s*\Z", re.DOTALL
)


@dataclass(frozen=True)
class Format:
    """How one kind of text becomes a graph (with what was left out), and back; lacks: what it has no place for."""

    title: str
    parse: Callable[[str], tuple[CausalGraph, list[str]]]
    write: Callable[[CausalGraph], str]
    lacks: tuple[str, ...] = ()


def _parse_dagitty(text: str) -> tuple[CausalGraph, list[str]]:
    """DAGitty code, also inside R's `dagitty('...')`."""
    inside = R_CALL.match(text.strip())
    return parse_dot(inside[2] if inside else text)


FORMATS: Final[dict[str, Format]] = {
    ".json": Format("JSON", parse_json, write_json),
    ".dagitty": Format(
        "DAGitty code", _parse_dagitty, write_dagitty, ("tiers", "titles", "learnt edges", "randomised nodes")
    ),
    ".dot": Format("DOT (Graphviz)", parse_dot, write_dot),
    ".gml": Format("GML", parse_gml, write_gml),
    ".graphml": Format("GraphML", parse_graphml, write_graphml),
    ".nodelink": Format("NetworkX node-link JSON", parse_json, write_node_link),
}
ALSO: Final = {".gv": ".dot", ".xml": ".graphml"}


def read_graph(path: Path) -> CausalGraph:
    """The causal graph of a file; raises BadFile with the line where it is known, BadSpec for an impossible graph."""
    return read_noting(path)[0]


def read_noting(path: Path, ending: str | None = None) -> tuple[CausalGraph, list[str]]:
    """The causal graph of a file, and what of the file it does not hold; ending: where its name does not tell."""
    if not path.is_file():
        raise BadFile(f"There is no file '{path}'.")
    if path.stat().st_size > BYTES_AT_MOST:
        raise BadFile(f"'{path.name}' is larger than {BYTES_AT_MOST // 1_000_000} MB, too large for a causal graph.")
    return parse_noting(decoded(path.read_bytes(), path.name), ending or path.suffix)


def decoded(content: bytes, name: str) -> str:
    """The text of a graph file; raises BadFile."""
    if len(content) > BYTES_AT_MOST:
        raise BadFile(f"'{name}' is larger than {BYTES_AT_MOST // 1_000_000} MB, too large for a causal graph.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile(f"'{name}' is not a text file in UTF-8; save the graph as one of {_endings()}.") from None


def write_graph(graph: CausalGraph, path: Path) -> None:
    """Write the graph in the format of the file's ending."""
    write_atomically(path, graph_text(graph, path.suffix))


def parse_graph(text: str, ending: str) -> CausalGraph:
    """The causal graph of a text in the format of a file ending such as ".json"."""
    return parse_noting(text, ending)[0]


def parse_noting(text: str, ending: str) -> tuple[CausalGraph, list[str]]:
    """The causal graph of a text, and what of the text it does not hold."""
    if not text.strip():
        raise BadFile("The graph file is empty; it needs nodes and edges.")
    graph, notes = format_of(ending).parse(text)
    refuse_a_crowd(len(graph.nodes))
    return graph, notes


def graph_text(graph: CausalGraph, ending: str) -> str:
    """The graph as text in the format of a file ending."""
    return format_of(ending).write(graph)


def lost_in(graph: CausalGraph, ending: str) -> list[str]:
    """What this graph has that the format of an ending has no place for, one sentence each."""
    there = {
        "tiers": sum(node.tier is not None for node in graph.nodes),
        "titles": sum(bool(node.title) for node in graph.nodes),
        "learnt edges": len(graph.learnt),
        "randomised nodes": len(graph.having("randomised")),
    }
    form = format_of(ending)
    return [
        f"{form.title} has no place for {what}; {there[what]:,} were left out." for what in form.lacks if there[what]
    ]


def guessed_ending(text: str) -> str:
    """The ending of the format in which a pasted text is written, as far as its first words tell."""
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return ".json"
    if start.startswith("<"):
        return ".graphml"
    if re.match(r"(strict\s+)?digraph\b", start, re.IGNORECASE):
        return ".dot"
    if re.match(r"(graph\s*\[|Creator\b|Version\b|comment\b|node\s*\[|directed\b)", start, re.IGNORECASE):
        return ".gml"
    return ".dagitty"


def format_of(ending: str) -> Format:
    """The format of a file ending; raises BadFile."""
    known = ALSO.get(ending.lower(), ending.lower())
    if known not in FORMATS:
        raise BadFile(f"A causal graph cannot end in '{ending}'; give one of {_endings()}.")
    return FORMATS[known]


def _endings() -> str:
    return ", ".join(FORMATS)
