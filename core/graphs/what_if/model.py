"""DoWhy's graphical causal models behind one door: data go in as a copy, draws and answers come out.

A number keeps its values, a whole number of few values stays whole, categories and two-valued variables are texts (so
their mechanism is a classifier). Looking back needs mechanisms that can be inverted: there every node is a number plus
noise, and a two-valued one becomes a share.
"""

import logging
import random
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx
import numpy as np
import pandas as pd

from core.errors import BadSpec
from core.graphs.variables import Floats, Variable, VariableTable

FOLDS: Final = 3
SAMPLES: Final = 20_000


@dataclass(frozen=True)
class Model:
    """A fitted model. data: the frame it was fitted on, in gcm's form; gcm: the fitted model."""

    graph: "nx.DiGraph[str]"
    data: pd.DataFrame
    gcm: Any

    def refitted(self, rows: Any) -> "Model":
        """The same mechanisms fitted on other rows (positions, which may repeat) of the same data."""
        gcm = _gcm()
        data = self.data.iloc[rows].reset_index(drop=True)
        again = gcm.StructuralCausalModel(self.graph) if not _inverts(self.gcm) else _inverting(self.graph)
        for node in self.graph:
            again.set_causal_mechanism(node, self.gcm.causal_mechanism(node).clone())
        _fit(again, data)
        return Model(self.graph, data, again)

    def held(self, values: Mapping[str, Any]) -> pd.DataFrame:
        """The fitted rows, repeated to SAMPLES or more, with some nodes set and what they move drawn anew.

        What is not moved stays as observed, so causes keep what they have in common. Without values: as observed.
        """
        if not values:
            return self.data
        gcm = _gcm()
        rows = pd.concat([self.data] * -(-SAMPLES // len(self.data)), ignore_index=True)
        return _frame(lambda: gcm.interventional_samples(self.gcm, _setters(values), observed_data=rows))

    def looked_back(self, values: Mapping[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
        """These units had some nodes been set to a value and their noise stayed."""
        gcm = _gcm()
        return _frame(lambda: gcm.counterfactual_samples(self.gcm, _setters(values), observed_data=rows))


def fit_model(graph: "nx.DiGraph[str]", table: VariableTable, *, seed: int) -> Model:
    """Assign a mechanism to each node (chosen by cross-validation) and fit it."""
    gcm = _gcm()
    _seed(seed)
    data = frame_of(table)
    made = gcm.StructuralCausalModel(graph)
    _quietly(lambda: gcm.auto.assign_causal_mechanisms(made, data, quality=gcm.auto.AssignmentQuality.GOOD))
    _fit(made, data)
    return Model(graph, data, made)


def fit_to_look_back(graph: "nx.DiGraph[str]", table: VariableTable, *, seed: int) -> Model:
    """Every node a function of its causes plus noise; lines or boosted trees, whichever predicts better.

    Raises BadSpec for a category of more than two levels.
    """
    gcm = _gcm()
    _seed(seed)
    for variable in table.variables:
        if variable.kind == "category":
            raise BadSpec(
                f"'{variable.name}' is a category, whose noise cannot be told from a unit; leave it out, or ask what "
                "setting a node does to everybody."
            )
    data = pd.DataFrame({variable.name: variable.values for variable in table.variables})
    made = _inverting(graph)
    for node in graph:
        causes = list(graph.predecessors(node))
        if not causes:
            made.set_causal_mechanism(node, gcm.EmpiricalDistribution())
        else:
            regressor = _regressor(data[causes].to_numpy(), data[node].to_numpy())
            made.set_causal_mechanism(node, gcm.AdditiveNoiseModel(regressor))
    _fit(made, data)
    return Model(graph, data, made)


def change_shares(
    model: Model, later: pd.DataFrame, outcome: str, level: str | None, *, samples: int, seed: int
) -> dict[str, float]:
    """How much of the change of the outcome's mean (or of the share of a level) each node's mechanism brought about.

    Shapley values over the mechanisms (Budhathoki, Janzing, Blöbaum, Ng 2021); they add up to the change.
    """
    gcm = _gcm()
    _seed(seed)
    again = gcm.StructuralCausalModel(model.graph)
    for node in model.graph:
        again.set_causal_mechanism(node, model.gcm.causal_mechanism(node).clone())

    def difference(before: Any, after: Any) -> float:
        return mean_of(np.asarray(after), level) - mean_of(np.asarray(before), level)

    found = _quietly(
        lambda: gcm.distribution_change(
            again, model.data, later, outcome, num_samples=samples, difference_estimation_func=difference,
            # every mechanism may have changed: a test of that would decide by significance what mattered
            independence_test=lambda *_: 0.0, conditional_independence_test=lambda *_: 0.0,
        )
    )  # fmt: skip
    return {str(node): float(value) for node, value in found.items()}


def mean_of(values: Any, level: str | None) -> float:
    """The mean of numbers, or the share of a level among texts."""
    column = np.asarray(values).ravel()
    return float((column == level).mean()) if level is not None else float(column.astype(float).mean())


def frame_of(table: VariableTable) -> pd.DataFrame:
    """The variables in gcm's form: numbers, whole numbers, texts. Raises BadSpec for a group of columns."""
    return pd.DataFrame({variable.name: _column(variable) for variable in table.variables})


def texts_of(variable: Variable) -> tuple[str, ...]:
    """The levels of a category or a two-valued variable, as gcm and the analyst read them."""
    return variable.levels or (("0", "1") if variable.kind == "binary" else ())


def _column(variable: Variable) -> Any:
    if variable.values.ndim == 2:
        raise BadSpec(
            f"'{variable.name}' is a group of {variable.values.shape[1]} columns; a model needs one number each."
        )
    if texts_of(variable):
        return np.array(texts_of(variable), dtype=object)[variable.values.astype(int)]
    return variable.values.astype(int) if variable.kind == "count" else variable.values


def _regressor(causes: Floats, effect: Floats) -> Any:
    from sklearn.model_selection import cross_val_score

    gcm = _gcm()
    tried = (gcm.ml.create_linear_regressor, gcm.ml.create_hist_gradient_boost_regressor)
    errors = [-cross_val_score(make().sklearn_model, causes, effect, cv=FOLDS, scoring="r2").mean() for make in tried]
    return tried[int(np.argmin(errors))]()


def _inverting(graph: "nx.DiGraph[str]") -> Any:
    return _gcm().InvertibleStructuralCausalModel(graph)


def _inverts(model: Any) -> bool:
    return isinstance(model, _gcm().InvertibleStructuralCausalModel)


def _setters(values: Mapping[str, Any]) -> dict[str, Any]:
    return {node: (lambda _, value=value: value) for node, value in values.items()}


def _fit(model: Any, data: pd.DataFrame) -> None:
    _quietly(lambda: _gcm().fit(model, data))


def _quietly(work: Callable[[], Any]) -> Any:
    """Without the library's warnings, which speak of its own dependencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()


def _frame(work: Callable[[], Any]) -> pd.DataFrame:
    return pd.DataFrame(_quietly(work))


def _seed(seed: int) -> None:
    """gcm draws from the global generators."""
    np.random.seed(seed)
    random.seed(seed)


def _gcm() -> Any:
    from dowhy import gcm

    gcm.config.disable_progress_bars()
    gcm.config.set_default_n_jobs(1)
    logging.getLogger("dowhy").setLevel(logging.ERROR)
    return gcm
