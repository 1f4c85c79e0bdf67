"""How often does the 95 % interval of the headline estimator hold the planted effect? Four designs, 2,000 units each.

    python -m tests.benchmarks coverage [draws] [units]

Designs: linear; curved (treatment and outcome bend in the same covariates); thin (propensities far into the tails);
counts (many zeros, skewed). The effect is the same for every unit, so ATE = ATT. Coverage comes with its own 95 %
interval (Wilson); bias in standard errors of the estimator; the raw difference and IPW stand beside.
Targets: lower bound of coverage >= .93 at 1,000 draws, bias <= .2 standard errors.
"""

import sys
from collections.abc import Callable

import numpy as np

from core.effects.estimators import ESTIMATORS
from core.effects.table import AnalysisTable
from core.patterns.intervals import wilson
from tests.effects.planted import as_table

Design = Callable[[np.random.Generator, int], tuple[AnalysisTable, float]]


def made(
    x: np.ndarray, score: np.ndarray, control: np.ndarray, treated: np.ndarray, rng: np.random.Generator
) -> AnalysisTable:
    """A table whose treatment follows the log-odds `score`; each unit shows one of its two outcomes."""
    treatment = rng.random(len(x)) < 1 / (1 + np.exp(-score))
    return as_table(x, treatment, np.where(treatment, treated, control))


def linear(rng: np.random.Generator, units: int) -> tuple[AnalysisTable, float]:
    x = rng.normal(size=(units, 5))
    outcome = x @ [1, 1, 0.5, 0, 0] + rng.normal(size=units)
    return made(x, 0.5 * x[:, 0] + 0.5 * x[:, 1], outcome, outcome + 1, rng), 1.0


def curved(rng: np.random.Generator, units: int) -> tuple[AnalysisTable, float]:
    x = rng.normal(size=(units, 5))
    bend = np.sin(2 * x[:, 0]) + (x[:, 1] > 0.3) * x[:, 2]
    outcome = 2 * bend + x[:, 3] + rng.normal(size=units)
    return made(x, bend, outcome, outcome + 1, rng), 1.0


def thin(rng: np.random.Generator, units: int) -> tuple[AnalysisTable, float]:
    x = rng.normal(size=(units, 5))
    outcome = x @ [1.5, 1, 0.5, 0, 0] + rng.normal(size=units)
    return made(x, 1.5 * x[:, 0] + 1.2 * x[:, 1], outcome, outcome + 1, rng), 1.0


def counts(rng: np.random.Generator, units: int) -> tuple[AnalysisTable, float]:
    """Zero for most; the treatment adds a Poisson count of mean 0.2 to everybody, so the effect is 0.2."""
    x = rng.normal(size=(units, 5))
    rate = np.exp(0.5 * x[:, 0] + 0.3 * x[:, 1] - 0.5) * (rng.random(units) < 0.4)
    outcome = rng.poisson(rate)
    return made(x, 0.6 * x[:, 0] + 0.3 * x[:, 2], outcome, outcome + rng.poisson(0.2, units), rng), 0.2


DESIGNS: dict[str, Design] = {"linear": linear, "curved": curved, "thin": thin, "counts": counts}


def main(draws: int, units: int) -> None:
    for name, design in DESIGNS.items():
        found: dict[str, list[tuple[float, float]]] = {estimator: [] for estimator in ESTIMATORS}
        truth = 0.0
        for draw in range(draws):
            table, truth = design(np.random.default_rng([draw, len(name)]), units)
            for estimator, choice in ESTIMATORS.items():
                estimate = choice.load()(table, estimand="ATE", seed=draw)
                found[estimator].append((estimate.value, estimate.se))
        for estimator, pairs in found.items():
            values, errors = np.array(pairs).T
            hits = int((np.abs(values - truth) < 1.959964 * errors).sum())
            low, high = wilson(hits, draws)
            bias = (values.mean() - truth) / values.std(ddof=1)
            print(
                f"{name:7s} {estimator:5s} coverage {hits / draws:.3f} ({low:.3f} to {high:.3f})  bias {values.mean() - truth:+.4f}"
                f" = {bias:+.2f} se  mean se {errors.mean():.4f}  spread {values.std(ddof=1):.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
