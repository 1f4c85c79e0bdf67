"""How often does the 95 % interval of the headline estimator hold the planted effect? Four designs, two sizes.

    python -m tests.benchmarks coverage [draws=20] [--units 2000 5000] [--first 0] [--peers 5] [--designs linear ...]
                                        [--estimators aipw ...] [--splits 1]

Designs: linear; curved (treatment and outcome bend in the same covariates, with a step and a product); thin (propensities
far into the tails); counts (many zeros, skewed). The effect is the same for every unit, so ATE = ATT = ATO. Coverage
comes with its own 95 % interval (Wilson); bias in standard errors; the width against AIPW that is given the true
propensities and outcomes ("oracle"). --splits: how many random splits AIPW takes the median of (by default as many as
a study: five, three from 5,000 units); with one it is a fifth of the work and no better. Beside it: the raw difference,
IPW, TMLE, double machine learning, and for the first draws DoubleML (PLR, IRM) and EconML (LinearDML, LinearDRLearner,
causal forest), with boosted trees and our folds.
Targets: lower bound of coverage >= .93 at 1,000 draws, bias <= .2 standard errors, width <= 1.15 x the oracle's; with
fewer draws coverage and bias must only not be clearly worse.
"""

import argparse
from collections.abc import Callable

import numpy as np

from core.effects.doubly_robust import Fitted, scored
from core.effects.estimate import clustered_error
from core.effects.estimators import ESTIMATORS
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.patterns.intervals import wilson
from tests.benchmarks.peers import LEARNING, ask_all
from tests.benchmarks.printed import coverage_lines, line
from tests.effects.planted import as_table

Made = tuple[AnalysisTable, float, Fitted]
Design = Callable[[np.random.Generator, int], Made]
OURS = ("raw", "ipw", "aipw", "tmle", "dml")


def made(
    x: np.ndarray, score: np.ndarray, mean: np.ndarray, effect: float, outcomes: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> Made:  # fmt: skip
    """A table whose treatment follows the log-odds `score`, the effect, and the true propensities and expectations."""
    propensity = 1 / (1 + np.exp(-score))
    treatment = rng.random(len(x)) < propensity
    table = as_table(x, treatment, np.where(treatment, outcomes[1], outcomes[0]))
    return table, effect, Fitted(propensity, mean, mean + effect)


def linear(rng: np.random.Generator, units: int) -> Made:
    x = rng.normal(size=(units, 5))
    mean = x @ [1, 1, 0.5, 0, 0]
    outcome = mean + rng.normal(size=units)
    return made(x, 0.5 * x[:, 0] + 0.5 * x[:, 1], mean, 1.0, (outcome, outcome + 1), rng)


def curved(rng: np.random.Generator, units: int) -> Made:
    x = rng.normal(size=(units, 5))
    bend = np.sin(2 * x[:, 0]) + (x[:, 1] > 0.3) * x[:, 2]
    mean = 2 * bend + x[:, 3]
    outcome = mean + rng.normal(size=units)
    return made(x, bend, mean, 1.0, (outcome, outcome + 1), rng)


def thin(rng: np.random.Generator, units: int) -> Made:
    x = rng.normal(size=(units, 5))
    mean = x @ [1.5, 1, 0.5, 0, 0]
    outcome = mean + rng.normal(size=units)
    return made(x, 1.5 * x[:, 0] + 1.2 * x[:, 1], mean, 1.0, (outcome, outcome + 1), rng)


def counts(rng: np.random.Generator, units: int) -> Made:
    """Zero for most; the treatment adds a Poisson count of mean 0.2 to everybody, so the effect is 0.2."""
    x = rng.normal(size=(units, 5))
    rate = np.exp(0.5 * x[:, 0] + 0.3 * x[:, 1] - 0.5)
    outcome = rng.poisson(rate * (rng.random(units) < 0.4))
    outcomes = (outcome, outcome + rng.poisson(0.2, units))
    return made(x, 0.6 * x[:, 0] + 0.3 * x[:, 2], 0.4 * rate, 0.2, outcomes, rng)


DESIGNS: dict[str, Design] = {"linear": linear, "curved": curved, "thin": thin, "counts": counts}


def main(units: int, given: argparse.Namespace) -> None:
    draws, first, peers = given.draws, given.first, given.peers
    for name in given.designs:
        found: dict[str, list[tuple[float, float]]] = {}
        for draw in range(first, first + draws):
            table, effect, truth = DESIGNS[name](np.random.default_rng([draw, len(name)]), units)
            best = scored(table, truth, "ATE")
            found.setdefault("oracle", []).append(
                (best.value - effect, clustered_error(best.influence, table.clusters))
            )
            fits = Nuisances(table, seed=draw, splits=given.splits)
            for estimator in given.estimators:
                estimate = ESTIMATORS[estimator].load()(table, estimand="ATE", seed=draw, nuisances=fits)
                found.setdefault(estimator, []).append((estimate.value - effect, estimate.se))
            if draw - first < peers:
                for answer in ask_all(table, "ATE", draw, LEARNING):
                    if answer.why is None:
                        found.setdefault(answer.peer, []).append((answer.value - effect, answer.se))
                    else:
                        print(f"{name} {units:,}, draw {draw}: {answer.said()}", flush=True)
            if (draw - first + 1) % 50 == 0 or draw == first + draws - 1:
                for estimator, pairs in found.items():
                    report(f"{name} {units:,} {estimator}", pairs, found["oracle"], judged=estimator == "aipw")


def report(what: str, pairs: list[tuple[float, float]], oracle: list[tuple[float, float]], *, judged: bool) -> None:
    """Lines of one estimator; with the targets where it is judged."""
    errors, ses = np.array(pairs).T
    hits = int((np.abs(errors) < 1.959964 * ses).sum())
    low, high = wilson(hits, len(pairs))
    bias, width = abs(errors.mean()) / ses.mean(), ses.mean() / np.mean([se for _, se in oracle])
    covered = f"{hits / len(pairs):.3f} ({low:.3f} to {high:.3f})"
    if not judged:
        print(
            f"{what:40s} {len(pairs)} draws: coverage {covered}  bias {errors.mean():+.4f} = {bias:.2f} se  width {width:.2f}",
            flush=True,
        )
        return
    coverage_lines(what, hits, len(pairs), bias, aside=f"bias {errors.mean():+.4f}")
    line(
        f"{what}: width against the oracle's",
        width,
        at_most=1.15,
        aside=f"spread {errors.std():.4f}, se {ses.mean():.4f}",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("draws", type=int, nargs="?", default=20)
    parser.add_argument("--units", type=int, nargs="+", default=[2000])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--peers", type=int, default=5)
    parser.add_argument("--designs", nargs="+", default=list(DESIGNS))
    parser.add_argument("--estimators", nargs="+", default=list(OURS))
    parser.add_argument("--splits", type=int)
    asked = parser.parse_args()
    for size in asked.units:
        main(size, asked)
