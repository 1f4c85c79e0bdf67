"""The LaLonde data: every estimator on the experiment and on the CPS and PSID comparison groups, with the placebo re75.

    python -m tests.benchmarks lalonde [--peers]

Targets: experiment 1,794.34; CPS ATT in 1,100 to 2,300, its interval covers 1,794, range over splits < 500, placebo red;
PSID overlap red, interval covers 1,794. Peers, in the same run: DoWhy, EconML and DoubleML (PLR, and IRM for the ATT).
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.effects.study import study_of
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.storage.workspace import Workspace
from tests.benchmarks.peers import SAID, ask_all
from tests.benchmarks.printed import data_folder, line

TRUTH = 1794.0


def main(peers: bool) -> None:
    folder = data_folder() / "lalonde_nsw"
    experiment = pd.read_parquet(folder / "nsw_dw.parquet")
    if peers:
        print(SAID)
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
    """What the peers say of the treated, or why they have no number."""
    for answer in ask_all(table, "ATT"):
        print(f"{name:11s} {answer.said()}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", action="store_true")
    main(parser.parse_args().peers)
