"""Which method suits the data: a default, or another than was asked for where that cannot serve, and why."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import WhypathError
from core.graphs.discovery.counts import countable
from core.graphs.sufficient import embed
from core.graphs.variables import VariableTable

FEW_UNITS: Final = 10  # units a column of variables below which tests have little power
NEAR_COLLINEAR: Final = 0.01  # share of a variable's variance that the others leave


@dataclass(frozen=True)
class Chosen:
    """A method, and in one sentence why."""

    method: str
    reason: str


def choose_method(table: VariableTable, asked: str | None, hidden: bool) -> Chosen:
    """The method for a table. asked: None lets the data decide; hidden: whether hidden common causes are possible."""
    if asked is None:
        return _default(table, hidden)
    cause = _obstacle(table, asked, hidden)
    if cause is None:
        return Chosen(asked, "It was asked for.")
    return Chosen("fci" if hidden and asked != "fci" else "boss", cause)


def _default(table: VariableTable, hidden: bool) -> Chosen:
    if hidden:
        return Chosen("fci", "FCI, because hidden common causes are possible and the other methods assume none.")
    return Chosen("boss", f"BOSS, the most accurate on simulated graphs, {_scored(table)}.")


def _scored(table: VariableTable) -> str:
    kinds = {variable.kind for variable in table.variables}
    if countable(table):
        return "with BDeu scores, because every variable is a category"
    if kinds & {"category", "binary", "group"}:
        return "on normal scores of ranks and indicators of categories, because kinds of variables are mixed"
    return "on normal scores of ranks"


def _obstacle(table: VariableTable, asked: str, hidden: bool) -> str | None:
    """Why the method that was asked for cannot serve, None if it can."""
    if hidden and asked != "fci":
        return f"FCI instead of {asked}, because hidden common causes are possible and {asked} assumes none."
    if asked == "lingam":
        from core.graphs.discovery.lingam import refuse_normal

        try:
            refuse_normal(table)
        except WhypathError as error:
            return f"BOSS instead of LiNGAM. {error}"
    if asked in ("pc", "fci") and not hidden:
        embedded = embed(table)
        columns = embedded.matrix.shape[1]
        if embedded.units < FEW_UNITS * columns:
            return (
                f"BOSS instead of {asked.upper()}, because {embedded.units:,} units are few for {columns} columns of "
                "variables: tests would find no dependence where there is one."
            )
        left = 1 / np.diag(np.linalg.inv(embedded.moments().correlation))
        if left.min() < NEAR_COLLINEAR:
            owner = next(name for name, own in zip(table.names, embedded.blocks, strict=True) if left.argmin() in own)
            return (
                f"BOSS instead of {asked.upper()}, because '{owner}' follows from the others but for "
                f"{100 * left.min():.1f} % of its variance: tests given near copies find nothing left."
            )
    return None
