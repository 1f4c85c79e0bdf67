"""Mediation: how much of the effect runs through the mediators, and how much past them.

Natural effects (Pearl 2001): direct, the treatment's effect had the mediators stayed as without it; indirect, the
mediators' change alone under the treatment; together they are the whole effect. The mixed mean of treated outcomes
under untreated mediators is estimated by the multiply robust score of Tchetgen Tchetgen and Shpitser (2012), with
cross-fitted super learners and the mediators' density ratio from two propensities, with and without them (Zheng and van
der Laan 2012). Assumes that the covariates hold every common cause of treatment and outcome, of treatment and
mediators, and of mediators and outcome, and that none of the last is changed by the treatment. An experiment that sets
the treatment alone does not ensure that; the details say how strong such a cause would have to be.
"""

from typing import Any

import numpy as np

from core.effects.crossfit import Scored, averaged, expected, finished, over_splits, propensity_given
from core.effects.estimate import Estimate, clustered_error
from core.effects.interval import Interval
from core.effects.linear import covariate_basis, residuals
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.errors import BadSpec

GUARD = 0.01  # propensities given the mediators are kept this far from 0 and 1; counted and said
PARTS = ("direct", "indirect", "total")


def estimate(
    table: AnalysisTable, *, estimand: str = "INDIRECT", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The indirect effect ("INDIRECT") or the direct one ("DIRECT") in the outcome's unit; details: `rows` (direct,
    indirect, total), `share_through` (indirect over total, where total is clearly not 0), `sensitivity`.

    Raises BadSpec without mediators, or for one that never varies.
    """
    matrix = mediators(table)
    asked = "DIRECT" if estimand == "DIRECT" else "INDIRECT"
    middle, se, values = over_splits(table, lambda split: _one_split(table, matrix, asked, seed, split))
    details = {**middle.details, "sensitivity": _sensitivity(table, matrix)}
    noted = Scored(middle.value, middle.influence, middle.weights, details, middle.notes)
    return finished("mediation", table, asked, noted, se=se, split_values=values)


def mediators(table: AnalysisTable) -> np.ndarray:
    """(n, q) the mediators; raises BadSpec where there are none or one never varies."""
    if not table.mediators:
        raise BadSpec("There are no mediators; name the columns that carry part of the effect.")
    matrix = table.frame[[each.name for each in table.mediators]].to_numpy(dtype=float)
    for place, each in enumerate(table.mediators):
        if np.ptp(matrix[:, place]) == 0:
            raise BadSpec(f"The mediator {each.title} is {matrix[0, place]:g} for every unit; it can carry nothing.")
    return matrix


def _one_split(table: AnalysisTable, matrix: np.ndarray, asked: str, seed: int, split: int) -> Scored:
    treatment, outcome, covariates = table.treatment, table.outcome, table.matrix()
    both = np.hstack([covariates, matrix])

    def learnt(given: np.ndarray, target: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
        return expected(table, given, target, seed=seed, split=split, among=among)

    plain, full = (propensity_given(table, each, seed=seed, split=split) for each in (covariates, both))
    propensity, told = np.clip(plain, GUARD, 1 - GUARD), np.clip(full, GUARD, 1 - GUARD)
    treated, control = treatment == 1, treatment == 0
    mixed = learnt(both, outcome, treated)  # outcome of the treated given covariates and mediators
    carried = learnt(covariates, mixed, control)  # its mean over the mediators of the controls
    alone = {arm: learnt(covariates, outcome, treatment == arm) for arm in (0, 1)}
    up, down = _level(treated / propensity, table), _level(control / (1 - propensity), table)
    across = _level(treated * (1 - told) / (told * (1 - propensity)), table)
    first = alone[1] + up * (outcome - alone[1])
    last = alone[0] + down * (outcome - alone[0])
    between = carried + across * (outcome - mixed) + down * (mixed - carried)
    scores = np.column_stack([between - last, first - between, first - last])
    means, influence = averaged(scores, table.weights)
    rows = [
        {"part": part, **Interval(float(means[place]), clustered_error(influence[:, place], table.clusters)).plain()}
        for place, part in enumerate(PARTS)
    ]
    moved = int(((propensity != plain) | (told != full)).sum())
    place = 0 if asked == "DIRECT" else 1
    details = {"rows": rows, "share_through": _share(table, means, influence)}
    weights = table.weights * np.where(treated, up + across, down)
    return Scored(float(means[place]), influence[:, place], weights, details, _notes(table, moved))


def _level(weights: np.ndarray, table: AnalysisTable) -> np.ndarray:
    return np.asarray(weights / np.average(weights, weights=table.weights))


def _share(table: AnalysisTable, means: np.ndarray, influence: np.ndarray) -> dict[str, float] | None:
    """Indirect over total with its interval by the delta method; None unless the total is 3 errors from 0."""
    total = float(means[2])
    if abs(total) < 3 * clustered_error(influence[:, 2], table.clusters):
        return None
    share = float(means[1]) / total
    return Interval(share, clustered_error((influence[:, 1] - share * influence[:, 2]) / total, table.clusters)).plain()


def _sensitivity(table: AnalysisTable, matrix: np.ndarray) -> dict[str, Any] | None:
    """For one mediator and linear effects (Imai, Keele and Yamamoto 2010): the correlation that a hidden common cause
    of mediator and outcome must leave between their errors to explain the indirect effect away. It is the correlation
    of the residuals of outcome and mediator, given treatment and covariates. None for several mediators."""
    if matrix.shape[1] != 1:
        return None
    root = np.sqrt(table.weights)
    basis = covariate_basis(np.column_stack([table.matrix(), table.treatment])) * root[:, None]
    basis = np.linalg.qr(basis)[0]
    mediator, outcome = residuals(basis, matrix[:, 0] * root), residuals(basis, table.outcome * root)
    size = float(np.sqrt((mediator @ mediator) * (outcome @ outcome)))
    if size <= 0:
        return None
    found = float(mediator @ outcome) / size
    title = table.mediators[0].title
    sentence = (
        f"A hidden common cause of {title} and {table.outcome_title} that correlates their errors by {found:+.2f} "
        "would explain the indirect effect away (if effects are linear)."
    )
    return {"correlation": found, "sentence": sentence}


def _notes(table: AnalysisTable, moved: int) -> tuple[str, ...]:
    named = ", ".join(each.title for each in table.mediators)
    notes = [f"Assumes no unmeasured common cause of {named} and {table.outcome_title}, which no experiment ensures."]
    if moved:
        notes.append(f"{moved:,} of {table.units:,} propensities lay within {GUARD} of certainty and were moved there.")
    return tuple(notes)
