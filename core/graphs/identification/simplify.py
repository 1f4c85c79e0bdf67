"""Expressions made shorter by what the graph calls independent; their value stays the same for every P it allows.

A sum over m goes if all factors with m join to one P(m, b | c): what is left is P(b | c). Factors join by the chain
rule, P(a | c) · P(b | a, c) = P(a, b | c), where m-separation lets their conditions grow to those. Last, conditions
that m-separation calls idle are dropped, and P(a, b | c) / P(b | c) becomes P(a | b, c).
"""

from core.graphs.identification.probability import (
    Expression,
    Probability,
    Product,
    Ratio,
    Sum,
    factors_of,
    free,
    product,
    summed,
)
from core.graphs.identification.projection import MixedGraph, places


def simplified(expression: Expression, graph: MixedGraph) -> Expression:
    """The expression with sums done, factors joined and idle conditions dropped, from the inside out."""
    match expression:
        case Probability():
            return _shortened(expression, graph)
        case Product(factors):
            return _grouped(product(simplified(factor, graph) for factor in factors), graph)
        case Ratio(top, bottom):
            return _divided(product([simplified(top, graph)], [simplified(bottom, graph)]), graph)
        case Sum(over, term):
            return _summed(over, simplified(term, graph), graph)


def _summed(over: int, term: Expression, graph: MixedGraph) -> Expression:
    """The sum, with every node left out that can be summed away; effects before their causes."""
    above, below = factors_of(term)
    factors = list(above)
    for place in reversed(list(places(over))):
        node = 1 << place
        if any(free(factor) & node for factor in below):
            continue
        held = [factor for factor in factors if free(factor) & node]
        whole = _joined_all(held, graph)
        if whole is not None and whole.of & node:
            rest = whole.of & ~node
            factors = [factor for factor in factors if factor not in held]
            factors += [_shortened(Probability(rest, whole.given), graph)] if rest else []
            over &= ~node
            graph = graph.bypassed(node)  # nothing here names it any more, and shorter ways are tested faster
    found = summed(over, product(factors, below))
    if isinstance(found, Sum):
        return Sum(found.over, _grouped(found.term, graph))
    return _grouped(found, graph)


def _joined_all(factors: list[Expression], graph: MixedGraph) -> Probability | None:
    """All factors as one probability; None if they do not join."""
    simple = sorted((factor for factor in factors if isinstance(factor, Probability)), key=lambda one: one.of)
    if len(simple) < len(factors) or not simple:
        return None
    whole: Probability | None = simple[0]
    for factor in simple[1:]:
        whole = whole and _joined(whole, factor, graph)
    return whole


def _joined(one: Probability, other: Probability, graph: MixedGraph) -> Probability | None:
    """P(a | c₁) · P(b | c₂) as P(a, b | c), c being c₁ and what c₂ has beyond a; None where the graph forbids it."""
    if one.given & other.of:
        one, other = other, one
    if one.of & other.of or one.given & other.of:
        return None
    given = one.given | (other.given & ~one.of)
    if _same(one, given, graph) and _same(other, given | one.of, graph):
        return Probability(one.of | other.of, given)
    return None


def _same(factor: Probability, given: int, graph: MixedGraph) -> bool:
    """Whether the factor may have the larger condition."""
    more = given & ~factor.given
    return not more or not (graph.joined(factor.of, more) or not graph.separated(factor.of, more, factor.given))


def _grouped(expression: Expression, graph: MixedGraph) -> Expression:
    """P(a | c) · P(b | a, c) as P(a, b | c), wherever no condition of a has to grow for it."""
    above, below = factors_of(expression)
    done: list[Expression] = []
    for factor in above:
        for place, earlier in enumerate(done):
            both = _chained(earlier, factor, graph)
            if both is not None:
                done[place] = both
                break
        else:
            done.append(factor)
    return product(done, below)


def _chained(one: Expression, other: Expression, graph: MixedGraph) -> Probability | None:
    if not (isinstance(one, Probability) and isinstance(other, Probability)):
        return None
    if other.given & ~(one.of | one.given):
        return None
    return _joined(one, other, graph)


def _shortened(factor: Probability, graph: MixedGraph) -> Probability:
    """Without conditions that are idle once the others are given."""
    return Probability(factor.of, graph.boundary(factor.of, factor.given))


def _divided(expression: Expression, graph: MixedGraph) -> Expression:
    """P(a, b | c) / P(b | c) as P(a | b, c)."""
    above, below = factors_of(expression)
    top, bottoms = product(above), []
    for bottom in below:
        found = _divided_by(top, bottom, graph) if isinstance(bottom, Probability) else None
        if found is None:
            bottoms.append(bottom)
        else:
            top = found
    return product([top], bottoms)


def _divided_by(top: Expression, bottom: Probability, graph: MixedGraph) -> Expression | None:
    """top / bottom where one factor of top, within its sums too, takes the bottom in; None where none does."""
    match top:
        case Probability(of, given) if given == bottom.given and bottom.of & ~of == 0 and of != bottom.of:
            return _shortened(Probability(of & ~bottom.of, given | bottom.of), graph)
        case Product(factors):
            for place, factor in enumerate(factors):
                found = _divided_by(factor, bottom, graph)
                if found is not None:
                    return product([*factors[:place], found, *factors[place + 1 :]])
        case Sum(over, term) if not over & free(bottom):
            inner = _divided_by(term, bottom, graph)
            return None if inner is None else summed(over, inner)
    return None
