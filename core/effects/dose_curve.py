"""The mean outcome if every unit had been given the same dose, for a grid of doses.

Few different doses: each (or each small range) is an arm, and its mean is that of `arms`. Many: the doubly robust curve
of Kennedy, Ma, McHugh and Small (2017): pseudo-outcomes (Y - m(X, A)) p(A) / p(A | X) + mean over X of m(X, A),
smoothed over the dose, which is right if either the outcome model m or the dose's density p is. Nothing is drawn at
doses near which few units are, after weighting.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import gaussian_kde

from core.effects.crossfit import averaged
from core.effects.estimate import clustered_error
from core.effects.estimators.arms import scores_of_arms
from core.effects.interval import Interval
from core.effects.learners import features
from core.effects.local_polynomial import local_fit
from core.effects.nuisances import deal_folds
from core.effects.table import TREATMENT, AnalysisTable

SMALLEST_LEVEL = 30  # units that a dose needs to be an arm of its own
MOST_LEVELS = 10
POINTS = 25
EDGES = (0.025, 0.975)  # quantiles of the dose between which the curve is drawn
EFFECTIVE_NEEDED = 30.0  # units near a dose, after weighting
LARGEST_RATIO = 20.0  # of p(A) to p(A | X); more is a limit of arithmetic, counted
MANY_UNITS = 20_000  # the curve of more is drawn from so many of them
BANDWIDTHS = (0.15, 0.25, 0.4, 0.6, 1.0)  # tried, as shares of the doses' span
DENSITY_UNITS = 2000  # whose covariates the mean over X is taken of, and which the residuals' density is drawn from


def curve(table: AnalysisTable, centre: np.ndarray, spread: np.ndarray, *, seed: int) -> dict[str, Any]:
    """`kind` ("levels" or "smooth"), `rows` (dose, label, value, low, high, units, effective_units, drawn), `sentence`.

    centre, spread (n,): cross-fitted mean and standard deviation of the dose given the covariates.
    """
    rng = np.random.default_rng(seed)
    chosen = np.ones(table.units, dtype=bool)
    if table.units > MANY_UNITS:
        chosen = np.zeros(table.units, dtype=bool)
        chosen[rng.choice(table.units, MANY_UNITS, replace=False)] = True
    part = replace(table, frame=table.frame[chosen].reset_index(drop=True))
    levels = dose_levels(part.treatment)
    said = "" if chosen.all() else f" It is drawn from {MANY_UNITS:,} units taken by chance."
    if levels is not None:
        return {
            "kind": "levels",
            "rows": _level_rows(part, levels, seed),
            "sentence": f"One point for each dose.{said}",
        }
    rows, moved = _smooth_rows(part, centre[chosen], spread[chosen], rng)
    left_out = sum(not row["drawn"] for row in rows)
    sentence = "A smoothed curve; its band is for each dose alone."
    if left_out:
        sentence += f" {left_out} of {len(rows)} doses are not drawn: too few comparable units are near them."
    if moved:
        sentence += f" {moved:,} weights were moved to the limit of {LARGEST_RATIO:g}."
    return {"kind": "smooth", "rows": rows, "sentence": sentence + said}


def dose_levels(dose: np.ndarray) -> list[tuple[float, float]] | None:
    """Ranges (first, last dose) of at least SMALLEST_LEVEL units each, in order; None where they would be many."""
    values, counts = np.unique(dose, return_counts=True)
    if len(values) > 4 * MOST_LEVELS:
        return None
    levels: list[tuple[float, float]] = []
    first, held = values[0], 0
    for value, count in zip(values, counts, strict=True):
        held += int(count)
        if held >= SMALLEST_LEVEL:
            levels.append((float(first), float(value)))
            held = 0
            following = values[values > value]
            first = following[0] if len(following) else value
    if held and levels:
        levels[-1] = (levels[-1][0], float(values[-1]))
    return levels if 2 <= len(levels) <= MOST_LEVELS else None


def _level_rows(table: AnalysisTable, levels: list[tuple[float, float]], seed: int) -> list[dict[str, Any]]:
    level = np.searchsorted([last for _, last in levels], table.treatment)
    labels = tuple(f"{first:g}" if first == last else f"{first:g} to {last:g}" for first, last in levels)
    frame = table.frame.assign(**{TREATMENT: level.astype(float)})
    arms = replace(table, frame=frame, arms=labels, treatment_kind="arms")
    scores, weights, _ = scores_of_arms(arms, seed, 0)
    means, influence = averaged(scores, table.weights)
    rows = []
    for arm, label in enumerate(labels):
        held = weights[level == arm]
        size = float(held.sum() ** 2 / (held**2).sum())
        found = Interval(float(means[arm]), clustered_error(influence[:, arm], table.clusters)).plain()
        dose = float(np.average(table.treatment[level == arm], weights=table.weights[level == arm]))
        rows.append(_row(dose, label, found, len(held), size))
    return rows


def _smooth_rows(
    table: AnalysisTable, centre: np.ndarray, spread: np.ndarray, rng: np.random.Generator
) -> tuple[list[dict[str, Any]], int]:
    dose, base = table.treatment, table.weights
    low, high = np.quantile(dose, EDGES)
    grid = np.linspace(low, high, POINTS)
    every = np.linspace(dose.min(), dose.max(), 4 * POINTS)
    own, over = _outcome_model(table, rng, every)
    ratio, moved = _density_ratio(dose, centre, spread, rng)
    pseudo = ratio * (table.outcome - own) + np.interp(dose, every, over)
    bandwidth = _bandwidth(dose, pseudo, base, high - low, rng)
    rows = []
    for at in grid:
        fit = local_fit(dose, pseudo, float(at), bandwidth, degree=2, weights=base)
        weighted = fit.smoother * ratio
        size = float(weighted.sum() ** 2 / (weighted**2).sum()) if weighted.any() else 0.0
        near = int((np.abs(dose - at) < bandwidth).sum())
        found = Interval(fit.value, clustered_error(fit.influence, table.clusters)).plain()
        rows.append(_row(float(at), f"{at:.3g}", found, near, size))
    return rows, moved


def _row(dose: float, label: str, found: dict[str, float], units: int, size: float) -> dict[str, Any]:
    drawn = size >= EFFECTIVE_NEEDED and all(np.isfinite(value) for value in found.values())
    shown = found if drawn else dict.fromkeys(found)
    return {"dose": dose, "label": label, **shown, "units": units, "effective_units": size, "drawn": bool(drawn)}


def _outcome_model(table: AnalysisTable, rng: np.random.Generator, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cross-fitted ridge of the outcome on covariates, dose and their products: (n,) at each unit's own dose, and (k,)
    averaged over the units at each dose of the grid."""
    given, dose, base = features(table.matrix()), table.treatment, table.weights
    level, scale = dose.mean(), dose.std()
    knots = (np.quantile(dose, (0.2, 0.4, 0.6, 0.8)) - level) / scale
    covariates = np.hstack([given.linear, given.curves])

    def bent(values: np.ndarray) -> np.ndarray:
        standard = (values - level) / scale
        return np.column_stack([standard, *(np.maximum(standard - knot, 0.0) for knot in knots)])

    def design(bends: np.ndarray, rows: np.ndarray) -> np.ndarray:
        linear = given.linear[rows, 1:]
        return np.hstack([covariates[rows], bends, bends[:, :1] * linear, bends[:, 2:3] * linear])

    fold = deal_folds(np.ones(table.units), table.clusters, rng)
    own, over = np.zeros(table.units), np.zeros(len(grid))
    for which in range(fold.max() + 1):
        train, test = np.flatnonzero(fold != which), np.flatnonzero(fold == which)
        columns = design(bent(dose[train]), train)
        weighted = columns * base[train][:, None]
        penalty = np.eye(columns.shape[1])
        penalty[0, 0] = 0.0
        fitted = np.linalg.solve(columns.T @ weighted + penalty, weighted.T @ table.outcome[train])
        own[test] = design(bent(dose[test]), test) @ fitted
        share = base[test].sum() / base.sum()
        mean = np.average(design(np.zeros((len(test), 1 + len(knots))), test), axis=0, weights=base[test])
        linear = np.average(given.linear[test, 1:], axis=0, weights=base[test])
        for point, bends in enumerate(bent(grid)):
            row = np.concatenate([mean[: covariates.shape[1]], bends, bends[0] * linear, bends[2] * linear])
            over[point] += share * (row @ fitted)
    return own, over


def _density_ratio(
    dose: np.ndarray, centre: np.ndarray, spread: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """(n,) p(A) / p(A | X) with mean 1, and how many were moved to LARGEST_RATIO. The dose is centre + spread * noise,
    of which a kernel gives the density; p(A) is its mean over units."""
    noise = (dose - centre) / spread
    some = rng.permutation(len(dose))[:DENSITY_UNITS]
    points = np.linspace(noise.min() - 1, noise.max() + 1, 512)
    height = gaussian_kde(noise[some])(points)
    given = np.interp(noise, points, height) / spread
    grid = np.linspace(dose.min(), dose.max(), 200)
    away = (grid[:, None] - centre[some]) / spread[some]
    overall = (np.interp(away, points, height, left=0.0, right=0.0) / spread[some]).mean(axis=1)
    ratio = np.interp(dose, grid, overall) / np.maximum(given, 1e-12)
    kept = np.minimum(ratio, LARGEST_RATIO)
    return kept / kept.mean(), int((ratio > LARGEST_RATIO).sum())


def _bandwidth(dose: np.ndarray, pseudo: np.ndarray, base: np.ndarray, span: float, rng: np.random.Generator) -> float:
    """Of the BANDWIDTHS the one whose local lines predict left-out pseudo-outcomes best, over at most 2,000 units."""
    some = rng.permutation(len(dose))[:DENSITY_UNITS]
    held, rest = np.split(some, [len(some) // 5])
    points = np.linspace(dose[held].min(), dose[held].max(), POINTS)
    best, least = BANDWIDTHS[-1] * span, np.inf
    for share in BANDWIDTHS:
        heights = np.array(
            [local_fit(dose[rest], pseudo[rest], at, share * span, weights=base[rest]).value for at in points]
        )
        known = np.isfinite(heights)
        if known.sum() < 2:
            continue
        missed = float(np.average((pseudo[held] - np.interp(dose[held], points[known], heights[known])) ** 2))
        if missed < least:
            best, least = share * span, missed
    return best
