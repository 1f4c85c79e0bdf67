"""The general identification algorithm: an effect as an expression of measured probabilities, or what is in its way.

Complete for what unmeasured causes leave open: where it finds no expression, none exists, and a hedge says why
(Tian, Pearl 2002; Shpitser, Pearl 2006; Huang, Valtorta 2006). With Q[S] for P(S | do(everything else)):
P(y | do(x)) sums the product of Q[D] over the c-components D of what causes y once x is set, and each Q[D] is cut out
of the Q of its c-component in the whole graph: in turn, what does not cause D is summed out and D's c-component kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import networkx as nx

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph
from core.graphs.estimand import Estimand, Hedge
from core.graphs.probability import Expression, Probability, free, mentioned, product, summed
from core.graphs.projection import MixedGraph, places, projected
from core.graphs.simplify import simplified

LEAN_AT_MOST = 12  # nodes beside the question; each is a further attempt


@dataclass(frozen=True)
class _Blocked:
    """A hedge as bits."""

    whole: int
    part: int


@dataclass(frozen=True)
class _Question:
    """A causal graph's question over its measured nodes."""

    graph: MixedGraph
    treatment: str
    outcome: str
    selected: tuple[str, ...]
    causes: Mapping[frozenset[str], tuple[str, ...]] = field(compare=False)


def identify_generally(graph: CausalGraph) -> Estimand | None:
    """P(outcome | do(treatment)) of the marked question; None where nothing measured tells it: see `reason_against`.

    Selected nodes: the log tells P(· | selected), and the answer is the effect among the selected. Selection leaves all
    mechanisms alone but those of its causes, which it ties together: the graph gets one more unmeasured cause of these,
    and loses the selected nodes. That is sound; it may miss expressions that need more than P(· | selected). Where the
    treatment is itself a cause of the selection the answer is None. Raises BadSpec if the question is not marked.
    """
    asked = _question(graph)
    if isinstance(asked, str):
        return None
    found = _leanest(asked.graph, asked.graph.bits([asked.outcome]), asked.graph.bits([asked.treatment]), 0)
    if isinstance(found, _Blocked):
        return None
    return Estimand(asked.graph.names, (asked.outcome,), (asked.treatment,), (), found, asked.selected)


def hedge_of(graph: CausalGraph) -> Hedge | None:
    """What stands in the way of the marked question; None if it is identifiable, or if selection rules it out."""
    asked = _question(graph)
    if isinstance(asked, str):
        return None
    treatment = asked.graph.bits([asked.treatment])
    found = _expression(asked.graph, asked.graph.bits([asked.outcome]), treatment)
    return _told(found, asked.graph, treatment, asked.causes) if isinstance(found, _Blocked) else None


def reason_against(graph: CausalGraph) -> str:
    """One sentence on why `identify_generally` says None; empty where it does not."""
    asked = _question(graph)
    if isinstance(asked, str):
        return asked
    hedge = hedge_of(graph)
    return hedge.sentence if hedge else ""


def identify_effect(
    directed: Iterable[tuple[str, str]],
    bidirected: Iterable[tuple[str, str]],
    outcomes: Iterable[str],
    treatments: Iterable[str],
    given: Iterable[str] = (),
) -> Estimand | Hedge:
    """P(outcomes | do(treatments), given) in a graph of measured nodes, or what stands in the way.

    bidirected: pairs that share an unmeasured cause. given: what is observed, not set (the algorithm IDC of Shpitser,
    Pearl 2006). Raises BadSpec for a cycle, an unknown name, or a node in two of the three roles.
    """
    arrows, arcs, asked = list(directed), list(bidirected), [tuple(part) for part in (outcomes, treatments, given)]
    names = dict.fromkeys(name for pair in (*arrows, *arcs, *asked) for name in pair)
    graph = MixedGraph.of(names, arrows, arcs)
    ends, doing, held = (graph.bits(part) for part in asked)
    twice = (ends & doing) | (ends & held) | (doing & held)
    if twice:
        name = graph.listed(twice)[0]
        raise BadSpec(
            f"'{name}' is asked about twice: an outcome, a treatment and a condition must be different nodes."
        )
    found = _leanest(graph, ends, doing, held)
    if isinstance(found, _Blocked):
        return _told(found, graph, doing, {})
    return Estimand(graph.names, asked[0], asked[1], asked[2], found)


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
    while True:
        causing = graph.ancestors(part, whole)
        if causing == whole and part != whole:
            return _Blocked(whole, part)
        kernels = _without(whole & ~causing, kernels)
        if causing == part:
            return kernels
        whole = graph.component(part, causing)
        kernels = {place: kernel for place, kernel in kernels.items() if whole >> place & 1}


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


def _question(graph: CausalGraph) -> _Question | str:
    """The question over the measured nodes; a sentence where the selection makes it unanswerable."""
    treatment, outcome = graph.question()
    selected = graph.having("selected")
    names, edges = list(graph.names), list(graph.edges)
    hidden = [name for name in graph.having("unmeasured") if name not in selected]
    if selected:
        full = graph.directed()
        behind = set().union(*(nx.ancestors(full, name) for name in selected)) - set(selected)
        if treatment in behind or {treatment, outcome} & set(selected):
            late = next((name for name in selected if name in (treatment, outcome)), selected[0])
            return f"The log holds only units selected on {late}, which is asked about or comes after {treatment}."
        chance = "the selection on " + ", ".join(selected)
        hidden.append(chance)
        names = [name for name in names if name not in selected] + [chance]
        edges = [(source, target) for source, target in edges if not {source, target} & set(selected)]
        edges += [(chance, name) for name in graph.names if name in behind]
    mixed, causes = projected(names, edges, hidden)
    return _Question(mixed, treatment, outcome, selected, causes)


def _told(
    found: _Blocked, graph: MixedGraph, treatments: int, causes: Mapping[frozenset[str], tuple[str, ...]]
) -> Hedge:
    """The hedge by names, with the shortest tie between a treatment and the part."""
    reached = [found.whole & treatments]
    while not reached[-1] & found.part:
        reached.append(graph.tied_to(reached[-1]) & found.whole)
    tie = [(reached[-1] & found.part) & -(reached[-1] & found.part)]
    for earlier in reversed(reached[:-1]):
        near = graph.tied_to(tie[-1]) & earlier
        tie.append(near & -near)
    walk = tuple(name for node in reversed(tie) for name in graph.listed(node))
    pairs = [frozenset(pair) for pair in pairwise(walk)]
    behind = dict.fromkeys(cause for pair in pairs for cause in causes.get(pair, ()))
    return Hedge(graph.listed(found.whole), graph.listed(found.part), walk, tuple(behind))
