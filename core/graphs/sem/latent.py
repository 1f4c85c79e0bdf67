"""A recursive linear model with hidden nodes: they become latent variables of variance 1 (of their own part).

The correlations that the model implies are a smooth function of its coefficients (McArdle, McDonald 1984). Where that
function stays the same along some direction, the data cannot tell: a coefficient that moves along such a direction is
not identified and is not told; what does not move is, even if the rest of the model is not. The fit is by maximum
likelihood; a latent variable's sign is that of its first effect.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize

from core.graphs.causal_graph import CausalGraph
from core.graphs.variables import Floats

LEAST_VARIANCE: Final = 1e-4
FLAT: Final = 1e-7  # singular values below this share of the largest are directions in which nothing changes
MOVES: Final = 1e-6


@dataclass(frozen=True)
class Shape:
    """names: measured nodes, then hidden ones. edges: (effect, cause); free: (one, other) pairs of causes that go
    together; all by place in names."""

    names: tuple[str, ...]
    measured: int
    edges: tuple[tuple[int, int], ...]
    free: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """Parameters: coefficients, variances of the errors of measured nodes, free covariances."""
        return len(self.edges) + self.measured + len(self.free)

    def matrices(self, values: Floats) -> tuple[Floats, Floats]:
        """Paths [effect, cause], and the covariance of what the causes leave."""
        count, edges = len(self.names), len(self.edges)
        paths, errors = np.zeros((count, count)), np.eye(count)
        for value, (effect, cause) in zip(values, self.edges, strict=False):
            paths[effect, cause] = value
        errors[np.arange(self.measured), np.arange(self.measured)] = values[edges : edges + self.measured]
        for value, (one, other) in zip(values[edges + self.measured :], self.free, strict=True):
            errors[one, other] = errors[other, one] = value
        return paths, errors

    def implied(self, values: Floats) -> Floats:
        """The covariance of the measured nodes."""
        paths, errors = self.matrices(values)
        total = np.linalg.inv(np.eye(len(paths)) - paths)
        return np.asarray((total @ errors @ total.T)[: self.measured, : self.measured], dtype=np.float64)

    def total(self, values: Floats, source: str, target: str) -> float:
        """The total effect along all directed paths."""
        paths, _ = self.matrices(values)
        total = np.linalg.inv(np.eye(len(paths)) - paths)
        return float(total[self.names.index(target), self.names.index(source)])


def shape_of(graph: CausalGraph, measured: Sequence[str], free: Sequence[tuple[str, str]]) -> Shape:
    """The parameters of a graph; free: pairs of causes that may go together."""
    hidden = [name for name in graph.names if name not in measured]
    names = (*measured, *hidden)
    place = {name: number for number, name in enumerate(names)}
    edges = tuple((place[target], place[source]) for source, target in graph.edges)
    return Shape(names, len(measured), edges, tuple((place[one], place[other]) for one, other in free))


def fit(shape: Shape, observed: Floats, start: Floats | None = None) -> Floats:
    """The maximum-likelihood parameters (where some are not identified, one of the best)."""
    edges = len(shape.edges)
    first = start if start is not None else _start(shape, observed)
    bounds = [
        (LEAST_VARIANCE, None) if edges <= number < edges + shape.measured else (None, None)
        for number in range(shape.size)
    ]
    found = optimize.minimize(
        _discrepancy, first, args=(shape, observed), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 500, "ftol": 1e-11, "gtol": 1e-7},
    )  # fmt: skip
    return _signed(shape, np.asarray(found.x, dtype=np.float64))


def flat_directions(shape: Shape, *, seed: int = 0) -> Floats:
    """(parameters, directions) along which the implied covariance stays the same, at a point in general position."""
    changes = _jacobian(shape, general_point(shape, seed=seed))
    _, values, rows = np.linalg.svd(changes, full_matrices=True)
    rank = int((values > FLAT * max(float(values.max(initial=0.0)), 1.0)).sum())
    return np.asarray(rows[rank:].T, dtype=np.float64)


def general_point(shape: Shape, *, seed: int = 0) -> Floats:
    """Parameters without accidental zeros or equalities."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.3, 0.7, shape.size) * rng.choice([-1.0, 1.0], shape.size)
    edges = len(shape.edges)
    values[edges : edges + shape.measured] = rng.uniform(0.5, 1.5, shape.measured)
    values[edges + shape.measured :] *= 0.2
    return np.asarray(values, dtype=np.float64)


def is_told(shape: Shape, flat: Floats, of: Callable[[Floats], float], *, seed: int = 0) -> bool:
    """Whether a function of the parameters stays the same along every flat direction."""
    point, step = general_point(shape, seed=seed), 1e-5
    slopes = [(of(point + step * each) - of(point - step * each)) / (2 * step) for each in flat.T]
    return all(abs(slope) < MOVES for slope in slopes)


def _start(shape: Shape, observed: Floats) -> Floats:
    """Half of the correlation for each coefficient between measured nodes, a middling one for a hidden cause."""
    values = np.full(shape.size, 0.0)
    for number, (effect, cause) in enumerate(shape.edges):
        both = effect < shape.measured and cause < shape.measured
        values[number] = observed[effect, cause] / 2 if both else 0.3 + 0.02 * number / shape.size
    edges = len(shape.edges)
    values[edges : edges + shape.measured] = 0.7
    return values


def _discrepancy(values: Floats, shape: Shape, observed: Floats) -> tuple[float, Floats]:
    """The maximum-likelihood discrepancy (less what does not depend on the model), and its slope."""
    paths, errors = shape.matrices(values)
    total = np.linalg.inv(np.eye(len(paths)) - paths)
    whole = total @ errors @ total.T
    implied = whole[: shape.measured, : shape.measured]
    sign, logged = np.linalg.slogdet(implied)
    if sign <= 0:
        return 1e10, np.zeros_like(values)
    inverse = np.linalg.inv(implied)
    weights = np.zeros_like(whole)
    weights[: shape.measured, : shape.measured] = inverse - inverse @ observed @ inverse
    by_path, by_error = 2 * total.T @ weights @ whole, total.T @ weights @ total
    slope = np.concatenate(
        [
            [by_path[effect, cause] for effect, cause in shape.edges],
            np.diag(by_error)[: shape.measured],
            [2 * by_error[one, other] for one, other in shape.free],
        ]
    )
    return float(logged + np.trace(inverse @ observed)), np.asarray(slope, dtype=np.float64)


def _jacobian(shape: Shape, values: Floats) -> Floats:
    """(covariances, parameters) how each covariance changes with each parameter."""
    paths, errors = shape.matrices(values)
    total = np.linalg.inv(np.eye(len(paths)) - paths)
    whole = total @ errors @ total.T
    seen = np.tril_indices(shape.measured)
    columns = []
    for effect, cause in shape.edges:
        change = np.outer(total[:, effect], whole[cause])
        columns.append((change + change.T)[seen])
    for one, other in [*((each, each) for each in range(shape.measured)), *shape.free]:
        change = np.outer(total[:, one], total[:, other])
        columns.append((change if one == other else change + change.T)[seen])
    return np.asarray(np.column_stack(columns), dtype=np.float64)


def _signed(shape: Shape, values: Floats) -> Floats:
    """The same fit with each hidden node's first effect positive."""
    signed = values.copy()
    edges = len(shape.edges)
    for hidden in range(shape.measured, len(shape.names)):
        out = [number for number, (_, cause) in enumerate(shape.edges) if cause == hidden]
        if not out or signed[out[0]] >= 0:
            continue
        touching = [number for number, edge in enumerate(shape.edges) if hidden in edge]
        touching += [edges + shape.measured + number for number, pair in enumerate(shape.free) if hidden in pair]
        signed[touching] *= -1
    return signed
