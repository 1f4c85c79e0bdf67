"""Expressions made of probabilities of measured nodes: P(a | b), their products, ratios and sums.

Nodes are bits, as in projection. A sum binds its nodes inside its term, as in mathematics: the same node outside is
another variable, printed without the prime. Products are flat and hold no 1; equal factors above and below the line of
a ratio are gone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.graphs.identification.projection import places


@dataclass(frozen=True)
class Probability:
    """P(of | given)."""

    of: int
    given: int = 0


@dataclass(frozen=True)
class Product:
    """The product of the factors; 1 if there are none."""

    factors: tuple["Expression", ...]


@dataclass(frozen=True)
class Ratio:
    """top / bottom."""

    top: "Expression"
    bottom: "Expression"


@dataclass(frozen=True)
class Sum:
    """The sum of the term over all values of the nodes `over`."""

    over: int
    term: "Expression"


Expression: TypeAlias = Probability | Product | Ratio | Sum


def free(expression: Expression) -> int:
    """The nodes on whose values the expression depends."""
    return _nodes(expression, bound=False)


def mentioned(expression: Expression) -> int:
    """All nodes that the expression names, those it sums over too."""
    return _nodes(expression, bound=True)


def _nodes(expression: Expression, *, bound: bool) -> int:
    match expression:
        case Probability(of, given):
            return of | given
        case Sum(over, term):
            inside = _nodes(term, bound=bound)
            return inside | over if bound else inside & ~over
        case Ratio(top, bottom):
            return _nodes(top, bound=bound) | _nodes(bottom, bound=bound)
        case Product(factors):
            found = 0
            for factor in factors:
                found |= _nodes(factor, bound=bound)
            return found


def product(above: Iterable[Expression], below: Iterable[Expression] = ()) -> Expression:
    """The product of `above` divided by that of `below`, flat, with equal factors cancelled."""
    tops: Counter[Expression] = Counter()
    bottoms: Counter[Expression] = Counter()
    for factor in above:
        _gather(factor, tops, bottoms)
    for factor in below:
        _gather(factor, bottoms, tops)
    top, bottom = _times(tops - bottoms), _times(bottoms - tops)
    return top if bottom == Product(()) else Ratio(top, bottom)


def summed(over: int, expression: Expression) -> Expression:
    """The sum, split into sums that share nothing; factors without any of the nodes stand before them.

    Every node of `over` must occur freely in the expression.
    """
    above, below = factors_of(expression)
    signed = [(factor, True) for factor in above] + [(factor, False) for factor in below]
    held = [(free(factor) & over, factor, up) for factor, up in signed]
    parts = [_sum_of(group, held) for group in _tied(over, [nodes for nodes, _, _ in held])]
    outside = [(factor, up) for nodes, factor, up in held if not nodes]
    return product([*parts, *(factor for factor, up in outside if up)], [factor for factor, up in outside if not up])


def factors_of(expression: Expression) -> tuple[tuple[Expression, ...], tuple[Expression, ...]]:
    """The factors above the line and those below it."""
    above, below = (expression.top, expression.bottom) if isinstance(expression, Ratio) else (expression, Product(()))
    return (
        above.factors if isinstance(above, Product) else (above,),
        below.factors if isinstance(below, Product) else (below,),
    )


def text_of(expression: Expression, names: Sequence[str], taken: int = 0) -> str:
    """The expression for people: Σ_m P(m | x) · [Σ_x' P(x') · P(y | m, x')].

    taken: nodes that a reader already knows as variables; one that is summed over gets a prime.
    """
    labels = {place: names[place] for place in places(taken | free(expression))}
    return _text(expression, names, labels)


def plain_of(expression: Expression, names: Sequence[str]) -> dict[str, Any]:
    """The expression as a JSON tree; every entry has a "kind": probability, product, ratio or sum."""

    def listed(nodes: int) -> list[str]:
        return [names[place] for place in places(nodes)]

    match expression:
        case Probability(of, given):
            return {"kind": "probability", "of": listed(of), "given": listed(given)}
        case Product(factors):
            return {"kind": "product", "factors": [plain_of(factor, names) for factor in factors]}
        case Ratio(top, bottom):
            return {"kind": "ratio", "top": plain_of(top, names), "bottom": plain_of(bottom, names)}
        case Sum(over, term):
            return {"kind": "sum", "over": listed(over), "term": plain_of(term, names)}


def _gather(expression: Expression, tops: Counter[Expression], bottoms: Counter[Expression]) -> None:
    match expression:
        case Product(factors):
            for factor in factors:
                _gather(factor, tops, bottoms)
        case Ratio(top, bottom):
            _gather(top, tops, bottoms)
            _gather(bottom, bottoms, tops)
        case _:
            tops[expression] += 1


def _times(factors: Counter[Expression]) -> Expression:
    """One factor as it is, several as a product: probabilities first, causes before effects."""
    held = sorted(factors.elements(), key=_rank)
    return held[0] if len(held) == 1 else Product(tuple(held))


def _rank(expression: Expression) -> tuple[bool, int, int]:
    if isinstance(expression, Probability):
        return False, expression.of & -expression.of, expression.of
    return True, 0, free(expression)


def _tied(over: int, held: list[int]) -> list[int]:
    """The nodes summed over, in groups: two are in one group if factors tie them."""
    groups: list[int] = []
    for nodes in (*held, *(1 << place for place in places(over))):
        apart = [group for group in groups if not group & nodes]
        joined = nodes
        for group in groups:
            joined |= group if group & nodes else 0
        groups = [*apart, joined] if joined else groups
    return groups


def _sum_of(group: int, held: list[tuple[int, Expression, bool]]) -> Expression:
    above = [factor for nodes, factor, up in held if nodes & group and up]
    below = [factor for nodes, factor, up in held if nodes & group and not up]
    if len(above) == 1 and not below and isinstance(above[0], Probability) and not above[0].given & group:
        rest = above[0].of & ~group
        return Probability(rest, above[0].given) if rest else Product(())
    term = product(above, below)
    if isinstance(term, Sum) and not term.over & group:
        return Sum(group | term.over, term.term)
    return Sum(group, term)


def _text(expression: Expression, names: Sequence[str], labels: Mapping[int, str]) -> str:
    def listed(nodes: int) -> str:
        return ", ".join(labels[place] for place in places(nodes))

    match expression:
        case Probability(of, given):
            return f"P({listed(of)} | {listed(given)})" if given else f"P({listed(of)})"
        case Product(factors):
            return " · ".join(_bracketed(factor, names, labels, Sum, Ratio) for factor in factors) or "1"
        case Ratio(top, bottom):
            above = _bracketed(top, names, labels, Sum, Ratio, Product)
            return f"{above} / {_bracketed(bottom, names, labels, Sum, Ratio, Product)}"
        case Sum(over, term):
            inner = dict(labels)
            for place in places(over):
                inner[place] = f"{labels[place]}'" if place in labels else names[place]
            bound = ", ".join(inner[place] for place in places(over))
            index = bound if bound.rstrip("'").isalnum() else f"{{{bound}}}"
            return f"Σ_{index} {_bracketed(term, names, inner, Ratio, Sum)}"


def _bracketed(expression: Expression, names: Sequence[str], labels: Mapping[int, str], *kinds: type) -> str:
    shown = _text(expression, names, labels)
    return f"[{shown}]" if isinstance(expression, kinds) else shown
