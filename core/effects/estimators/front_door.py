"""Front door: the effect through measured mediators, where treatment and outcome have hidden common causes.

If the whole effect runs through the mediators, and nothing hidden causes them together with treatment or outcome, then
E Y(a) = E over X of sum over m of f(m | a, X) * sum over a' of E(Y | a', m, X) P(a' | X) (Pearl 1995). Estimated by
the doubly robust score of Fulcher, Shpitser, Marealle and Tchetgen Tchetgen (2020), for any mediators: the density
ratio of the mediators comes from two propensities, with and without them, and all pieces are cross-fitted super
learners.
"""

import numpy as np

from core.effects.crossfit import Scored, averaged, expected, finished, over_splits, propensity_given
from core.effects.estimate import Estimate, clustered_error
from core.effects.estimators.mediation import mediators
from core.effects.interval import Interval
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable

GUARD = 0.01  # propensities are kept this far from 0 and 1; counted and said


def estimate(
    table: AnalysisTable, *, estimand: str = "ATE", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The average effect through the mediators in the outcome's unit; details: `means` of both arms, `mediators`.

    Raises BadSpec without mediators, or for one that never varies.
    """
    matrix = mediators(table)
    middle, se, values = over_splits(table, lambda split: _one_split(table, matrix, seed, split))
    return finished("front_door", table, "ATE", middle, se=se, split_values=values)


def _one_split(table: AnalysisTable, matrix: np.ndarray, seed: int, split: int) -> Scored:
    treatment, outcome, covariates = table.treatment, table.outcome, table.matrix()
    both = np.hstack([covariates, matrix])

    def learnt(given: np.ndarray, target: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
        return expected(table, given, target, seed=seed, split=split, among=among)

    plain, full = (propensity_given(table, each, seed=seed, split=split) for each in (covariates, both))
    propensity, told = (np.clip(each, GUARD, 1 - GUARD) for each in (plain, full))
    at = {arm: learnt(both, outcome, treatment == arm) for arm in (0, 1)}
    mixed = propensity * at[1] + (1 - propensity) * at[0]  # over who would have been treated, at the unit's mediators
    own = np.where(treatment == 1, at[1], at[0])
    scores, weights = [], np.zeros(table.units)
    for arm in (0, 1):
        given = treatment == arm
        share = propensity if arm else 1 - propensity
        likely = told if arm else 1 - told
        ratio = np.where(given, 1.0, likely / (1 - likely) * (1 - share) / share)  # f(m | arm, X) / f(m | own arm, X)
        ratio /= np.average(ratio, weights=table.weights)
        later = {other: learnt(covariates, at[other], given) for other in (0, 1)}
        whole = propensity * later[1] + (1 - propensity) * later[0]
        inverse = given / share
        inverse /= np.average(inverse, weights=table.weights)
        followed = np.where(treatment == 1, later[1], later[0])
        scores.append(ratio * (outcome - own) + inverse * (mixed - whole) + followed)
        weights += given * inverse * table.weights
    means, influence = averaged(np.column_stack(scores), table.weights)
    named = ", ".join(each.title for each in table.mediators)
    moved = int(((propensity != plain) | (told != full)).sum())
    notes = [f"Assumes that the whole effect runs through {named}, and that nothing hidden causes {named}."]
    if moved:
        notes.append(f"{moved:,} of {table.units:,} propensities lay within {GUARD} of certainty and were moved there.")
    rows = [Interval(float(means[arm]), clustered_error(influence[:, arm], table.clusters)).plain() for arm in (0, 1)]
    details = {"means": rows, "mediators": [each.title for each in table.mediators]}
    return Scored(float(means[1] - means[0]), influence[:, 1] - influence[:, 0], weights, details, tuple(notes))
