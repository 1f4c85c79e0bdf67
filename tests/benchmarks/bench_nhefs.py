"""NHEFS: what quitting smoking does to weight, by every estimator, beside DoWhy, EconML and DoubleML in one run.

    python -m tests.benchmarks nhefs [--no-peers]

Target: Hernan and Robins' published 3.4 to 3.5 kg (2.5 to 4.5), with the book's covariates: each adjusting estimator of
the ATE in 2.9 to 4.0 with an interval that holds 3.4 and 3.5; weighting within .05 of the book's 3.44; the raw
difference 2.54. 63 of 1,629 were not weighed again: once left out, once stood for by weights (the table's `weights`
column). The instrument of the book's chapter 16 (a pack above $1.50) must be refused or said to be weak. Refuters and
robustness of the headline stand at the end.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from core.effects.estimators import ESTIMATORS
from core.effects.study import study_of
from core.effects.study_inputs import StudyInputs
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.errors import BadInput
from core.storage.workspace import Workspace
from tests.benchmarks.peers import SAID, ask_all
from tests.benchmarks.printed import data_folder, line
from tests.effects.nhefs import COVARIATES, FOLLOWED, OUTCOME, PUBLISHED, PUBLISHED_RAW, TREATMENT, nhefs

OURS = tuple(
    name for name, entry in ESTIMATORS.items() if not entry.adapter and not entry.needs and "binary" in entry.treatments
)
ADJUSTED = tuple(name for name in OURS if name != "raw")


def main(peers: bool) -> None:
    frame = nhefs(data_folder())
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace(Path(place))
        workspace.prepare()
        inputs, study = asked(workspace, frame, "weighed again", {"estimators": OURS})
        show("1,566 weighed again", study)
        judge("1,566 weighed again", study)
        if peers:
            print(SAID)
            for estimand in ("ATE", "ATT"):
                for answer in ask_all(inputs.table, estimand):
                    print(f"  {answer.said()}", flush=True)
        doubts(study)
        _, lost = asked(workspace, frame, "lost stood for", {"estimators": OURS, "weights": FOLLOWED, "refuters": ()})
        show("with weights for the 63 lost", lost)
        judge("with weights for the 63 lost", lost)
        instrument(workspace, frame)


def asked(
    workspace: Workspace, frame: pd.DataFrame, name: str, settings: Mapping[str, Any]
) -> tuple[StudyInputs, dict[str, Any]]:
    """The study of the table with these settings, as a page or the command line would make it."""
    path = workspace.uploads / f"{name}.parquet"
    frame.to_parquet(path)
    plain = {"table": str(path), "treatment": TREATMENT, "outcome": OUTCOME, "covariates": COVARIATES}
    spec = StudySpec.read({**plain, **settings})
    inputs = inputs_from_table(workspace, spec)
    return inputs, study_of(inputs, spec)


def show(title: str, study: dict[str, Any]) -> None:
    print(f"{title}: {study['verdict']['light']}, {study['verdict']['sentence']}")
    for each in study["estimates"]:
        print(
            f"  {each['estimator']:22s} {each['estimand']:10s} {each['value']:6.2f} ({each['low']:.2f} to "
            f"{each['high']:.2f})"
        )
    for each in study["without"]:
        print(f"  {each['estimator']:22s} no number: {each['sentence']}")
    print(f"  why they differ: {study['disagreement']['sentence']}", flush=True)


def judge(title: str, study: dict[str, Any]) -> None:
    found = {each["estimator"]: each for each in study["estimates"]}
    if title.startswith("1,566"):
        line("NHEFS, raw difference: distance from 2.54", abs(found["raw"]["value"] - PUBLISHED_RAW), at_most=0.005)
        line("NHEFS, weighting: distance from 3.44", abs(found["ipw"]["value"] - 3.44), at_most=0.05)
    away = {name: apart(found[name]["value"]) for name in ADJUSTED if name in found}
    farthest = max(away, key=lambda name: away[name])
    line(
        f"NHEFS, {title}: farthest from 3.4 to 3.5 kg", away[farthest], at_most=0.5,
        aside=f"{farthest}, {found[farthest]['value']:.2f}",
    )  # fmt: skip
    line(f"NHEFS, {title}: AIPW, distance from 3.4 to 3.5 kg", apart(found["aipw"]["value"]), at_most=0.2)
    holds = [found[name]["low"] < PUBLISHED[0] and PUBLISHED[1] < found[name]["high"] for name in away]
    line(f"NHEFS, {title}: intervals that hold 3.4 and 3.5", sum(holds) / len(holds), at_least=1)


def apart(value: float) -> float:
    """How far outside 3.4 to 3.5 kg."""
    return max(PUBLISHED[0] - value, value - PUBLISHED[1], 0.0)


def doubts(study: dict[str, Any]) -> None:
    for each in study["refutations"]:
        print(f"  {each['name']:26s} passed: {each['passed']!s:5s} {each['sentence']}")
    print(f"  sensitivity: {study['sensitivity']['sentence']}")
    print(f"  overlap: {study['overlap']['sentence']}\n  balance: {study['balance']['sentence']}", flush=True)


def instrument(workspace: Workspace, frame: pd.DataFrame) -> None:
    """The price in the state of birth, above or below $1.50, moves quitting by under a percentage point."""
    dear = frame[frame["price82"].notna()].assign(dear=lambda rows: (rows["price82"] >= 1.5).astype(float))
    settings = {"estimators": ("instrument",), "instruments": ("dear",), "covariates": (), "refuters": ()}
    try:
        _, study = asked(workspace, dear, "priced", settings)
    except BadInput as error:
        line("NHEFS, cigarette price as instrument is refused", 1, at_least=1, aside=str(error))
        return
    found = next((each for each in study["estimates"] if each["estimator"] == "instrument"), None)
    said = found and f"{found['value']:.1f} ({found['low']:.1f} to {found['high']:.1f}), {study['verdict']['light']}"
    why = said or study["without"][0]["sentence"]
    line("NHEFS, cigarette price as instrument is refused or not believed",
         float(found is None or study["verdict"]["light"] == "red"), at_least=1, aside=why)  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-peers", action="store_true")
    main(not parser.parse_args().no_peers)
