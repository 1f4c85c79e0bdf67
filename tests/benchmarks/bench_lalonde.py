"""The LaLonde data: every estimator on the experiment and on the CPS and PSID comparison groups, with the placebo re75.

    python -m tests.benchmarks lalonde [folder of the data sets]

Targets: experiment 1,794.34; CPS ATT in 1,100 to 2,300, its interval covers 1,794, range over splits < 500, placebo red;
PSID overlap red, interval covers 1,794.
"""

import os
import sys
import tempfile
from pathlib import Path

import pandas as pd

from core.effects.study import study_of
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.storage.workspace import ROOT, Workspace


def main(folder: Path) -> None:
    experiment = pd.read_parquet(folder / "nsw_dw.parquet")
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace(Path(place))
        workspace.prepare()
        for name in ("experiment", "cps_controls", "psid_controls"):
            frame = experiment
            if name != "experiment":
                others = pd.read_parquet(folder / f"{name}.parquet")
                frame = pd.concat([experiment[experiment["treat"] == 1], others], ignore_index=True)
            path = workspace.uploads / f"{name}.parquet"
            frame.to_parquet(path)
            spec = StudySpec.read(
                {"table": str(path), "treatment": "treat", "outcome": "re78", "placebo_outcome": "re75"}
            )
            study = study_of(inputs_from_table(workspace, spec), spec)
            show(name, study)


def show(name: str, study: dict) -> None:
    for each in study["estimates"]:
        splits = each["split_values"]
        spread = f"  splits {min(splits):,.0f} to {max(splits):,.0f}" if splits else ""
        print(
            f"{name:13s} {each['estimator']:5s} {each['estimand']:10s} {each['value']:10,.2f} (se {each['se']:,.0f})"
            f"  {each['low']:,.0f} to {each['high']:,.0f}{spread}"
        )
    placebo = study["refutations"][0]
    print(f"{name:13s} overlap {study['overlap']['passed']}; placebo {placebo['passed']} {placebo['value']:,.0f}")
    print(f"{name:13s} {study['verdict']['light']}: {study['verdict']['sentence']}\n", flush=True)


if __name__ == "__main__":
    data = Path(os.environ.get("WHYPATH_TEST_DATA") or ROOT.parent / "shared" / "data") / "lalonde_nsw"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else data)
