"""A template graph from time tiers: what comes before the treatment may cause everything after it.

The template is the honest default when nothing else is known: every group of covariates measured before time zero is
drawn as a cause of both treatment and outcome. Arrows within the first tier are left out; they would change no answer,
because every group is adjusted for anyway.
"""

from collections.abc import Iterable, Sequence

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Node

BEFORE, TREATMENT, AFTER = 0, 1, 2


def graph_from_tiers(
    groups: Sequence[tuple[str, str]], treatment: str, outcome: str, unmeasured: Iterable[str] = ()
) -> CausalGraph:
    """The template graph: every group → treatment and outcome, treatment → outcome.

    groups: (name, title) of what is measured before time zero. unmeasured: names among the groups that no column holds,
    or further names, which are added as unmeasured causes of both. Raises BadSpec.
    """
    hidden = tuple(dict.fromkeys(unmeasured))
    for name in (treatment, outcome):
        if name in {group for group, _ in groups} | set(hidden):
            raise BadSpec(f"'{name}' is asked about, so it cannot also be a cause before it; rename that group.")
    known = {name for name, _ in groups}
    before = [*groups, *((name, "") for name in hidden if name not in known)]
    nodes = (
        *(Node(name, ("unmeasured",) if name in hidden else (), BEFORE, title) for name, title in before),
        Node(treatment, ("treatment",), TREATMENT),
        Node(outcome, ("outcome",), AFTER),
    )
    edges = [(name, target) for name, _ in before for target in (treatment, outcome)]
    return CausalGraph(nodes, (*edges, (treatment, outcome)))
