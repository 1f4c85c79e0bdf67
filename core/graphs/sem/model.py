"""The graph as a linear model of the data: standardised coefficients, effects along paths and global fit."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Any, Final

import numpy as np

from core.graphs.bunches import drawn_moments
from core.graphs.causal_graph import CausalGraph
from core.graphs.check.implied import Implied
from core.graphs.sem.equations import causes_of, coefficient, solve
from core.graphs.sem.fit import Fit, fit_of
from core.graphs.sem.latent import Shape, fit, flat_directions, is_told, shape_of
from core.graphs.sufficient import Embedded, Moments
from core.graphs.variables import Floats, Variable, VariableTable

MOST_LATENT: Final = 40  # columns; beyond, fitting hidden nodes again and again takes minutes
LATENT_DRAWS: Final = 100
Read = Callable[[Moments], list[float | None]]  # one number per edge, then total and direct effect
Progress = Callable[[float], None]


def linear_model(
    graph: CausalGraph, table: VariableTable, embedded: Embedded, implied: Implied, *, draws: int, seed: int,
    progress: Progress = lambda share: None,
) -> dict[str, Any]:  # fmt: skip
    """Coefficients per edge, effects of the treatment on the outcome, the fit and notes, JSON-ready.

    embedded: the table's columns as they are (ranks=False). Intervals are the middle 95 % of `draws` bootstrap draws.
    """
    hidden = [name for name in graph.names if name not in table.names and name not in graph.having("selected")]
    refusal = _refusal(graph, table, hidden)
    if refusal:
        return {"edges": [], "effects": None, "fit": Fit(None, refusal).plain(), "notes": [refusal]}
    moments = embedded.moments()
    read, told, fitted, notes = (_latent if hidden else _measured)(graph, moments, implied)
    values = read(moments)
    drawn: list[list[float | None]] = []
    times = min(draws, LATENT_DRAWS) if hidden else draws
    for number, each in enumerate(drawn_moments(embedded, draws=times, seed=seed)):
        drawn.append(read(each))
        progress((number + 1) / times)
    intervals = [_interval([draw[place] for draw in drawn]) for place in range(len(values))]
    rows = [
        {"source": source, "target": target, **_row(values[place], intervals[place], told[place])}
        for place, (source, target) in enumerate(_edges(graph))
    ]
    return {
        "edges": rows,
        "effects": _effects(graph, values, drawn, intervals, told),
        "fit": fitted.plain(),
        "notes": [*notes, *_kinds_said(table.variables)],
    }


def _refusal(graph: CausalGraph, table: VariableTable, hidden: Sequence[str]) -> str:
    wide = [variable.name for variable in table.variables if variable.kind in ("category", "group")]
    if hidden and wide:
        return (
            f"No linear model: {hidden[0]} is unmeasured and {wide[0]} is a category or a group, and a latent variable "
            "needs single columns; leave one of them out."
        )
    if hidden and len(table.names) > MOST_LATENT:
        return f"No linear model: hidden nodes are fitted with at most {MOST_LATENT} columns, here {len(table.names)}."
    return ""


def _edges(graph: CausalGraph) -> list[tuple[str, str]]:
    kept = set(graph.names) - set(graph.having("selected"))
    return [edge for edge in graph.edges if set(edge) <= kept]


def _measured(graph: CausalGraph, moments: Moments, implied: Implied) -> tuple[Read, list[bool], Fit, list[str]]:
    """Without hidden nodes: a regression per node."""
    directed, edges = graph.directed(), _edges(graph)
    causes = causes_of(directed, moments.names)
    together = [tuple(name for name in group if name in causes) for group in implied.together]
    asked = (graph.treatment, graph.outcome)

    def read(given: Moments) -> list[float | None]:
        solved = solve(given, causes, together)
        found = [coefficient(given, solved.paths, *edge) for edge in edges]
        if None in asked:
            return [*found, None, None]
        treatment, outcome = str(asked[0]), str(asked[1])
        return [
            *found, coefficient(given, solved.total, treatment, outcome),
            coefficient(given, solved.paths, treatment, outcome),
        ]  # fmt: skip

    told = [value is not None for value in read(moments)]
    width = {name: len(block) for name, block in zip(moments.names, moments.blocks, strict=True)}
    degrees = sum(width[claim.one] * width[claim.other] for claim in implied.implications)
    wide = [name for name in moments.names if width[name] > 1]
    said = f"Categories or groups, to which no coefficient leads, and from which none has a sign: {', '.join(wide)}."
    notes = [said] if wide else []
    return read, told, fit_of(moments, solve(moments, causes, together).implied, degrees), notes


def _latent(graph: CausalGraph, moments: Moments, implied: Implied) -> tuple[Read, list[bool], Fit, list[str]]:
    """With hidden nodes: latent variables; what the data cannot tell is marked."""
    free = [pair for group in implied.together for pair in combinations(group, 2)]
    shape = shape_of(graph, moments.names, free)
    start = fit(shape, moments.correlation)
    flat = flat_directions(shape)
    edges = _edges(graph)
    order = [shape.edges.index((shape.names.index(target), shape.names.index(source))) for source, target in edges]

    def read(given: Moments) -> list[float | None]:
        values = fit(shape, given.correlation, start)
        found: list[float | None] = [float(value) for value in _standardised(shape, values)[order]]
        return [*found, *_asked(graph, shape, values)]

    told = [bool(np.abs(flat[number]).max(initial=0.0) < 1e-6) for number in order]
    told += [
        value is not None and is_told(shape, flat, partial(_part, graph, shape, part))
        for part, value in enumerate(_asked(graph, shape, start))
    ]
    degrees = shape.measured * (shape.measured + 1) // 2 - (shape.size - flat.shape[1])
    missing = [f"{source} → {target}" for (source, target), known in zip(edges, told, strict=False) if not known]
    notes = [f"Not identified, so not told: {', '.join(missing)}."] if missing else []
    notes.append(f"Latent variables of variance 1: {', '.join(shape.names[shape.measured :])}.")
    return read, told, fit_of(moments, shape.implied(start), degrees), notes


def _standardised(shape: Shape, values: Floats) -> Floats:
    """The coefficients, in the model's own standard deviations."""
    paths, errors = shape.matrices(values)
    total = np.linalg.inv(np.eye(len(paths)) - paths)
    spread = np.sqrt(np.diag(total @ errors @ total.T))
    return np.array(
        [values[number] * spread[cause] / spread[effect] for number, (effect, cause) in enumerate(shape.edges)]
    )


def _asked(graph: CausalGraph, shape: Shape, values: Floats) -> list[float | None]:
    """The total and the direct effect of the treatment on the outcome, if the graph marks them."""
    if graph.treatment is None or graph.outcome is None:
        return [None, None]
    paths, _ = shape.matrices(values)
    direct = float(paths[shape.names.index(graph.outcome), shape.names.index(graph.treatment)])
    return [shape.total(values, graph.treatment, graph.outcome), direct]


def _part(graph: CausalGraph, shape: Shape, part: int, values: Floats) -> float:
    return _asked(graph, shape, values)[part] or 0.0


def _interval(drawn: Sequence[float | None]) -> tuple[float, float] | None:
    values = [value for value in drawn if value is not None and np.isfinite(value)]
    if len(values) < len(drawn) or not values:
        return None
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _row(value: float | None, interval: tuple[float, float] | None, told: bool) -> dict[str, Any]:
    if not told or value is None:
        return {"value": None, "low": None, "high": None, "identified": False}
    low, high = interval or (None, None)
    return {"value": value, "low": low, "high": high, "identified": True}


def _effects(
    graph: CausalGraph,
    values: Sequence[float | None],
    drawn: Sequence[Sequence[float | None]],
    intervals: Sequence[tuple[float, float] | None],
    told: Sequence[bool],
) -> dict[str, Any] | None:
    """Total, direct and indirect effect in standard deviations; None where no question is marked."""
    if graph.treatment is None or graph.outcome is None:
        return None
    total, direct = len(values) - 2, len(values) - 1

    def between(row: Sequence[float | None]) -> float | None:
        whole, straight = row[total], row[direct]
        return None if whole is None or straight is None else whole - straight

    both = told[total] and told[direct]
    return {
        "treatment": graph.treatment,
        "outcome": graph.outcome,
        "total": _row(values[total], intervals[total], told[total]),
        "direct": _row(values[direct], intervals[direct], told[direct]),
        "indirect": _row(between(values), _interval([between(row) for row in drawn]), both),
    }


def _kinds_said(variables: Sequence[Variable]) -> list[str]:
    """What a linear model makes of other kinds."""
    kinds = {variable.kind for variable in variables}
    said = ["All numbers are in standard deviations, of the columns as they are; bootstrap over units."]
    if kinds & {"binary", "count"}:
        said.append("Yes-no variables and counts are taken as numbers: a linear approximation.")
    return said
