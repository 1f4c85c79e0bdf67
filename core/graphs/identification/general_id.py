"""The general identification algorithm: an effect as an expression of measured probabilities, or what is in its way.

Complete for what unmeasured causes leave open: where it finds no expression, none exists, and a hedge says why
(Tian, Pearl 2002; Shpitser, Pearl 2006; Huang, Valtorta 2006). With Q[S] for P(S | do(everything else)):
P(y | do(x)) sums the product of Q[D] over the c-components D of what causes y once x is set, and each Q[D] is cut out
of the Q of its c-component in the whole graph: in turn, what does not cause D is summed out and D's c-component kept.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.estimand import Estimand, Hedge, LateSelection
from core.graphs.identification.probability import Expression, Probability, free, mentioned, product, summed
from core.graphs.identification.projection import MixedGraph, places, projected
from core.graphs.identification.simplify import simplified

LEAN_AT_MOST = 12  # nodes beside the question; each is a further attempt


@dataclass(frozen=True)
class _Blocked:
    """A hedge as bits."""

    whole: int
    part: int


def identify_generally(graph: CausalGraph) -> Estimand | None:
    """P(outcome | do(treatment)) of the marked question; None where nothing measured tells it: see `reason_against`.

    Raises BadSpec if the question is not marked.
    """
    treatment, outcome = graph.question()
    found = identify_jointly(graph, [outcome], [treatment])
    return found if isinstance(found, Estimand) else None


def hedge_of(graph: CausalGraph) -> Hedge | None:
    """What is in the way of the marked question; None if it is identifiable, or if selection rules it out."""
    treatment, outcome = graph.question()
    found = identify_jointly(graph, [outcome], [treatment])
    return found if isinstance(found, Hedge) else None


def reason_against(graph: CausalGraph) -> str:
    """One sentence on why `identify_generally` says None; empty where it does not."""
    treatment, outcome = graph.question()
    found = identify_jointly(graph, [outcome], [treatment])
    return "" if isinstance(found, Estimand) else found.sentence


def identify_jointly(
    graph: CausalGraph, outcomes: Iterable[str], treatments: Iterable[str], given: Iterable[str] = ()
) -> Estimand | Hedge | LateSelection:
    """P(outcomes | do(treatments), given) over the measured nodes of a causal graph, or what is in the way.

    Selected nodes: the log tells P(· | selected), and the answer is the effect among the selected. Selection leaves all
    mechanisms alone but those of its causes, which it ties together: the graph gets one more unmeasured cause of these,
    and loses the selected nodes. That is sound; it may miss expressions that need more than P(· | selected). Where a
    treatment is itself a cause of the selection, or a selected node is asked about, there is no answer.
    Raises NotFound for an unknown name, BadSpec for one that is unmeasured or in two of the three roles.
    """
    asked = tuple(outcomes), tuple(treatments), tuple(given)
    for name in (name for part in asked for name in part):
        graph.node(name)
    selected = graph.having("selected")
    full = graph.directed()
    hidden = set(graph.having("unmeasured")) - set(selected)
    if selected:
        late = [name for name in selected if {name, *nx.ancestors(full, name)} & {*asked[1]} or name in asked[0]]
        if late:
            return LateSelection(late[0], asked[1])
        asked = asked[0], asked[1], tuple(name for name in asked[2] if name not in selected)
        behind = set().union(*(nx.ancestors(full, name) for name in selected)) - set(selected)
        tie = f"the selection on {', '.join(selected)}"
        hidden.add(tie)
        full.add_edges_from((tie, name) for name in behind)
        full.remove_nodes_from(selected)
    relevant = {name for ends in asked for end in ends if end in full for name in (end, *nx.ancestors(full, end))}
    full.remove_nodes_from([name for name in full if name not in relevant])
    mixed, shared = projected(full, hidden)
    found = _answered(mixed, *asked)
    if isinstance(found, _Blocked):
        return _told(found, mixed, mixed.bits(asked[1]), shared, full)
    return Estimand(mixed.names, *asked, found, selected)


def identify_effect(
    directed: Iterable[tuple[str, str]],
    bidirected: Iterable[tuple[str, str]],
    outcomes: Iterable[str],
    treatments: Iterable[str],
    given: Iterable[str] = (),
) -> Estimand | Hedge:
    """P(outcomes | do(treatments), given) in a graph of measured nodes, or what stands in the way.

    bidirected: pairs that share an unmeasured cause. given: what is observed, not set (the algorithm IDC of Shpitser,
    Pearl 2006). A name that no edge has is a node of its own. Raises BadSpec for a cycle, or a node in two roles.
    """
    arrows, arcs, asked = list(directed), list(bidirected), [tuple(part) for part in (outcomes, treatments, given)]
    names = dict.fromkeys(name for pair in (*arrows, *arcs, *asked) for name in pair)
    graph = MixedGraph.of(names, arrows, arcs)
    found = _answered(graph, *asked)
    if isinstance(found, _Blocked):
        return _told(found, graph, graph.bits(asked[1]))
    return Estimand(graph.names, asked[0], asked[1], asked[2], found)


def _answered(
    graph: MixedGraph, ends: Collection[str], doing: Collection[str], held: Collection[str]
) -> Expression | _Blocked:
    """The expression for a question by names."""
    outcomes, treatments, given = graph.bits(ends), graph.bits(doing), graph.bits(held)
    twice = (outcomes & treatments) | (outcomes & given) | (treatments & given)
    if twice:
        name = graph.listed(twice)[0]
        raise BadSpec(
            f"'{name}' is asked about twice: an outcome, a treatment and a condition must be different nodes."
        )
    return _leanest(graph, outcomes, treatments, given)


def _leanest(graph: MixedGraph, outcomes: int, treatments: int, given: int) -> Expression | _Blocked:
    """The expression, with no node in it that it can do without: fewer columns leave fewer cells empty.

    What is not in an expression may as well be unmeasured, so each attempt has a smaller graph. Far causes go first.
    """
    best = _conditional(graph, outcomes, treatments, given)
    asked = outcomes | treatments | given
    if isinstance(best, _Blocked) or (mentioned(best) & ~asked).bit_count() > LEAN_AT_MOST:
        return best
    for place in places(mentioned(best) & ~asked):
        kept = (mentioned(best) | asked) & ~(1 << place)
        graph = graph.bypassed(graph.nodes & ~(kept | 1 << place))
        fewer = graph.bypassed(1 << place)
        found = _conditional(fewer, outcomes, treatments, given)
        if not isinstance(found, _Blocked):
            best, graph = found, fewer
    return best


def _conditional(graph: MixedGraph, outcomes: int, treatments: int, given: int) -> Expression | _Blocked:
    """IDC: what is observed is set instead wherever that changes nothing (rule 2), the rest by Bayes' rule."""
    for place in places(given):
        node = 1 << place
        rest = given & ~node
        if graph.cut(into=treatments, out_of=node).separated(outcomes, node, treatments | rest):
            return _conditional(graph, outcomes, treatments | node, rest)
    found = _expression(graph, outcomes | given, treatments)
    if isinstance(found, _Blocked):
        return found
    joint = simplified(found, graph)
    return simplified(product([joint], [summed(outcomes, joint)]), graph) if given else joint


def _expression(graph: MixedGraph, outcomes: int, treatments: int) -> Expression | _Blocked:
    """P(outcomes | do(treatments)), not yet simplified."""
    relevant = graph.ancestors(outcomes, graph.nodes)
    needed = graph.ancestors(outcomes, relevant & ~treatments)
    factors: list[Expression] = []
    for part in graph.components(needed):
        whole = graph.component(part, relevant)
        kernels: dict[int, Expression] = {
            place: Probability(1 << place, graph.blanket(place, relevant)) for place in places(whole)
        }
        found = _cut_out(graph, part, whole, kernels)
        if isinstance(found, _Blocked):
            return found
        factors += found.values()
    return summed(needed & ~outcomes, product(factors))


def _cut_out(
    graph: MixedGraph, part: int, whole: int, kernels: dict[int, Expression]
) -> dict[int, Expression] | _Blocked:
    """Q[part] from Q[whole]; `part` and `whole` are c-components, of the nodes that are left and of more.

    A Q comes as its kernels: node → the probability of the node given those before it, so that Q is their product.
    """
    while whole != part:
        causing = graph.ancestors(part, whole)
        if causing == whole:
            return _Blocked(whole, part)
        kernels = _without(whole & ~causing, kernels)
        whole = graph.component(part, causing)
        kernels = {place: kernel for place, kernel in kernels.items() if whole >> place & 1}
    return kernels


def _without(gone: int, kernels: dict[int, Expression]) -> dict[int, Expression]:
    """The kernels of Σ_gone Q: each is the ratio of two sums, up to its node and up to the one before it."""
    found: dict[int, Expression] = {}
    before = product([])
    for place in kernels:
        if gone >> place & 1:
            continue
        after = _up_to(place, gone, kernels)
        found[place] = product([after], [before])
        before = after
    return found


def _up_to(last: int, gone: int, kernels: dict[int, Expression]) -> Expression:
    """Σ_gone of the product of the kernels up to a node, without those that sum to 1."""
    used: list[Expression] = []
    needed = 0
    for place, kernel in reversed(kernels.items()):
        if place <= last and (not gone >> place & 1 or needed >> place & 1):
            used.append(kernel)
            needed |= free(kernel)
    return summed(gone & needed, product(used))


def _told(
    found: _Blocked,
    graph: MixedGraph,
    treatments: int,
    shared: Mapping[frozenset[str], Collection[str]] | None = None,
    full: "nx.DiGraph[str] | None" = None,
) -> Hedge:
    """The hedge by names, with the shortest tie between a treatment and the part, and the nearest causes behind it."""
    reached = [found.whole & treatments]
    while not reached[-1] & found.part:
        reached.append(graph.tied_to(reached[-1]) & found.whole)
    tie = [(reached[-1] & found.part) & -(reached[-1] & found.part)]
    for earlier in reversed(reached[:-1]):
        near = graph.tied_to(tie[-1]) & earlier
        tie.append(near & -near)
    walk = tuple(name for node in reversed(tie) for name in graph.listed(node))
    causes: dict[str, None] = {}
    for pair in pairwise(walk):
        common = (shared or {}).get(frozenset(pair), ())
        further = set().union(*(nx.ancestors(full, name) for name in common))
        causes |= dict.fromkeys(name for name in common if name not in further)
    return Hedge(graph.listed(found.whole), graph.listed(found.part), walk, tuple(causes))
