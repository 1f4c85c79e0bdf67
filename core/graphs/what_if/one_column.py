"""A group of covariates as one number: its first principal component, with how much of the group it holds."""

from dataclasses import replace

import numpy as np

from core.graphs.check.matched import Matched
from core.graphs.variables import Variable


def one_column_each(brought: Matched) -> Matched:
    """The same variables, every one of one column; what became of groups is said."""
    notes, made = [], []
    for variable in brought.table.variables:
        if variable.values.ndim == 1:
            made.append(variable)
            continue
        single, held = _first_component(variable)
        made.append(single)
        if variable.values.shape[1] > 1:
            notes.append(
                f"{variable.name} stands for {variable.values.shape[1]} columns by their first principal component, "
                f"which holds {held:.0%} of their variance."
            )
    table = replace(brought.table, variables=tuple(made))
    return replace(brought, table=table, notes=(*brought.notes, *notes))


def _first_component(variable: Variable) -> tuple[Variable, float]:
    values = variable.values
    spread = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)
    if values.shape[1] == 1:
        return replace(variable, kind="number", values=values[:, 0]), 1.0
    found = np.linalg.eigh(standard.T @ standard / len(standard))
    leading = found.eigenvectors[:, -1] * np.sign(found.eigenvectors[:, -1].sum() or 1)
    share = float(found.eigenvalues[-1] / found.eigenvalues.sum())
    return replace(variable, kind="number", values=standard @ leading), share
