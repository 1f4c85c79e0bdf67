"""GML: nodes and edges as nested lists of keys and values. NetworkX knows the grammar; the attributes are ours."""

import re
from typing import Any, Final

import networkx as nx

from core.errors import BadFile
from core.graphs.causal_graph import CausalGraph
from core.graphs.formats.networkx_forms import directed_only, edge_fields, graph_of, node_fields, refuse_a_crowd

LISTS_AT_MOST: Final = 50_000
NODES: Final = re.compile(r"\bnode\s*\[")
LABELLED: Final = re.compile(r"\blabel\s+[\"\d]")


def parse_gml(text: str) -> tuple[CausalGraph, list[str]]:
    """The causal graph of a GML text, with what was left out; raises BadFile, BadSpec."""
    refuse_a_crowd(len(NODES.findall(text)))
    if text.count("[") > LISTS_AT_MOST:
        raise BadFile(f"The GML text has more than {LISTS_AT_MOST:,} lists; that is too large for a causal graph.")
    try:
        found = nx.parse_gml(text, label="label" if LABELLED.search(text) else "id")
    except RecursionError:
        raise BadFile("The graph file nests too deeply to be a causal graph.") from None
    except (nx.NetworkXError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadFile(f"The graph cannot be read as GML: {_first_line(error)}.") from None
    doubled = found.is_multigraph() and found.number_of_edges() > nx.DiGraph(found).number_of_edges()
    directed_only(found.is_directed(), doubled, "GML")
    notes: list[str] = []
    nodes = [(str(name), _with_place(held)) for name, held in found.nodes(data=True)]
    edges = [(str(source), str(target), held) for source, target, held in found.edges(data=True)]
    return graph_of(nodes, edges, notes), notes


def write_gml(graph: CausalGraph) -> str:
    """GML from which the same graph comes back; places stand under `graphics`, where other programs look for them."""
    made: nx.DiGraph[str] = nx.DiGraph()
    for node in graph.nodes:
        held: dict[str, Any] = node_fields(node)
        if node.place:
            held["graphics"] = {"x": held.pop("x"), "y": held.pop("y")}
        made.add_node(node.name, **held)
    learnt = edge_fields(graph)
    for edge in graph.edges:
        made.add_edge(*edge, **learnt.get(edge, {}))
    return "\n".join(nx.generate_gml(made)) + "\n"


def _with_place(held: dict[str, Any]) -> dict[str, Any]:
    graphics = held.get("graphics")
    if not isinstance(graphics, dict):
        return held
    placed = {key: graphics[key] for key in ("x", "y") if key in graphics}
    return {key: value for key, value in held.items() if key not in ("graphics", "id")} | placed


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
