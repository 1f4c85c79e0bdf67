"""The LaLonde data: an experiment with a known answer, and two comparison groups that do not deserve trust.

Benchmarks: Dehejia and Wahba's difference of 1,794; what a study of comparison groups should say is Imbens and Xu's
lesson (arXiv:2406.00827): the number may look right, and the placebo outcome re75 shows that it is not supported.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.effects.study import study_of
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.storage.workspace import Workspace, jsonable


@pytest.fixture(scope="module")
def lalonde(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A study of the experiment, or of its treated with a comparison group; each is made once."""
    workspace = Workspace(tmp_path_factory.mktemp("lalonde"))
    workspace.prepare()
    experiment = pd.read_parquet(real_data / "lalonde_nsw" / "nsw_dw.parquet")
    known: dict[tuple[Any, ...], dict[str, Any]] = {}

    def study(controls: str | None = None, **settings: Any) -> dict[str, Any]:
        key = (controls, *sorted(settings.items()))
        if key not in known:
            path = workspace.uploads / f"{controls}.parquet"
            frame = experiment
            if controls:
                others = pd.read_parquet(real_data / "lalonde_nsw" / f"{controls}_controls.parquet")
                frame = pd.concat([experiment[experiment["treat"] == 1], others])
            frame.to_parquet(path)
            spec = StudySpec.read({"table": str(path), "treatment": "treat", "outcome": "re78", **settings})
            known[key] = jsonable(study_of(inputs_from_table(workspace, spec), spec))
        return known[key]

    return study


def headline(study: dict[str, Any]) -> dict[str, Any]:
    found = [each for each in study["estimates"] if each["estimator"] == study["headline"]["estimator"]]
    assert found[0]["estimand"] == study["headline"]["estimand"]
    return found[0]


def test_the_experiments_raw_difference_is_1794_34(lalonde: Any) -> None:
    study = lalonde(randomised=True, treated_share=185 / 445)
    assert round(study["raw"]["value"], 2) == 1794.34
    assert round(study["raw"]["se"], 1) == 671.0  # unequal variances, as published
    assert study["headline"] == {"estimator": "raw", "estimand": "difference"}
    assert (study["treated"], study["control"], study["units"]) == (185, 260, 445)
    assert (study["verdict"]["grade"], study["verdict"]["light"]) == ("experimental", "green")


def test_the_experiment_as_a_plain_table_needs_a_placebo_to_be_green(lalonde: Any) -> None:
    study = lalonde()
    assert round(study["raw"]["value"], 2) == 1794.34
    assert study["overlap"]["passed"] and study["balance"]["passed"] and study["refused"] == []
    assert (study["verdict"]["grade"], study["verdict"]["light"]) == ("adjusted", "amber")
    assert "Placebo outcome" in study["verdict"]["not_checked"]


def test_with_cps_controls_the_ate_is_refused_and_the_att_covers_the_truth(lalonde: Any) -> None:
    study = lalonde("cps", placebo_outcome="re75")
    found = headline(study)
    assert study["overlap"]["passed"] is False and study["overlap"]["offered"]["passed"] is True
    assert [each["estimand"] for each in study["refused"]] == ["ATE"]
    assert all(each["estimand"] in {"difference", "ATT", "ATO"} for each in study["estimates"])
    assert found["estimator"] == "aipw" and 1100 <= found["value"] <= 2300
    assert found["low"] < 1794 < found["high"]
    assert max(found["split_values"]) - min(found["split_values"]) < 500


def test_with_cps_controls_the_placebo_outcome_turns_the_light_red(lalonde: Any) -> None:
    study = lalonde("cps", placebo_outcome="re75")
    placebo = next(each for each in study["refutations"] if each["name"] == "placebo_outcome")
    assert placebo["passed"] is False and placebo["high"] < 0
    assert study["verdict"]["light"] == "red" and "re75" in study["verdict"]["sentence"]
    # re75 stays a covariate of the headline: only the placebo run takes it out.
    assert "re75" in {row["covariate"] for row in study["balance"]["rows"]}


def test_with_psid_controls_overlap_is_red_even_for_the_treated(lalonde: Any) -> None:
    study = lalonde("psid")
    found = headline(study)
    assert study["overlap"]["passed"] is False and study["overlap"]["offered"]["passed"] is False
    assert study["verdict"]["light"] == "red"
    assert found["estimand"] == "ATT" and found["low"] < 1794 < found["high"]
