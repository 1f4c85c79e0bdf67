"""Graphs as JSON: our own form, and NetworkX's node-link form ({"directed", "nodes": [{"id"}], "links" or "edges"})."""

import json
from typing import Any

from core.errors import BadFile
from core.graphs.causal_graph import CausalGraph, read_plain
from core.graphs.formats.networkx_forms import directed_only, edge_fields, graph_of, node_fields, refuse_a_crowd


def parse_json(text: str) -> tuple[CausalGraph, list[str]]:
    """The causal graph of a JSON text in either form, with what was left out; raises BadFile, BadSpec."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadFile(f"Line {error.lineno}, column {error.colno} of the graph is not JSON: {error.msg}.") from None
    except (RecursionError, ValueError):
        raise BadFile("The graph file nests too deeply, or holds too long a number, to be a causal graph.") from None
    if isinstance(value, dict) and isinstance(value.get("nodes"), list):
        refuse_a_crowd(len(value["nodes"]))
    if isinstance(value, dict) and _is_node_link(value):
        notes: list[str] = []
        return _of_node_link(value, notes), notes
    return read_plain(value), []


def write_json(graph: CausalGraph) -> str:
    """Our own form, which holds everything."""
    return json.dumps(graph.plain(), ensure_ascii=False, indent=1) + "\n"


def write_node_link(graph: CausalGraph) -> str:
    """What `networkx.node_link_graph(..., edges="edges")` reads."""
    learnt = edge_fields(graph)
    made = {
        "directed": True,
        "multigraph": False,
        "graph": {},
        "nodes": [{"id": node.name, **node_fields(node)} for node in graph.nodes],
        "edges": [{"source": edge[0], "target": edge[1], **learnt.get(edge, {})} for edge in graph.edges],
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _is_node_link(value: dict[str, Any]) -> bool:
    if "directed" in value or "links" in value:
        return True
    nodes = value.get("nodes")
    return isinstance(nodes, list) and any(isinstance(each, dict) and "id" in each for each in nodes)


def _of_node_link(value: dict[str, Any], notes: list[str]) -> CausalGraph:
    nodes, edges = value.get("nodes"), value.get("links", value.get("edges"))
    if not _are_objects(nodes, "id") or not _are_objects(edges, "source", "target"):
        raise BadFile('A node-link graph is {"directed": true, "nodes": [{"id"}], "links": [{"source", "target"}]}.')
    directed_only(value.get("directed") is True, bool(value.get("multigraph")), "node-link")
    assert isinstance(nodes, list) and isinstance(edges, list)
    return graph_of(
        [(str(node["id"]), _without(node, "id")) for node in nodes],
        [(str(edge["source"]), str(edge["target"]), _without(edge, "source", "target")) for edge in edges],
        notes,
    )


def _are_objects(entries: Any, *keys: str) -> bool:
    return isinstance(entries, list) and all(
        isinstance(entry, dict) and all(isinstance(entry.get(key), str | int) for key in keys) for entry in entries
    )


def _without(entry: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}
