"""Causal graphs as files: the ending says the format. Every format but DAGitty keeps names, roles, tiers and titles."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

import networkx as nx

from core.errors import BadFile
from core.graphs.causal_graph import CausalGraph, Node, read_plain
from core.graphs.dot import parse_dot, write_dagitty, write_dot
from core.storage.workspace import write_atomically

BYTES_AT_MOST = 5_000_000


def read_graph(path: Path) -> CausalGraph:
    """The causal graph of a file; raises BadFile with the line where it is known, BadSpec for an impossible graph."""
    if not path.is_file():
        raise BadFile(f"There is no file '{path}'.")
    if path.stat().st_size > BYTES_AT_MOST:
        raise BadFile(f"'{path.name}' is larger than {BYTES_AT_MOST // 1_000_000} MB, too large for a causal graph.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile(f"'{path.name}' is not a text file in UTF-8; save the graph as one of {_endings()}.") from None
    return parse_graph(text, path.suffix)


def write_graph(graph: CausalGraph, path: Path) -> None:
    """Write the graph in the format of the file's ending."""
    write_atomically(path, graph_text(graph, path.suffix))


def parse_graph(text: str, ending: str) -> CausalGraph:
    """The causal graph of a text in the format of a file ending such as ".json"."""
    if not text.strip():
        raise BadFile("The graph file is empty; it needs nodes and edges.")
    return _format(ending).parse(text)


def graph_text(graph: CausalGraph, ending: str) -> str:
    """The graph as text in the format of a file ending."""
    return _format(ending).write(graph)


def _parse_json(text: str) -> CausalGraph:
    try:
        return read_plain(json.loads(text))
    except json.JSONDecodeError as error:
        raise BadFile(f"Line {error.lineno} of the graph is not JSON: {error.msg}.") from None
    except RecursionError:
        raise BadFile("The graph file nests too deeply to be a causal graph.") from None


def _write_json(graph: CausalGraph) -> str:
    return json.dumps(graph.plain(), ensure_ascii=False, indent=1) + "\n"


def _parse_gml(text: str) -> CausalGraph:
    try:
        key = "label" if "label" in text else "id"
        return _from_networkx(nx.parse_gml(text, label=key), "GML")
    except (nx.NetworkXError, ValueError, TypeError, KeyError) as error:
        raise BadFile(f"The graph cannot be read as GML: {_first_line(error)}.") from None


def _write_gml(graph: CausalGraph) -> str:
    return "\n".join(nx.generate_gml(_to_networkx(graph))) + "\n"


def _parse_graphml(text: str) -> CausalGraph:
    try:
        return _from_networkx(nx.parse_graphml(text), "GraphML")
    except (nx.NetworkXError, ParseError, ValueError, TypeError, KeyError) as error:
        raise BadFile(f"The graph cannot be read as GraphML: {_first_line(error)}.") from None


def _write_graphml(graph: CausalGraph) -> str:
    return "\n".join(nx.generate_graphml(_to_networkx(graph))) + "\n"


def _from_networkx(found: "nx.Graph[str]", kind: str) -> CausalGraph:
    if not found.is_directed() or found.is_multigraph():
        raise BadFile(f"The {kind} graph is not directed, or joins two nodes twice; a causal graph has single arrows.")
    nodes = [
        {
            "name": str(name),
            "roles": [role.strip() for role in str(held.get("roles", "")).split(",") if role.strip()],
            "tier": held.get("tier"),
            "title": held.get("title", ""),
        }
        for name, held in found.nodes(data=True)
    ]
    return read_plain({"nodes": nodes, "edges": [{"source": str(a), "target": str(b)} for a, b in found.edges()]})


def _to_networkx(graph: CausalGraph) -> "nx.DiGraph[str]":
    made: nx.DiGraph[str] = nx.DiGraph()
    for node in graph.nodes:
        made.add_node(node.name, **_held(node))
    made.add_edges_from(graph.edges)
    return made


def _held(node: Node) -> dict[str, str | int]:
    held: dict[str, str | int] = {"roles": ",".join(node.roles)} if node.roles else {}
    held |= {"tier": node.tier} if node.tier is not None else {}
    return held | ({"title": node.title} if node.title else {})


@dataclass(frozen=True)
class Format:
    """How one kind of text becomes a graph, and back."""

    title: str
    parse: Callable[[str], CausalGraph]
    write: Callable[[CausalGraph], str]


FORMATS: dict[str, Format] = {
    ".json": Format("JSON", _parse_json, _write_json),
    ".dot": Format("DOT", parse_dot, write_dot),
    ".dagitty": Format("DAGitty", parse_dot, write_dagitty),
    ".gml": Format("GML", _parse_gml, _write_gml),
    ".graphml": Format("GraphML", _parse_graphml, _write_graphml),
}


def _format(ending: str) -> Format:
    if ending.lower() not in FORMATS:
        raise BadFile(f"A causal graph cannot end in '{ending}'; give one of {_endings()}.")
    return FORMATS[ending.lower()]


def _endings() -> str:
    return ", ".join(FORMATS)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
