"""What every adapter does: hand over a fresh copy under neutral names, and turn a value and its error into an estimate.

DoWhy writes its propensities and 13 more columns into the frame it is given, and reuses any column of such a name that
it finds there, so that a second estimate repeats the first. Here each call gets a frame of its own, made of arrays,
whose columns are `treatment`, `outcome`, x0, x1, ...: nothing of an earlier call can be in it, whatever the analyst's
columns are called.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd

from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.table import AnalysisTable
from core.errors import BadSpec

DRAWS = 30  # of users, where the peer has no error of its own


def fresh_frame(table: AnalysisTable) -> tuple[pd.DataFrame, list[str]]:
    """A copy of treatment, outcome and the covariates that vary, and the names of those covariates."""
    matrix = table.matrix()
    varies = [place for place in range(matrix.shape[1]) if np.ptp(matrix[:, place]) > 0]
    names = [f"x{place}" for place in range(len(varies))]
    frame = pd.DataFrame(matrix[:, varies], columns=names)
    frame["treatment"], frame["outcome"] = table.treatment.astype(int), table.outcome
    return frame, names


def refuse_sampled(table: AnalysisTable, peer: str) -> None:
    """Raise BadSpec where units stand for different numbers of units, and the peer would count each as one."""
    if table.sampled:
        raise BadSpec(f"{peer} counts every unit once, and here they were sampled; choose one of our own estimators.")


def refuse_without_covariates(names: list[str], peer: str) -> None:
    """Raise BadSpec where no covariate varies: the peers need one."""
    if not names:
        raise BadSpec(f"{peer} needs a covariate that varies; choose 'raw' where there is nothing to adjust for.")


def finished(
    name: str,
    table: AnalysisTable,
    estimand: str,
    value: float,
    se: float,
    notes: tuple[str, ...] = (),
) -> Estimate:
    """The estimate of the adapter of that name. A peer tells neither weights nor influences: the first are all 1, and
    the second are nothing."""
    treated = float(table.treatment.sum())
    return Estimate(
        estimator=name,
        title=ESTIMATORS[name].title,
        estimand=estimand,
        value=float(value),
        se=float(se),
        effective_units=(treated, table.units - treated),
        largest_weight_share=float(1 / max(min(treated, table.units - treated), 1.0)),
        influence=np.zeros(table.units),
        weights=np.ones(table.units),
        notes=notes,
    )


def independent_units(table: AnalysisTable) -> tuple[str, ...]:
    """A note where users have several units, which the peer's error takes for independent."""
    users = int(table.clusters.max(initial=-1)) + 1
    if users == table.units:
        return ()
    return (f"Its error takes the {table.units:,} units for independent; they belong to {users:,} users.",)


@contextmanager
def quietly() -> Iterator[None]:
    """Peers warn of what they do on purpose, and log to standard output; both are silenced while they run."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def users_drawn(table: AnalysisTable, rng: np.random.Generator) -> AnalysisTable:
    """A bootstrap sample of users, each with all of their units."""
    clusters = table.clusters
    order = np.argsort(clusters, kind="stable")
    counts = np.bincount(clusters)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    drawn = rng.integers(0, len(counts), len(counts))
    places = np.concatenate([order[starts[user] : starts[user] + counts[user]] for user in drawn])
    return replace(table, frame=table.frame.iloc[places].reset_index(drop=True))
