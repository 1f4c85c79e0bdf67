"""Reads what the browser sent as if anybody could have sent it: an Edit, or BadSpec with one sentence.

Nothing is taken over unread. Names, titles, roles, tiers and places are read by core.graphs.causal_graph, which also
refuses cycles, loops, twins and edges against time; here stand the limits of the editor itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import BadSpec
from core.graphs.causal_graph import ROLES, CausalGraph, read_plain
from pages.components.graph_editor.shown import Suggested

KINDS: Final = ("change", "accept", "dismiss")
MOST_NODES, MOST_EDGES = 200, 5000
LONGEST_NAME, LONGEST_TITLE = 80, 200
FURTHEST_TIER = 1000


@dataclass(frozen=True)
class Edit:
    """One change that was made in the browser and holds.

    graph: after the change. kind: "change", "accept" (a suggested edge, now among graph.learnt) or "dismiss" (a
    suggested edge the analyst does not want; the graph is as it was). suggestion: which one, of the last two.
    """

    graph: CausalGraph
    kind: str = "change"
    suggestion: Suggested | None = None


def read_edit(value: Any, now: CausalGraph, suggestions: Sequence[Suggested] = ()) -> Edit:
    """The edit that `value` (from the browser) makes of the graph `now`; raises BadSpec."""
    if not isinstance(value, Mapping) or value.get("kind") not in KINDS:
        raise BadSpec(f"The editor sent something that is no edit ({str(value)[:60]}); draw the change again.")
    kind = str(value["kind"])
    chosen = None if kind == "change" else _suggestion(value, suggestions)
    if kind == "dismiss":
        return Edit(now, kind, chosen)
    graph = _graph(value.get("graph"), now)
    if chosen is not None and not _is_drawn(chosen, graph):
        raise BadSpec(
            f"The suggested edge {chosen.source} → {chosen.target} was accepted but is not drawn; draw it by hand."
        )
    return Edit(graph, kind, chosen)


def _graph(value: Any, now: CausalGraph) -> CausalGraph:
    if isinstance(value, Mapping):
        _refuse_too_many(value.get("nodes"), MOST_NODES, "variables")
        _refuse_too_many(value.get("edges"), MOST_EDGES, "edges")
    graph = read_plain(value)
    known = {(node.name, node.title) for node in now.nodes}
    for node in graph.nodes:
        if (node.name, node.title) not in known:
            _check_words(node.name, LONGEST_NAME, "name", now.names)
            _check_words(node.title, LONGEST_TITLE, "title", [each.title for each in now.nodes])
        if len(set(node.roles)) < len(node.roles) or len(node.roles) > len(ROLES):
            raise BadSpec(f"Node '{node.name}' has a role twice ({', '.join(node.roles)[:60]}); once is enough.")
        if node.tier is not None and abs(node.tier) > FURTHEST_TIER:
            raise BadSpec(f"The tier of node '{node.name}' is {node.tier}; tiers go from −1000 to 1000.")
    for edge in graph.learnt:
        _check_words(edge.method, LONGEST_NAME, "method", [each.method for each in now.learnt])
    return graph


def _refuse_too_many(entries: Any, most: int, what: str) -> None:
    if isinstance(entries, list) and len(entries) > most:
        raise BadSpec(f"The picture has {len(entries):,} {what}; the editor takes {most:,}: leave some out.")


def _check_words(words: str, longest: int, what: str, known: Collection[str]) -> None:
    """Words that were there before the edit are not this edit's fault."""
    if words in known:
        return
    if len(words) > longest:
        raise BadSpec(f"The {what} '{words[:40]}…' has {len(words):,} characters; keep it within {longest}.")
    if words != words.strip() or not words.isprintable():
        raise BadSpec(f"The {what} {words[:40]!r} has spaces around it or signs that cannot be seen; leave them out.")


def _suggestion(value: Mapping[str, Any], suggestions: Sequence[Suggested]) -> Suggested:
    ends = (value.get("source"), value.get("target"))
    for each in suggestions:
        if (each.source, each.target) == ends:
            return each
    raise BadSpec(f"No edge {str(ends[0])[:40]} → {str(ends[1])[:40]} is suggested any more; draw it by hand.")


def _is_drawn(suggestion: Suggested, graph: CausalGraph) -> bool:
    """Whether the graph ties the two: by an edge, or by a common cause where a hidden one was suggested."""
    source, target = suggestion.source, suggestion.target
    if (source, target) in graph.edges or (suggestion.kind != "directed" and (target, source) in graph.edges):
        return True
    causes = {name: {cause for cause, effect in graph.edges if effect == name} for name in (source, target)}
    return suggestion.kind == "bidirected" and bool(causes[source] & causes[target] & set(graph.having("unmeasured")))
