"""Each unit's effect as EconML and DoubleML tell it, by models that saw none of the unit's fold."""

from collections.abc import Callable

import numpy as np

from core.effects.adapters.peers import quietly
from tests.benchmarks.peers import FAULTS, trees

Told = Callable[[np.ndarray], np.ndarray]
Learn = Callable[[np.ndarray, np.ndarray, np.ndarray], Told]
TREES = 200


def linear_dml(x: np.ndarray, t: np.ndarray, y: np.ndarray) -> Told:
    from econml.dml import LinearDML

    model = LinearDML(
        model_y=trees(is_share=False), model_t=trees(is_share=True), discrete_treatment=True, cv=5, random_state=0
    )
    return model.fit(y, t, X=x).effect


def linear_dr(x: np.ndarray, t: np.ndarray, y: np.ndarray) -> Told:
    from econml.dr import LinearDRLearner

    model = LinearDRLearner(
        model_propensity=trees(is_share=True), model_regression=trees(is_share=False), cv=5, random_state=0
    )
    return model.fit(y, t, X=x).effect


def causal_forest(x: np.ndarray, t: np.ndarray, y: np.ndarray) -> Told:
    from econml.dml import CausalForestDML

    model = CausalForestDML(
        model_y=trees(is_share=False), model_t=trees(is_share=True), discrete_treatment=True, n_estimators=TREES,
        cv=5, random_state=0, n_jobs=1,
    )  # fmt: skip
    return model.fit(y, t, X=x).effect


def doubleml_projection(x: np.ndarray, t: np.ndarray, y: np.ndarray) -> Told:
    """DoubleML's best linear projection of the doubly robust scores on the covariates."""
    import pandas as pd
    from doubleml import DoubleMLData, DoubleMLIRM

    np.random.seed(0)
    data = DoubleMLData.from_arrays(x, y, t)
    model = DoubleMLIRM(data, ml_g=trees(is_share=False), ml_m=trees(is_share=True)).fit()
    varies = np.ptp(x, axis=0) > 0

    def basis(rows: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(np.column_stack([np.ones(len(rows)), rows[:, varies]]))

    slopes = model.cate(basis(x)).blp_model[0].params.to_numpy()
    return lambda rows: basis(rows).to_numpy() @ slopes


PEERS: dict[str, Learn] = {
    "EconML LinearDML": linear_dml,
    "EconML LinearDRLearner": linear_dr,
    "EconML causal forest": causal_forest,
    "DoubleML IRM, linear projection": doubleml_projection,
}


def held_out(peer: str, x: np.ndarray, t: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray | None:
    """(n,) effects, each fold's by a model of the others; None, with the reason printed, where the peer fails."""
    found = np.zeros(len(x))
    try:
        for which in np.unique(fold):
            train, test = fold != which, fold == which
            with quietly():
                found[test] = np.ravel(PEERS[peer](x[train], t[train], y[train])(x[test]))
    except FAULTS as fault:
        print(f"{peer}: no effects: {type(fault).__name__}: {str(fault)[:120]}", flush=True)
        return None
    return found
