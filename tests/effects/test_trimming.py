"""Trimming: on request alone, never silent; the effect of those who remain is the right one where the whole's is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.cut import best_cut
from core.effects.nuisances import Nuisances
from core.effects.question import CausalQuestion
from core.effects.standing import standing
from core.effects.study import study_of
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.effects.trimming import restated, trimming
from core.errors import BadSpec, NotEnoughData
from core.storage.workspace import Workspace
from tests.effects.planted import as_table, separated

UNITS = 2_000


@pytest.fixture
def thin(workspace: Workspace) -> Path:
    """One cause decides nearly all of the treatment; the effect is 1 where either arm is likely, 4 in the far ends."""
    rng = np.random.default_rng(5)
    past, age = rng.normal(size=UNITS), rng.normal(size=UNITS)
    lean = 1 / (1 + np.exp(-2.5 * past))
    offered = rng.random(UNITS) < lean
    effect = np.where(np.abs(lean - 0.5) < 0.4, 1.0, 4.0)
    frame = pd.DataFrame(
        {
            "user_id": range(UNITS),
            "offered": offered,
            "past": past,
            "age": age,
            "last_year": past + rng.normal(size=UNITS),
            "spent": past + 0.5 * age + effect * offered + rng.normal(size=UNITS),
        }
    )
    path = workspace.uploads / "thin.parquet"
    frame.to_parquet(path)
    return path


def spec_of(path: Path, **more: Any) -> StudySpec:
    return StudySpec.read(
        {"table": str(path), "treatment": "offered", "outcome": "spent", "covariates": ["past", "age"], **more}
    )


def study(workspace: Workspace, path: Path, **more: Any) -> dict[str, Any]:
    spec = spec_of(path, refuters=[], estimators=["aipw"], **more)
    return study_of(inputs_from_table(workspace, spec), spec)


def aipw(found: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in found["estimates"] if row["estimator"] == "aipw")


def test_the_whole_is_refused_and_those_who_remain_get_their_own_effect_with_the_reason_on_every_page(
    workspace: Workspace, thin: Path
) -> None:
    whole = inputs_from_table(workspace, spec_of(thin)).table
    assert standing(whole, Nuisances(whole, seed=0, splits=1), "ATE").estimand == "ATT"

    found = study(workspace, thin, trim=0.1)
    told = found["trimming"]
    assert (told["low"], told["high"]) == (0.1, 0.9)
    assert found["refused"] == [] and found["overlap"]["passed"] is True  # judged again, on those who remain
    estimate = aipw(found)
    assert estimate["estimand"] == "ATE" and estimate["low"] < 1 < estimate["high"] < 2
    assert found["units"] == sum(told["remaining"].values()) == UNITS - sum(told["left_out"].values())
    assert found["attrition"][-1] == {"title": "with a propensity from 0.1 to 0.9 (trimmed)", "units": found["units"]}
    assert {rule["side"] for rule in told["rules"]} == {"over 0.9", "under 0.1"}
    assert all("past" in rule["says"] for rule in told["rules"]) and told["caught_share"] > 0.8
    assert f"(ATE), restated to the {found['units']:,} of {UNITS:,} units with" in found["verdict"]["sentence"]
    assert told["sentence"] in found["notes"] and "propensity from 0.1 to 0.9" in found["population"]
    contrast = next(row for row in found["protocol"] if row["element"] == "Causal contrast")
    assert told["sentence"] in contrast["emulation"]


def test_every_table_of_the_study_keeps_the_same_units(workspace: Workspace, thin: Path) -> None:
    spec = spec_of(thin, trim=0.1, placebo_outcome="last_year")
    inputs = inputs_from_table(workspace, spec)
    found = restated(inputs, spec, Nuisances(inputs.table, seed=0, splits=1))
    kept = set(found.inputs.table.frame["unit_id"])
    placebo = found.inputs.placebos().tables["placebo_outcome"]
    assert set(placebo.frame["unit_id"]) == kept and len(kept) < UNITS
    assert len(found.nuisances.propensity(0)) == len(kept)  # learnt again, on them


def test_the_best_cut_is_that_of_crump_and_others_and_leaves_nobody_out_where_overlap_is_good() -> None:
    rng = np.random.default_rng(1)
    base = np.ones(20_000)
    assert best_cut(rng.uniform(0.2, 0.8, 20_000), base, treated=False) == 0.0
    propensity = 1 / (1 + np.exp(-3 * rng.normal(size=20_000)))
    cut = best_cut(propensity, base, treated=False)
    inside = (propensity >= cut) & (propensity <= 1 - cut)
    spread = 1 / (propensity * (1 - propensity))
    assert 1 / (cut * (1 - cut)) == pytest.approx(2 * spread[inside].mean(), rel=0.02)  # their equation for the cut
    other = best_cut(propensity, base, treated=True)
    within = propensity <= 1 - other
    assert 1 / other == pytest.approx(
        2 * np.average(1 / (1 - propensity[within]), weights=propensity[within]), rel=0.02
    )
    doubled = np.where(propensity > 0.5, 2.0, 1.0)
    again = best_cut(np.append(propensity, propensity[propensity > 0.5]), np.ones(20_000 + (propensity > 0.5).sum()),
                     treated=False)  # fmt: skip
    assert best_cut(propensity, doubled, treated=False) == again  # a weight of two is two units


def test_the_effect_on_the_treated_cuts_above_alone(workspace: Workspace, thin: Path) -> None:
    spec = spec_of(thin, trim="auto", estimand="ATT")
    inputs = inputs_from_table(workspace, spec)
    found = restated(inputs, spec, Nuisances(inputs.table, seed=0, splits=1)).trimming
    assert found is not None and found.low == 0 and found.says.startswith("a propensity of at most 0.")
    assert {rule.side for rule in found.rules} == {f"over {found.high:.3g}"}
    assert "smallest variance (Crump et al. 2009)" in found.sentence and found.left_out[0] > found.left_out[1]


def test_where_everybody_is_within_the_cut_nothing_changes_and_that_is_said() -> None:
    rng = np.random.default_rng(2)
    table = as_table(rng.normal(size=(400, 1)), rng.random(400) < 0.5, rng.normal(size=400))
    found = trimming(table, np.full(400, 0.5), 0.05, estimand="ATE")
    assert found.among == "" and found.sentence.startswith("Nobody was trimmed")


def test_too_few_who_remain_are_refused_with_the_counts(workspace: Workspace) -> None:
    path = workspace.uploads / "apart.parquet"
    separated().frame.rename(columns={"treatment": "offered", "outcome": "spent"}).to_parquet(path)
    spec = StudySpec.read({"table": str(path), "treatment": "offered", "outcome": "spent", "trim": 0.3})
    inputs = inputs_from_table(workspace, spec)
    with pytest.raises(NotEnoughData, match="a study needs 20 of each; trim less"):
        restated(inputs, spec, Nuisances(inputs.table, seed=0, splits=1))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"trim": 0.6}, "above 0 and below 0.5"),
        ({"trim": "most"}, "or 'auto' for the best cut"),
        ({"trim": 0.1, "estimand": "ATO"}, "the overlap population (ATO) needs no trimming"),
        ({"trim": 0.1, "randomised": True}, "trimming is for a treatment with two arms"),
        ({"trim": 0.1, "dose": True}, "trimming is for a treatment with two arms"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(more: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSpec) as refused:
        StudySpec.read({"table": "a.csv", "treatment": "a", "outcome": "b", **more})
    assert says.lower() in str(refused.value).lower()


def test_a_question_of_arms_or_of_before_and_after_is_not_trimmed() -> None:
    asked = {"treatment": "search", "outcome": "buy", "trim": "0.05"}
    assert CausalQuestion.read(asked).trim == 0.05
    for other in ({"design": {"kind": "before_after"}}, {"treatment_measure": {"kind": "dose"}}):
        with pytest.raises(BadSpec, match="two arms"):
            CausalQuestion.read({**asked, **other})
