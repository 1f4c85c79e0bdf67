"""The units of a causal question as rows of variables: a covariate group is one variable, as it is one node."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.effects.analysis_table import build
from core.effects.fitting_design import asked_with_design
from core.effects.groups import covariate_groups
from core.effects.table import CLUSTER, OUTCOME, TREATMENT
from core.graphs.halves import Half, in_half
from core.graphs.sources import Tiers, halved
from core.graphs.variables import Variable, VariableTable
from core.storage.engine import Log
from core.storage.workspace import Workspace


def variables_of_question(
    workspace: Workspace, log: Log, question: Mapping[str, Any], half: Half
) -> tuple[VariableTable, Tiers]:
    """One row per unit: the covariate groups (before), the treatment, the outcome; and those three tiers.

    Raises as the analysis table does.
    """
    asked, said = asked_with_design(workspace, log.log_id, question, log)
    made = build(log, asked)
    frame = made.frame[in_half(made.frame[CLUSTER], half)]
    treatment, outcome = asked.treatment_name, asked.outcome_name
    groups: dict[str, list[str]] = {}
    for covariate in made.covariates:
        groups.setdefault(covariate.group, []).append(covariate.name)
    titles = {group.name: group.title for group in covariate_groups(log.manifest)}
    variables = [
        Variable(name, "group", frame[columns].to_numpy(dtype=np.float64), title=titles.get(name, ""))
        for name, columns in groups.items()
    ]
    ends = [
        Variable(name, "binary", frame[column].to_numpy(dtype=np.float64))
        for name, column in ((treatment, TREATMENT), (outcome, OUTCOME))
    ]
    codes = np.unique(frame[CLUSTER].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)
    table = VariableTable((*variables, *ends), made.population, codes, (*said, *made.notes))
    if half != "all":
        table = halved(table, half, len(frame), len(made.frame))
    return table, (tuple(variable.name for variable in variables), (treatment,), (outcome,))
