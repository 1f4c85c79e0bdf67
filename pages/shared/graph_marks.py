"""What the graph says, in the form that the editor draws."""

from collections.abc import Collection

from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.answer import Identification
from core.graphs.identification.explain import explain
from pages.components.graph_editor.shown import Marks


def marks(graph: CausalGraph, found: Identification | None, adjusted: Collection[str]) -> Marks:
    """Coloured paths, derived roles with their sentence, and what is adjusted for; nothing without a question."""
    if found is None:
        return Marks()
    told = explain(graph, found, adjusted)
    return Marks(told.edges, found.derived_roles, told.sentences, frozenset(adjusted))
