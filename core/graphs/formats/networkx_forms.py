"""What GML, GraphML and NetworkX's node-link JSON have in common: nodes and edges with attributes of simple kinds.

Attributes of ours: roles (joined by commas), tier, title, x and y of nodes; learnt, stability and halved of edges.
Whatever else a file says of its nodes and edges is left out, and said.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from core.errors import BadFile
from core.graphs.causal_graph import CausalGraph, Learnt, Node, read_plain

Held = Mapping[str, Any]
NODE_FIELDS: Final = ("roles", "tier", "title", "x", "y")
NODES_AT_MOST: Final = 2_000
EDGE_FIELDS: Final = ("learnt", "stability", "halved")


def graph_of(
    nodes: Iterable[tuple[str, Held]], edges: Iterable[tuple[str, str, Held]], notes: list[str]
) -> CausalGraph:
    """The causal graph of named nodes and edges with attributes; what is left out is added to the notes."""
    found, drawn = list(nodes), list(edges)
    strange = {key for _, held in found for key in held} - set(NODE_FIELDS)
    strange |= {key for _, _, held in drawn for key in held} - set(EDGE_FIELDS)
    if strange:
        listed = sorted(strange)
        more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
        notes.append(f"Left out, because a causal graph has no place for it: {', '.join(listed[:5])}{more}.")
    return read_plain(
        {
            "nodes": [_node(name, held) for name, held in found],
            "edges": [_edge(source, target, held) for source, target, held in drawn],
        }
    )


def node_fields(node: Node) -> dict[str, str | int | float]:
    """What is written of a node beside its name."""
    held: dict[str, str | int | float] = {"roles": ",".join(node.roles)} if node.roles else {}
    held |= {"tier": node.tier} if node.tier is not None else {}
    held |= {"title": node.title} if node.title else {}
    return held | ({"x": node.place[0], "y": node.place[1]} if node.place else {})


def edge_fields(graph: CausalGraph) -> dict[tuple[str, str], dict[str, str | float | int]]:
    """What is written of each learnt edge."""
    return {(edge.source, edge.target): _learnt_fields(edge) for edge in graph.learnt}


def refuse_a_crowd(nodes: int) -> None:
    """Refuse what nobody could work with, before it is read; raises BadFile."""
    if nodes > NODES_AT_MOST:
        raise BadFile(f"The graph has {nodes:,} nodes; at most {NODES_AT_MOST:,} can be worked with.")


def directed_only(directed: bool, multigraph: bool, kind: str) -> None:
    """Refuse what no causal graph can be; raises BadFile."""
    if not directed or multigraph:
        raise BadFile(f"The {kind} graph is not directed, or joins two nodes twice; a causal graph has single arrows.")


def _learnt_fields(edge: Learnt) -> dict[str, str | float | int]:
    held: dict[str, str | float | int] = {"learnt": edge.method}
    held |= {"stability": edge.stability} if edge.stability is not None else {}
    return held | ({"halved": 1} if edge.halved else {})


def _node(name: str, held: Held) -> dict[str, Any]:
    roles = held.get("roles", "")
    stated = roles if isinstance(roles, list) else [role.strip() for role in str(roles).split(",") if role.strip()]
    x, y = _number(held.get("x"), name, "x"), _number(held.get("y"), name, "y")
    return {
        "name": name,
        "roles": stated,
        "tier": _whole(held.get("tier"), name),
        "title": str(held.get("title") or ""),
        "place": None if x is None or y is None else [x, y],
    }


def _edge(source: str, target: str, held: Held) -> dict[str, Any]:
    if held.get("learnt") in (None, ""):
        return {"source": source, "target": target}
    learnt = {
        "method": str(held["learnt"]),
        "stability": _number(held.get("stability"), f"{source} → {target}", "stability"),
        "halved": str(held.get("halved", 0)).lower() in ("1", "true"),
    }
    return {"source": source, "target": target, "learnt": learnt}


def _number(value: Any, where: str, what: str) -> float | None:
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadFile(f"The {what} of '{where}' is '{str(value)[:40]}'; it must be a number.") from None


def _whole(value: Any, name: str) -> Any:
    """A tier; formats that write large whole numbers as text give them back as text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise BadFile(f"The tier of node '{name}' is '{value[:40]}'; it must be a whole number.") from None
    return value
