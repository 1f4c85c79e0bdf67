"""The LaLonde data: every estimator on the experiment and on the CPS and PSID comparison groups, with the placebo re75.

    python -m tests.benchmarks lalonde [--peers]

Targets: experiment 1,794.34; CPS ATT in 1,100 to 2,300, its interval covers 1,794, range over splits < 500, placebo red;
PSID overlap red, interval covers 1,794. Peers, in the same run: DoWhy and EconML through the adapters, and DoubleML's
interactive regression with boosted trees.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.effects.estimators import ESTIMATORS
from core.effects.study import study_of
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.errors import BadInput
from core.storage.workspace import Workspace
from tests.benchmarks.printed import data_folder, line

TRUTH = 1794.0


def main(peers: bool) -> None:
    folder = data_folder() / "lalonde_nsw"
    experiment = pd.read_parquet(folder / "nsw_dw.parquet")
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace(Path(place))
        workspace.prepare()
        for name in ("experiment", "cps", "psid"):
            frame = experiment
            if name != "experiment":
                others = pd.read_parquet(folder / f"{name}_controls.parquet")
                frame = pd.concat([experiment[experiment["treat"] == 1], others], ignore_index=True)
            path = workspace.uploads / f"{name}.parquet"
            frame.to_parquet(path)
            settings = {"table": str(path), "treatment": "treat", "outcome": "re78", "placebo_outcome": "re75"}
            spec = StudySpec.read({**settings, "refuters": ["placebo_outcome"]})
            inputs = inputs_from_table(workspace, spec)
            show(name, study_of(inputs, spec))
            if peers:
                show_peers(name, inputs.table)


def show(name: str, study: dict[str, Any]) -> None:
    for each in study["estimates"]:
        print(
            f"{name:11s} {each['estimator']:22s} {each['estimand']:10s} {each['value']:10,.2f} (se {each['se']:,.0f})"
            f"  {each['low']:,.0f} to {each['high']:,.0f}"
        )
    headline = next(each for each in study["estimates"] if each["estimator"] == study["headline"]["estimator"])
    print(f"{name:11s} {study['verdict']['light']}: {study['verdict']['sentence']}", flush=True)
    if name == "experiment":
        line(
            "LaLonde, experiment: distance of the difference from 1,794.34",
            abs(study["raw"]["value"] - 1794.342),
            at_most=0.01,
        )
        return
    what = f"LaLonde, {name.upper()} ({headline['estimator']}, {headline['estimand']})"
    line(f"{what}: interval covers 1,794", float(headline["low"] < TRUTH < headline["high"]), at_least=1)
    if name == "cps":
        line(f"{what}: value", headline["value"], at_least=1100, aside="and at most 2,300")
        line(f"{what}: value", headline["value"], at_most=2300)
        line(f"{what}: range over splits", float(np.ptp(headline["split_values"])), at_most=500)
        line(f"{what}: light is red", float(study["verdict"]["light"] == "red"), at_least=1)
    else:
        line(f"{what}: overlap is red", float(study["overlap"]["passed"] is False), at_least=1)


def show_peers(name: str, table: Any) -> None:
    """What the peers say of the treated, or why they are not asked."""
    for peer, entry in ESTIMATORS.items():
        if entry.adapter:
            estimand = "ATT" if "ATT" in entry.estimands else entry.estimands[0]
            try:
                found = entry.load()(table, estimand=estimand, seed=0)
                print(f"{name:11s} {peer:22s} {estimand:10s} {found.value:10,.2f} (se {found.se:,.0f})", flush=True)
            except BadInput as error:
                print(f"{name:11s} {peer:22s} {estimand:10s} refused: {error}", flush=True)
    from doubleml import DoubleMLData, DoubleMLIRM
    from lightgbm import LGBMClassifier, LGBMRegressor

    settings = {"num_leaves": 8, "n_estimators": 80, "learning_rate": 0.08, "verbose": -1, "num_threads": 1}
    np.random.seed(0)
    data = DoubleMLData.from_arrays(table.matrix(), table.outcome, table.treatment)
    model = DoubleMLIRM(data, ml_g=LGBMRegressor(**settings), ml_m=LGBMClassifier(**settings), score="ATTE").fit()
    print(f"{name:11s} {'DoubleML IRM':22s} {'ATT':10s} {model.coef[0]:10,.2f} (se {model.se[0]:,.0f})", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", action="store_true")
    main(parser.parse_args().peers)
