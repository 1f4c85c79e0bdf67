"""The graphs that belong to a log: each has a name and versions, every one of which can be opened again.

A version is a stored graph (core.storage.catalogue.keep_graph: its id is its content's hash, so a question or a link
that names it means the same for ever) with when it was saved, why, and what changed. Writing is atomic; deleting a log
drops its graphs. The draft is the last graph that somebody worked on and did not save.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from core.errors import BadSpec, NotFound
from core.graphs.causal_graph import CausalGraph, read_plain
from core.storage import shelf
from core.storage.catalogue import find_graph, keep_graph, now_text
from core.storage.workspace import Workspace

SHELF: Final = "graphs"
DRAFTS: Final = "graph drafts"
LAST: Final = "last"
LONGEST_NAME: Final = 80
VERSIONS_AT_MOST: Final = 500
CHANGES_SAID: Final = 6


@dataclass(frozen=True)
class GraphVersion:
    """One saved state of a graph. changed: against the version before it, in words; "" for the first."""

    graph_id: str
    saved_at: str
    note: str
    nodes: int
    edges: int
    changed: str


@dataclass(frozen=True)
class KeptGraph:
    """A named graph of a log, its versions from the oldest to the newest."""

    name: str
    versions: tuple[GraphVersion, ...]

    @property
    def newest(self) -> GraphVersion:
        return self.versions[-1]


def graphs_of(workspace: Workspace, log_id: str) -> list[KeptGraph]:
    """The graphs of a log, the one saved last first."""
    found = [_read(name, body) for name, body in shelf.kept(workspace, SHELF, log_id=log_id).items()]
    return sorted(found, key=lambda kept: kept.newest.saved_at, reverse=True)


def graph_named(workspace: Workspace, log_id: str, name: str) -> KeptGraph:
    """One graph of a log; raises NotFound with the names there are."""
    kept = {each.name: each for each in graphs_of(workspace, log_id)}
    if name not in kept:
        known = f"the graphs are {', '.join(kept)}" if kept else "none is kept yet"
        raise NotFound(f"This log has no graph '{name[:80]}'; {known}.")
    return kept[name]


def whose_version(workspace: Workspace, log_id: str, graph_id: str) -> tuple[KeptGraph, int] | None:
    """The named graph of which this is a version, and its number from 1 (the newest of that content), if any is."""
    for kept in graphs_of(workspace, log_id):
        numbers = [number for number, version in enumerate(kept.versions, 1) if version.graph_id == graph_id]
        if numbers:
            return kept, numbers[-1]
    return None


def open_graph(workspace: Workspace, graph_id: str) -> CausalGraph:
    """A stored graph by its id; raises NotFound."""
    return read_plain(find_graph(workspace, graph_id))


def store(workspace: Workspace, log_id: str, graph: CausalGraph, name: str = "") -> str:
    """Give a graph its id, so that links and questions can name it, without keeping it in the library."""
    return keep_graph(workspace, graph.plain(), name=name, log_id=log_id)


def save(workspace: Workspace, log_id: str, name: str, graph: CausalGraph, *, note: str = "") -> GraphVersion:
    """Save the graph as the next version under this name; where nothing changed, the newest version stands.

    Raises BadSpec for a name that is empty or too long, and for a graph without nodes.
    """
    name = _checked(name)
    if not graph.nodes:
        raise BadSpec("The graph is empty; add a variable before it is saved.")
    graph_id = store(workspace, log_id, graph, name)

    def add(body: dict[str, Any] | None) -> dict[str, Any]:
        versions = list(body["versions"]) if body else []
        if versions and versions[-1]["graph_id"] == graph_id:
            return {"versions": versions}
        if len(versions) >= VERSIONS_AT_MOST:
            raise BadSpec(f"The graph '{name}' has {VERSIONS_AT_MOST} versions already; save it under another name.")
        before = open_graph(workspace, versions[-1]["graph_id"]) if versions else None
        made = GraphVersion(
            graph_id, now_text(), note.strip()[:200], len(graph.nodes), len(graph.edges),
            "" if before is None else changes(before, graph),
        )  # fmt: skip
        return {"versions": [*versions, asdict(made)]}

    return _read(name, shelf.change(workspace, SHELF, name, add, log_id=log_id)).newest


def restore(workspace: Workspace, log_id: str, name: str, number: int) -> GraphVersion:
    """Make an old version the newest again, as a version of its own; raises NotFound."""
    kept = graph_named(workspace, log_id, name)
    if not 1 <= number <= len(kept.versions):
        raise NotFound(f"The graph '{name}' has no version {number}; it has {len(kept.versions)}.")
    graph = open_graph(workspace, kept.versions[number - 1].graph_id)
    return save(workspace, log_id, name, graph, note=f"version {number} again")


def rename(workspace: Workspace, log_id: str, name: str, new: str) -> str:
    """Give a graph another name and return it; raises NotFound, BadSpec if the name is taken or no name."""
    graph_named(workspace, log_id, name)
    return shelf.rename(workspace, SHELF, name, _checked(new), log_id=log_id)


def duplicate(workspace: Workspace, log_id: str, name: str) -> str:
    """Start another graph from the newest version of this one; returns its name."""
    kept = graph_named(workspace, log_id, name)
    taken = {each.name for each in graphs_of(workspace, log_id)}
    new = free_name(f"{name[: LONGEST_NAME - 8]} copy", taken)
    save(workspace, log_id, new, open_graph(workspace, kept.newest.graph_id), note=f"copy of {name}")
    return new


def delete(workspace: Workspace, log_id: str, name: str) -> None:
    """Take a graph and its versions out of the library; questions that use one of them keep it. Raises NotFound."""
    graph_named(workspace, log_id, name)
    shelf.take_off(workspace, SHELF, name, log_id=log_id)


def free_name(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken."""
    tried, number = name, 2
    while tried in taken:
        tried, number = f"{name} {number}", number + 1
    return tried


def keep_draft(workspace: Workspace, log_id: str, graph_id: str, name: str) -> None:
    """Note the graph that was worked on last; name: the graph of the library that it began as, or ""."""
    shelf.keep(workspace, DRAFTS, LAST, {"graph_id": graph_id, "name": name, "at": now_text()}, log_id=log_id)


def draft_of(workspace: Workspace, log_id: str) -> dict[str, Any] | None:
    """The graph that was worked on last, as {"graph_id", "name", "at"}, unless it has been saved since."""
    found = shelf.kept(workspace, DRAFTS, log_id=log_id).get(LAST)
    return None if found is None or whose_version(workspace, log_id, found["graph_id"]) else found


def changes(before: CausalGraph, after: CausalGraph) -> str:
    """What became of a graph, in words: "+ intent → buy; − age; search is now treatment"."""
    old, new = ({node.name: node for node in graph.nodes} for graph in (before, after))
    said = [f"+ {name}" for name in new if name not in old]
    said += [f"− {name}" for name in old if name not in new]
    turned = [edge for edge in after.edges if edge not in before.edges and edge[::-1] in before.edges]
    said += [f"{source} → {target} turned round" for source, target in turned]
    said += [
        f"+ {source} → {target}"
        for source, target in after.edges
        if (source, target) not in before.edges and (source, target) not in turned
    ]
    said += [
        f"− {source} → {target}"
        for source, target in before.edges
        if (source, target) not in after.edges and (target, source) not in turned and {source, target} <= set(new)
    ]
    both = [name for name in new if name in old]
    said += [f"{name} is {_roles(new[name].roles)}" for name in both if set(new[name].roles) != set(old[name].roles)]
    said += [f"{name} in tier {new[name].tier}" for name in both if new[name].tier != old[name].tier]
    said += ["titles"] if any(new[name].title != old[name].title for name in both) else []
    said += ["places"] if any(new[name].place != old[name].place for name in both) else []
    said += ["what was learnt"] if set(before.learnt) != set(after.learnt) and before.edges == after.edges else []
    more = len(said) - CHANGES_SAID
    return "; ".join(said[:CHANGES_SAID]) + (f"; and {more} more" if more > 0 else "")


def _roles(roles: tuple[str, ...]) -> str:
    return f"now {' and '.join(roles)}" if roles else "without a role now"


def _checked(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy or not tidy.isprintable():
        raise BadSpec("Give the graph a name of letters that can be read.")
    if len(tidy) > LONGEST_NAME:
        raise BadSpec(f"The name of a graph has {LONGEST_NAME} characters at most; this one has {len(tidy)}.")
    return tidy


def _read(name: str, body: Mapping[str, Any]) -> KeptGraph:
    return KeptGraph(name, tuple(GraphVersion(**version) for version in body["versions"]))
