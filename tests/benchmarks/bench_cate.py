"""Who benefits: how often a difference is claimed where there is none, how often one is found, and how near effects are.

    python -m tests.benchmarks cate [draws=10] [units=1000] [replications=5]

Null: the effect is the same for everybody, with a continuous and with a yes-or-no outcome; a learner may be offered in
at most one draw of ten, and each family of looks (segments, projection) may name something in one of twenty. Planted:
the effect changes along one covariate. IHDP: root PEHE of every learner's held-out effects beside that of one constant,
and beside EconML's and DoubleML's on the same folds (with their own average, and with ours).
"""

import sys
import time

import numpy as np
import pandas as pd

from core.effects.benefits import CATE_LEARNERS, DEFAULT_LEARNERS
from core.effects.benefits.crossed import cross_fit, judging_scores
from core.effects.benefits.judged import Judge
from core.effects.benefits.who_benefits import benefits
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from tests.benchmarks.peer_effects import PEERS, held_out
from tests.benchmarks.printed import data_folder, line
from tests.effects.planted import as_table


def simulated(units: int, differs: float, seed: int, *, share: bool) -> tuple[AnalysisTable, np.ndarray]:
    """Five covariates, confounded by two of them; the effect changes along the third by `differs` of its average."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(units, 5))
    treatment = rng.random(units) < 1 / (1 + np.exp(-0.8 * matrix[:, 0] + 0.4 * matrix[:, 1]))
    level = 0.4 * matrix[:, 0] + 0.5 * np.abs(matrix[:, 1])
    if share:
        effect = 0.15 * (1 + differs * np.tanh(matrix[:, 2]))
        chance = 0.2 + 0.3 / (1 + np.exp(-level)) + effect * treatment
        return as_table(matrix, treatment, (rng.random(units) < chance).astype(float), unit="share"), effect
    effect = 0.6 * (1 + differs * matrix[:, 2])
    return as_table(matrix, treatment, level + effect * treatment + rng.normal(size=units)), effect


def null_and_planted(draws: int, units: int) -> None:
    for share in (False, True):
        kind = "a share" if share else "continuous"
        tallies = {differs: np.zeros(5) for differs in (0.0, 1.0)}
        covered, seconds = 0, 0.0
        for differs in tallies:
            for seed in range(draws):
                table, _ = simulated(units, differs, seed, share=share)
                started = time.process_time()
                told = benefits(table, Nuisances(table, seed=seed, splits=1), seed=seed).found
                seconds += time.process_time() - started
                best = max(told["learners"], key=lambda row: row["gain"])
                tallies[differs] += [
                    told["heterogeneity"]["passed"] is True,
                    bool(told["segments"]["found"]),
                    bool(told["projection"]["found"]),
                    best["autoc"]["low"] > 0,
                    told["policy"]["passed"] is True,
                ]
                loading = best["calibration"]["loading"]
                covered += differs > 0 and loading is not None and loading["low"] <= 1 <= loading["high"]
        names = ("a learner is offered", "a segment is named", "a covariate is named", "AUTOC above 0", "a rule pays")
        for at, name in enumerate(names):
            allowed = 0.1 if at == 0 else None
            line(f"same effect for everybody, {kind}: {name}", tallies[0.0][at] / draws, at_most=allowed)
        for at, name in enumerate(names[:4]):
            line(f"effect differs, {kind}: {name}", tallies[1.0][at] / draws, at_least=None if share else 0.9)
        line(f"effect differs, {kind}: the loading's interval holds 1", covered / draws)
        line(f"{kind}: CPU seconds for {units:,} units, four learners", seconds / (2 * draws))


def ihdp(replications: int) -> None:
    frame = pd.read_parquet(data_folder() / "ihdp_npci_50" / "ihdp.parquet")
    found: dict[str, list[float]] = {}
    for replicate in range(1, replications + 1):
        rows = frame[frame["replicate"] == replicate]
        matrix = rows[[f"x{column}" for column in range(1, 26)]].to_numpy(dtype=float)
        truth = (rows["mu1"] - rows["mu0"]).to_numpy()
        table = as_table(matrix, rows["treatment"].to_numpy(dtype=float), rows["y_factual"].to_numpy())
        crossed = cross_fit(table, seed=0)
        values, _ = judging_scores(table, Nuisances(table, seed=0, splits=1))
        judge = Judge(values, table.weights, table.clusters, crossed.fold)
        effects = {name: CATE_LEARNERS[name].load()(crossed, seed=0).effects for name in DEFAULT_LEARNERS}
        for name, each in {**effects, "constant": np.zeros(table.units)}.items():
            away = judge.levelled(each) - truth
            found.setdefault(name, []).append(float(np.sqrt((away**2).mean())))
        for name in PEERS:
            own = held_out(name, matrix, table.treatment, table.outcome, crossed.fold)
            if own is not None:  # with its own level, and with the level that ours get
                found.setdefault(name, []).append(float(np.sqrt(((own - truth) ** 2).mean())))
                away = judge.levelled(own) - truth
                found.setdefault(f"{name}, our level", []).append(float(np.sqrt((away**2).mean())))
    for name, errors in found.items():
        title = CATE_LEARNERS[name].title if name in CATE_LEARNERS else name.replace("constant", "one constant")
        line(f"IHDP, held-out root PEHE, {title}", float(np.mean(errors)), aside=f"median {np.median(errors):.3f}")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    null_and_planted(given[0] if given else 10, given[1] if len(given) > 1 else 1000)
    ihdp(given[2] if len(given) > 2 else 5)
