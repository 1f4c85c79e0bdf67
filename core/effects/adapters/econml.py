"""EconML's double machine learning, doubly robust learner and causal forest, each on a fresh copy.

EconML's own number and error, learnt with boosted trees in the same number of folds as ours. What is read is the
average effect and its own error, never the band that averages the bounds of single units (EconML issue 479). Only
worker processes import this.
"""

from typing import Any

import numpy as np

from core.effects.adapters.peers import finished, fresh_frame, independent_units, quietly, refuse_without_covariates
from core.effects.diagnosis.overlap import overlap
from core.effects.estimate import Estimate
from core.effects.nuisances import FOLDS, Nuisances, deal_folds
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

FOREST_UNITS = 5_000  # a forest of 200 trees takes half a minute for twice as many
FOREST_TREES = 200


def linear_dml(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None) -> Estimate:
    """LinearDML: an effect that is linear in the covariates, averaged over all units or over the treated."""
    from econml.dml import LinearDML

    model = LinearDML(
        model_y=_trees(_is_share(table.outcome)), model_t=_trees(True), discrete_treatment=True,
        discrete_outcome=_is_share(table.outcome), cv=_folds(table, seed), random_state=seed,
    )  # fmt: skip
    return _averaged("econml_linear_dml", table, estimand, model)


def linear_dr(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None) -> Estimate:
    """LinearDRLearner: doubly robust scores regressed on the covariates, averaged over all or over the treated."""
    from econml.dr import LinearDRLearner

    model = LinearDRLearner(
        model_propensity=_trees(True), model_regression=_trees(_is_share(table.outcome)),
        discrete_outcome=_is_share(table.outcome), cv=_folds(table, seed), random_state=seed,
    )  # fmt: skip
    return _averaged("econml_dr", table, estimand, model)


def causal_forest(
    table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """CausalForestDML: `ate_` or `att_` with their own errors. Raises NotEnoughData under poor overlap, where its
    averages explode; beyond FOREST_UNITS units it gets a random part, said."""
    from econml.dml import CausalForestDML

    fits = nuisances or Nuisances(table, seed=seed, splits=1)
    judged = overlap(table, fits.propensity(0), estimand=estimand)
    if judged.passed is not True:
        raise NotEnoughData(f"The causal forest is not asked: {judged.sentence}")
    some, said = _some(table, seed)
    frame, names = fresh_frame(some)
    refuse_without_covariates(names, "EconML")
    model = CausalForestDML(
        model_y=_trees(_is_share(some.outcome)), model_t=_trees(True), discrete_treatment=True,
        discrete_outcome=_is_share(some.outcome), cv=_folds(some, seed), n_estimators=FOREST_TREES, n_jobs=1,
        random_state=seed,
    )  # fmt: skip
    with quietly():
        model.fit(frame["outcome"].to_numpy(), frame["treatment"].to_numpy(), X=frame[names], sample_weight=_base(some))
        if estimand == "ATT":
            value, error = model.att_(T=1), model.att_stderr_(T=1)
        else:
            value, error = model.ate_, model.ate_stderr_
    notes = (*said, *independent_units(table))
    return finished("causal_forest", table, estimand, _number(value), _number(error), notes)


def _averaged(name: str, table: AnalysisTable, estimand: str, model: Any) -> Estimate:
    """The effect of a linear final model at the mean covariates of the units asked about, with its own error."""
    frame, names = fresh_frame(table)
    refuse_without_covariates(names, "EconML")
    about = table.treatment == 1 if estimand == "ATT" else np.ones(table.units, dtype=bool)
    middle = np.average(frame.loc[about, names].to_numpy(), axis=0, weights=table.weights[about])[None, :]
    with quietly():
        model.fit(
            frame["outcome"].to_numpy(), frame["treatment"].to_numpy(), X=frame[names].to_numpy(),
            sample_weight=_base(table),
        )  # fmt: skip
        found = model.effect_inference(middle)
    return finished(
        name, table, estimand, _number(found.point_estimate), _number(found.stderr), independent_units(table)
    )


def _some(table: AnalysisTable, seed: int) -> tuple[AnalysisTable, tuple[str, ...]]:
    if table.units <= FOREST_UNITS:
        return table, ()
    chosen = np.zeros(table.units, dtype=bool)
    chosen[np.random.default_rng(seed).permutation(table.units)[:FOREST_UNITS]] = True
    said = f"The forest saw {FOREST_UNITS:,} of the {table.units:,} units, drawn at random."
    return table.only_units(chosen, "Drawn for the causal forest"), (said,)


def _folds(table: AnalysisTable, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    fold = deal_folds(table.treatment, table.clusters, np.random.default_rng([seed, 0]))
    return [(np.flatnonzero(fold != which), np.flatnonzero(fold == which)) for which in range(FOLDS)]


def _trees(is_share: bool) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    made = LGBMClassifier if is_share else LGBMRegressor
    return made(num_leaves=8, n_estimators=80, learning_rate=0.08, verbose=-1, num_threads=1, random_state=0)


def _is_share(outcome: np.ndarray) -> bool:
    return bool(np.isin(outcome, (0.0, 1.0)).all())


def _base(table: AnalysisTable) -> np.ndarray | None:
    return table.weights / table.weights.mean() if table.sampled else None


def _number(value: Any) -> float:
    return float(np.ravel(value)[0])
