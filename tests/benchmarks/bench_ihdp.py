"""IHDP, 50 replications: the error of the average effect and of each unit's effect, in sample and on the tenth held out.

    python -m tests.benchmarks ihdp [replications=10] [--peers]

Targets: error of ATE in / out <= .12 / .20; root PEHE (root mean squared error of the units' effects) <= 1.2 / 1.6;
stretch .71 / .76 (CFR, Shalit et al. 2017, over 1,000 replications; Dragonnet's error of ATE .14 / .20). Means over
replications, with medians beside: a few replications with exploding surfaces decide the means. Peers, on the same
splits: EconML's T-learner of boosted trees, its LinearDRLearner and its causal forest for the units' effects; for the
average effect EconML's and DoubleML's estimators, beside our AIPW and double machine learning.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from core.effects.estimators import ESTIMATORS
from core.effects.nuisances import Nuisances
from core.effects.outcome_model import outcome_model
from core.effects.table import AnalysisTable
from tests.benchmarks.peers import LEARNING, ask_all
from tests.benchmarks.printed import data_folder, line
from tests.effects.planted import as_table

Effects = Callable[[np.ndarray], np.ndarray]


def of_two_models(x: np.ndarray, t: np.ndarray, y: np.ndarray) -> Effects:
    """The super-learner T: one outcome model per arm."""
    treated, control = (outcome_model(x[t == arm], y[t == arm], is_share=False) for arm in (1, 0))
    return lambda new: treated(new) - control(new)


def of_boosted_trees(x: np.ndarray, t: np.ndarray, y: np.ndarray) -> Effects:
    """EconML's T-learner with LightGBM's defaults, fewer leaves."""
    from econml.metalearners import TLearner
    from lightgbm import LGBMRegressor

    return TLearner(models=LGBMRegressor(num_leaves=8, verbose=-1, num_threads=1)).fit(y, t, X=x).effect


def of_linear_dr(x: np.ndarray, t: np.ndarray, y: np.ndarray) -> Effects:
    """EconML's LinearDRLearner as it comes, but for the folds."""
    from econml.dr import LinearDRLearner

    return LinearDRLearner(cv=5, random_state=0).fit(y, t, X=x).effect


def of_causal_forest(x: np.ndarray, t: np.ndarray, y: np.ndarray) -> Effects:
    """EconML's causal forest with 200 trees."""
    from econml.dml import CausalForestDML

    model = CausalForestDML(n_estimators=200, discrete_treatment=True, random_state=0, n_jobs=1)
    return model.fit(y, t, X=x).effect


def average_effects(table: AnalysisTable, seed: int, peers: bool) -> dict[str, tuple[float, float, float]]:
    """Value, error and CPU seconds of the average effect; a peer without a number is left out and said."""
    started = time.process_time()
    fits = Nuisances(table, seed=seed)
    estimate = ESTIMATORS["aipw"].load()(table, estimand="ATE", seed=seed, nuisances=fits)
    found = {"AIPW": (estimate.value, estimate.se, time.process_time() - started)}
    other = ESTIMATORS["dml"].load()(table, estimand="ATO", seed=seed, nuisances=fits)
    found["double machine learning"] = (other.value, other.se, 0.0)
    for answer in ask_all(table, "ATE", seed, LEARNING) if peers else ():
        if answer.why is None:
            found[answer.peer] = (answer.value, answer.se, answer.seconds)
        else:
            print(f"replication {seed}: {answer.said()}", flush=True)
    return found


def main(replications: int, peers: bool) -> None:
    frame = pd.read_parquet(data_folder() / "ihdp_npci_50" / "ihdp.parquet")
    methods = {"super learner T": of_two_models}
    if peers:
        methods |= {
            "EconML T, LightGBM": of_boosted_trees,
            "EconML LinearDRLearner": of_linear_dr,
            "EconML causal forest": of_causal_forest,
        }
    found: dict[str, list[tuple[float, ...]]] = {}
    average: dict[str, list[tuple[float, ...]]] = {}
    for replicate in range(1, replications + 1):
        rows = frame[frame["replicate"] == replicate]
        x = rows[[f"x{column}" for column in range(1, 26)]].to_numpy(dtype=float)
        t, y = rows["treatment"].to_numpy(dtype=float), rows["y_factual"].to_numpy()
        truth = (rows["mu1"] - rows["mu0"]).to_numpy()
        held = np.zeros(len(rows), dtype=bool)
        held[np.random.default_rng(replicate).permutation(len(rows))[: len(rows) // 10]] = True
        for name, method in methods.items():
            started = time.process_time()
            effects = np.ravel(method(x[~held], t[~held], y[~held])(x))
            spent = time.process_time() - started
            away = effects - truth
            found.setdefault(name, []).append((
                abs(away[~held].mean()), abs(away[held].mean()),
                np.sqrt((away[~held] ** 2).mean()), np.sqrt((away[held] ** 2).mean()), spent,
            ))  # fmt: skip
        table, effect = as_table(x[~held], t[~held], y[~held]), truth[~held].mean()
        for name, (value, se, spent) in average_effects(table, replicate, peers).items():
            average.setdefault(name, []).append((abs(value - effect), abs(value - effect) <= 1.96 * se, se, spent))
    for name, each in average.items():
        error, covered, se, spent = np.mean(each, axis=0)
        aside = f"of {len(each)}, median {np.median([row[0] for row in each]):.3f}, mean se {se:.3f}, {spent:.1f} CPU s"
        line(f"IHDP, {name}: error of ATE, in sample", error, at_most=0.12 if name == "AIPW" else None, aside=aside)
        line(
            f"IHDP, {name}: intervals that cover the sample's effect", covered, at_least=0.9 if name == "AIPW" else None
        )
    for name, rows_found in found.items():
        mean, middle = np.mean(rows_found, axis=0), np.median(rows_found, axis=0)
        ours = name.startswith("super")
        names = ("error of ATE, in", "error of ATE, out", "root PEHE, in", "root PEHE, out")
        for place, (title, target) in enumerate(zip(names, (0.12, 0.20, 1.2, 1.6), strict=True)):
            aside = f"median {middle[place]:.3f}"
            line(f"IHDP, {name}: {title}", mean[place], at_most=target if ours else None, aside=aside)
        line(f"IHDP, {name}: CPU seconds a replication", mean[4])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("replications", type=int, nargs="?", default=10)
    parser.add_argument("--peers", action="store_true")
    given = parser.parse_args()
    main(given.replications, given.peers)
