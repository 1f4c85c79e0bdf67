"""A causal graph: named nodes, arrows from cause to effect, and nothing that contradicts itself.

A graph is checked once, when it is made; whoever holds a CausalGraph holds a directed acyclic graph whose arrows
respect the time tiers. Roles that the analyst states (treatment, outcome, unmeasured, ...) stand at the nodes; roles
that follow from the arrows (confounder, mediator, ...) are derived (identification/roles.py) and never stored. An edge
is assumed, unless the analyst accepted it from a discovery: then it is learnt.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import networkx as nx

from core.errors import BadSpec, NotFound

# treatment, outcome: the question. unmeasured: exists, but no column holds it. randomised: assigned by chance alone.
# selected: the log holds only units with one value of it (they were selected on it).
ROLES: Final = ("treatment", "outcome", "unmeasured", "randomised", "selected")
PLACED_WITHIN: Final = 1e6


@dataclass(frozen=True)
class Node:
    """One variable: an event, a group of covariates, or something nobody measured.

    tier: its place in time, earlier tiers first; None if unknown. title: in words, empty where the name says it.
    place: where the analyst put it in the picture (x to the right, y down, in pixels); None leaves it to the layout.
    """

    name: str
    roles: tuple[str, ...] = ()
    tier: int | None = None
    title: str = ""
    place: tuple[float, float] | None = None

    @property
    def words(self) -> str:
        """What people read: the title, or the name."""
        return self.title or self.name


@dataclass(frozen=True)
class Learnt:
    """An edge that was accepted from a discovery rather than assumed.

    method: the discoverer's name. stability: share of bootstrap draws that had it. halved: it was learnt from the half
    of the users kept for discovery, so that the other half may estimate with it.
    """

    source: str
    target: str
    method: str
    stability: float | None = None
    halved: bool = False


@dataclass(frozen=True)
class CausalGraph:
    """Nodes and (source, target) edges, checked when made; raises BadSpec with one sentence.

    learnt: of the edges, those that a discovery suggested; all others are assumed.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...] = ()
    learnt: tuple[Learnt, ...] = ()

    def __post_init__(self) -> None:
        _check_nodes(self.nodes)
        _check_edges(self)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(node.name for node in self.nodes)

    @property
    def treatment(self) -> str | None:
        """The name of the treatment, if one is marked."""
        return next(iter(self.having("treatment")), None)

    @property
    def outcome(self) -> str | None:
        """The name of the outcome, if one is marked."""
        return next(iter(self.having("outcome")), None)

    def having(self, role: str) -> tuple[str, ...]:
        """Names of the nodes with a stated role, in order."""
        return tuple(node.name for node in self.nodes if role in node.roles)

    def node(self, name: str) -> Node:
        """The node of that name; raises NotFound with the names there are."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise NotFound(f"The causal graph has no node '{name}'; it has {', '.join(self.names) or 'no nodes at all'}.")

    def directed(self) -> "nx.DiGraph[str]":
        """A fresh networkx copy; nodes carry no attributes."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.names)
        graph.add_edges_from(self.edges)
        return graph

    def question(self) -> tuple[str, str]:
        """(treatment, outcome); raises BadSpec if one is not marked."""
        if self.treatment is None or self.outcome is None:
            missing = "treatment" if self.treatment is None else "outcome"
            raise BadSpec(f"The causal graph marks no {missing}; give one of {', '.join(self.names)} that role.")
        return self.treatment, self.outcome

    def asked(self, treatment: str, outcome: str, unmeasured: Iterable[str] = ()) -> "CausalGraph":
        """The same arrows asked another question; `unmeasured` names are marked besides those that are already."""
        hidden = tuple(unmeasured)
        for name in (treatment, outcome, *hidden):
            self.node(name)
        new_roles = {treatment: "treatment", outcome: "outcome"}

        def roles(node: Node) -> tuple[str, ...]:
            kept = [role for role in node.roles if role not in ("treatment", "outcome")]
            kept += [new_roles[node.name]] if node.name in new_roles else []
            kept += ["unmeasured"] if node.name in hidden and "unmeasured" not in kept else []
            return tuple(kept)

        return CausalGraph(tuple(replace(node, roles=roles(node)) for node in self.nodes), self.edges, self.learnt)

    def plain(self) -> dict[str, Any]:
        """The JSON form: {"nodes": [{"name", "roles", "tier"}], "edges": [{"source", "target"}]}.

        Beside them only what is given: "title" and "place" of nodes, "learnt" of edges.
        """
        learnt = {(edge.source, edge.target): edge for edge in self.learnt}
        return {
            "nodes": [
                {"name": node.name, "roles": list(node.roles), "tier": node.tier}
                | ({"title": node.title} if node.title else {})
                | ({"place": list(node.place)} if node.place else {})
                for node in self.nodes
            ],
            "edges": [
                {"source": source, "target": target}
                | ({"learnt": _told(learnt[source, target])} if (source, target) in learnt else {})
                for source, target in self.edges
            ],
        }


def refuse_backwards(graph: CausalGraph) -> None:
    """Raise BadSpec where the outcome causes the treatment: such a question has no answer, whatever is measured."""
    treatment, outcome = graph.treatment, graph.outcome
    directed = graph.directed()
    if treatment is not None and outcome is not None and nx.has_path(directed, outcome, treatment):
        way = " → ".join(nx.shortest_path(directed, outcome, treatment))
        raise BadSpec(
            f"The outcome {outcome} causes the treatment {treatment} ({way}); turn an edge round or swap them."
        )


def read_plain(value: Any) -> CausalGraph:
    """A graph from its JSON form; raises BadSpec that names the place."""
    if not isinstance(value, Mapping) or not isinstance(value.get("nodes"), list):
        raise BadSpec('A causal graph is {"nodes": [{"name", "roles", "tier"}], "edges": [{"source", "target"}]}.')
    edges = value.get("edges", [])
    if not isinstance(edges, list):
        raise BadSpec('The "edges" of a causal graph are a list of {"source", "target"}.')
    nodes = tuple(_read_node(entry, place) for place, entry in enumerate(value["nodes"], 1))
    ends = tuple(_read_edge(entry, place) for place, entry in enumerate(edges, 1))
    learnt = tuple(_read_learnt(entry) for entry in edges if entry.get("learnt") is not None)
    return CausalGraph(nodes, ends, learnt)


def _read_node(entry: Any, place: int) -> Node:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        raise BadSpec(f'Node {place} of the causal graph has no text "name" (got {str(entry)[:60]}).')
    unknown = set(entry) - {"name", "roles", "tier", "title", "place"}
    if unknown:
        raise BadSpec(
            f"Node '{entry['name']}' has no field '{min(unknown)}'; fields are name, roles, tier, title, place."
        )
    roles, tier, title = entry.get("roles") or [], entry.get("tier"), entry.get("title") or ""
    if not isinstance(roles, list | tuple) or not all(isinstance(role, str) for role in roles):
        raise BadSpec(f"The roles of node '{entry['name']}' are {str(roles)[:60]!r}; they must be a list of names.")
    if not (tier is None or (isinstance(tier, int) and not isinstance(tier, bool))):
        raise BadSpec(f"The tier of node '{entry['name']}' is {str(tier)[:60]!r}; it must be a whole number or null.")
    return Node(entry["name"], tuple(roles), tier, str(title), _read_place(entry))


def _read_place(entry: Mapping[str, Any]) -> tuple[float, float] | None:
    place = entry.get("place")
    if place is None:
        return None
    if not (isinstance(place, list | tuple) and len(place) == 2 and all(_is_coordinate(number) for number in place)):
        raise BadSpec(f"The place of node '{entry['name']}' is {str(place)[:60]!r}; it must be two numbers, [x, y].")
    return float(place[0]), float(place[1])


def _is_coordinate(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < PLACED_WITHIN


def _read_edge(entry: Any, place: int) -> tuple[str, str]:
    ends = (entry.get("source"), entry.get("target")) if isinstance(entry, Mapping) else (None, None)
    if not (isinstance(ends[0], str) and isinstance(ends[1], str)):
        raise BadSpec(f'Edge {place} of the causal graph needs a text "source" and "target" (got {str(entry)[:60]}).')
    kind = entry.get("kind", "directed")  # as `discover` writes its suggestions
    if kind != "directed":
        raise BadSpec(
            f"The edge {ends[0]} → {ends[1]} is {str(kind)[:40]}; direct it first, or draw an unmeasured cause of both."
        )
    return ends[0], ends[1]


def _read_learnt(entry: Mapping[str, Any]) -> Learnt:
    held = entry["learnt"]
    if not isinstance(held, Mapping) or not isinstance(held.get("method"), str):
        raise BadSpec(
            f'The edge {entry["source"]} → {entry["target"]} is "learnt" by no "method" (got {str(held)[:60]}).'
        )
    stability = held.get("stability")
    if not (stability is None or (isinstance(stability, int | float) and 0 <= stability <= 1)):
        raise BadSpec(
            f"The stability of the edge {entry['source']} → {entry['target']} is {str(stability)[:60]}; it is a share "
            "from 0 to 1."
        )
    return Learnt(
        entry["source"], entry["target"], held["method"],
        None if stability is None else float(stability), bool(held.get("halved", False)),
    )  # fmt: skip


def _told(edge: Learnt) -> dict[str, Any]:
    return {"method": edge.method, "stability": edge.stability, "halved": edge.halved}


def _check_nodes(nodes: tuple[Node, ...]) -> None:
    times = Counter(node.name for node in nodes)
    for node in nodes:
        if not node.name.strip():
            raise BadSpec("A node of the causal graph has an empty name; give every node a name.")
        if times[node.name] > 1:
            raise BadSpec(f"The causal graph names '{node.name}' twice; every node needs a name of its own.")
        for role in node.roles:
            if role not in ROLES:
                raise BadSpec(f"Node '{node.name}' has the role '{role}'; roles are {', '.join(ROLES)}.")
        if {"treatment", "outcome"} <= set(node.roles):
            raise BadSpec(f"Node '{node.name}' is both treatment and outcome; these must be two nodes.")
        if "unmeasured" in node.roles and {"treatment", "outcome"} & set(node.roles):
            raise BadSpec(f"Node '{node.name}' is {' and '.join(node.roles)}; treatment and outcome must be measured.")
    for role in ("treatment", "outcome"):
        marked = [node.name for node in nodes if role in node.roles]
        if len(marked) > 1:
            raise BadSpec(f"The causal graph marks {' and '.join(marked)} as {role}; mark exactly one.")


def _check_edges(graph: CausalGraph) -> None:
    nodes = {node.name: node for node in graph.nodes}
    times = Counter(graph.edges)
    for source, target in graph.edges:
        for name in (source, target):
            if name not in nodes:
                raise BadSpec(f"The edge {source} → {target} names '{name}', which is not a node; add it first.")
        if source == target:
            raise BadSpec(f"The edge {source} → {target} is a loop; nothing causes itself at the same moment.")
        if times[source, target] > 1:
            raise BadSpec(f"The edge {source} → {target} is drawn twice; keep one.")
        earlier, later = nodes[source].tier, nodes[target].tier
        if earlier is not None and later is not None and earlier > later:
            raise BadSpec(
                f"The edge {source} → {target} runs against time: tier {earlier} is after tier {later}; turn it round."
            )
        if "randomised" in nodes[target].roles:
            raise BadSpec(
                f"The edge {source} → {target} ends in '{target}', which is randomised: chance alone sets it."
            )
    for edge in graph.learnt:
        if (edge.source, edge.target) not in times:
            raise BadSpec(f"The learnt edge {edge.source} → {edge.target} is none of the graph's edges; draw it first.")
    directed = graph.directed()
    if not nx.is_directed_acyclic_graph(directed):
        cycle = [source for source, _ in nx.find_cycle(directed)]
        raise BadSpec(f"The edges form a cycle: {' → '.join([*cycle, cycle[0]])}; remove one of them.")
