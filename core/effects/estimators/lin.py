"""Regression by arm (Lin's interacted regression): each arm's outcome is regressed on the covariates by itself.

Every unit of the population asked about gets the outcome that either arm's regression expects of it, and these are
averaged: the same number as one regression with treatment times centred covariates (Lin 2013). Unlike a single
coefficient it is the ATE, or the ATT, where effects differ. Assumes that the covariates hold every common cause and
that outcomes are linear in them (in an experiment neither is needed). The standard error adds the spread of the units'
own effects to residuals made larger by their leverage (HC2), and is summed by user.
"""

from typing import TYPE_CHECKING

import numpy as np

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.least_squares import extrapolation, least_squares, with_constant
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

if TYPE_CHECKING:
    from core.effects.nuisances import Nuisances


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: "Nuisances | None" = None) -> Estimate:
    """The difference of expected outcomes, in the outcome's unit; "ATE" or "ATT". Needs neither seed nor nuisances.

    Raises NotEnoughData where an arm has no more units than its regression has coefficients.
    """
    treatment, base = table.treatment, table.weights / table.weights.mean()
    design = with_constant(table.matrix(), base)
    population = base if estimand == "ATE" else base * treatment
    population = population / population.mean()
    average = population @ design / table.units
    expected, notes = np.zeros(table.units), []
    influence, weights = np.zeros(table.units), np.zeros(table.units)
    for sign, arm in ((1, treatment == 1), (-1, treatment == 0)):
        fit = least_squares(design[arm], table.outcome[arm], base[arm])
        if fit.rank >= arm.sum():
            raise NotEnoughData(
                f"Regression by arm has {fit.rank:,} coefficients for the {arm.sum():,} {_name(sign)} units; "
                "name fewer covariates."
            )
        if fit.rank < design.any(axis=0).sum():
            notes.append(
                f"Among the {_name(sign)} units some covariates do not vary or repeat others; what only they would say "
                "is not extrapolated to the other arm."
            )
        expected += sign * (design @ fit.coefficients)
        pull = fit.pull(average) * table.units
        influence[arm] = sign * pull * fit.honest_residuals(table.clusters[arm])
        weights[arm] = pull
    value = float(population @ expected / table.units)
    influence += population * (expected - value)
    return Estimate(
        estimator="lin",
        title=ESTIMATORS["lin"].title,
        estimand=estimand,
        value=value,
        se=clustered_error(influence, table.clusters),
        effective_units=effective_units(weights, treatment),
        largest_weight_share=largest_weight_share(weights, treatment),
        influence=influence - influence.mean(),
        weights=weights,
        notes=(*notes, *extrapolation(weights)),
    )


def _name(sign: int) -> str:
    return "treated" if sign == 1 else "control"
