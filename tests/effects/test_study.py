"""A study from spec to JSON: what it refuses, what it holds, and that marking a cause as unmeasured changes the answer."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.question import CausalQuestion
from core.effects.study import study_of, work
from core.effects.study_inputs import matching_truth
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.errors import BadSpec, NotEnoughData
from core.storage.runs import Run
from core.storage.workspace import Workspace, jsonable

CONTRACT = {
    "run_id", "log_id", "version_id", "spec", "seed", "title", "population", "units", "users", "treated", "control",
    "treatment_kind", "arms", "offers", "without", "attrition", "naive", "planted", "battery", "protocol", "diagnosis",
    "treatment_title", "raw", "estimates", "headline", "refused", "identification", "overlap", "balance", "refutations",
    "sensitivity", "sample_ratio", "outcome_title", "outcome_unit", "baseline", "verdict", "truth", "notes",
}  # fmt: skip


@pytest.fixture
def shop(workspace: Workspace) -> Path:
    """1,200 users: past spending and taste decide who gets an offer and what is spent; the offer adds 2."""
    rng = np.random.default_rng(3)
    past, taste = rng.normal(size=1200), rng.choice(["tea", "coffee"], 1200)
    lean = 0.5 * past + 0.8 * (taste == "tea")
    offered = rng.random(1200) < 1 / (1 + np.exp(0.4 - lean))
    last_year = past + (taste == "tea") + rng.normal(size=1200)
    spent = 2.0 * offered + past + (taste == "tea") + rng.normal(size=1200)
    path = workspace.uploads / "shop.parquet"
    frame = pd.DataFrame({"user_id": range(1200), "offered": offered, "past": past, "taste": taste, "spent": spent})
    frame.assign(last_year=last_year).to_parquet(path)
    return path


def settings(path: Path, **more: Any) -> dict[str, Any]:
    return {"table": str(path), "treatment": "offered", "outcome": "spent", **more}


def study(workspace: Workspace, path: Path, **more: Any) -> dict[str, Any]:
    spec = StudySpec.read(settings(path, **more))
    return jsonable(study_of(inputs_from_table(workspace, spec), spec))


def test_a_sound_study_is_green_and_holds_every_key_of_the_contract(workspace: Workspace, shop: Path) -> None:
    spec = settings(shop, placebo_outcome="last_year")
    said: list[str] = []
    shown: list[dict[str, Any]] = []
    run = Run(workspace, "study-1", "study", spec, None, None)
    run.progress = lambda share, message="": said.append(message)  # type: ignore[method-assign]
    run.show = lambda known: shown.append(dict(known))  # type: ignore[method-assign]
    found = work(run)
    assert set(found) >= CONTRACT
    assert json.loads(json.dumps(jsonable(found))) == jsonable(found)
    by_name = {each["estimator"]: each for each in found["estimates"]}
    assert next(iter(by_name)) == "raw" and {"ipw", "aipw"} <= set(by_name)
    assert not any(name.startswith(("dowhy", "econml")) for name in by_name)  # peers run only where they are asked for
    aipw = by_name["aipw"]
    assert aipw["low"] < 2 < aipw["high"] and found["raw"]["low"] > 2.3
    assert found["headline"] == {"estimator": "aipw", "estimand": "ATE"}
    assert found["verdict"]["light"] == "green", found["verdict"]
    assert found["title"] == "Does offered, compared with none, change spent?"
    assert found["identification"]["dowhy"]["agrees_with_ours"] is True
    assert {row["group"] for row in found["balance"]["rows"]} == {"past", "taste", "last_year"}
    assert len(said) > 8
    # The raw difference is there first, alone; what was shown once stays; the verdict comes last.
    assert "raw" in shown[0] and "estimates" not in shown[0] and shown[0]["run_id"] == "study-1"
    assert all(set(before) <= set(after) for before, after in pairwise(shown))
    assert "verdict" not in shown[-2] and "verdict" in shown[-1]


def test_a_peers_number_never_stands_alone_and_a_misfit_is_refused(workspace: Workspace, shop: Path) -> None:
    with pytest.raises(BadSpec, match="'arms' cannot be used here: it takes a treatment that is arms"):
        study(workspace, shop, estimators=["arms"])


def test_a_graph_decides_what_is_adjusted_for(workspace: Workspace, shop: Path) -> None:
    nodes = [{"name": name, "roles": []} for name in ("past", "taste", "offered", "spent", "mood")]
    edges = [("past", "offered"), ("past", "spent"), ("taste", "spent"), ("taste", "offered"), ("offered", "spent")]
    graph = {"nodes": nodes, "edges": [{"source": source, "target": target} for source, target in edges]}
    known = study(workspace, shop, graph=graph, estimators=["raw", "ipw"])
    assert known["identification"]["adjustment_set"] == ["past", "taste"]
    assert {row["group"] for row in known["balance"]["rows"]} == {"past", "taste"}
    assert known["verdict"]["grade"] == "adjusted"
    # The same with an unmeasured mood that moves both: the number is only an association, and the sentence says why.
    graph["edges"] += [{"source": "mood", "target": "offered"}, {"source": "mood", "target": "spent"}]
    hidden = study(workspace, shop, graph=graph, estimators=["raw", "ipw"])
    assert hidden["identification"]["identifiable"] is False
    assert (hidden["verdict"]["grade"], hidden["verdict"]["light"]) == ("associated", "amber")
    assert "mood is unmeasured" in hidden["verdict"]["sentence"]


def test_a_front_door_is_identifiable_but_no_adjustment(workspace: Workspace, shop: Path) -> None:
    """A study estimates by adjustment, so what only a front door identifies must not pass as adjusted."""
    nodes = [{"name": name, "roles": []} for name in ("offered", "taste", "spent", "mood")]
    edges = [("offered", "taste"), ("taste", "spent"), ("mood", "offered"), ("mood", "spent")]
    graph = {"nodes": nodes, "edges": [{"source": source, "target": target} for source, target in edges]}
    spec = StudySpec.read({"table": str(shop), "treatment": "offered", "outcome": "spent", "graph": graph})
    inputs = inputs_from_table(workspace, spec)
    assert (inputs.identification.strategy, inputs.identification.identifiable) == ("frontdoor", True)
    assert inputs.unidentified is not None
    assert inputs.unidentified.startswith("Not identifiable by adjustment: mood is unmeasured")


def test_only_the_estimators_asked_for_are_run_and_the_raw_difference_always(workspace: Workspace, shop: Path) -> None:
    found = study(workspace, shop, estimators=["ipw"], estimand="ATT")
    assert [(each["estimator"], each["estimand"]) for each in found["estimates"]] == [
        ("raw", "difference"),
        ("ipw", "ATT"),
    ]
    assert found["headline"] == {"estimator": "ipw", "estimand": "ATT"}


@pytest.mark.parametrize("name", ["lin", "ols", "tmle", "matching_propensity", "dml"])
def test_balance_is_judged_after_the_weights_of_what_was_asked_for(workspace: Workspace, shop: Path, name: str) -> None:
    found = study(workspace, shop, estimators=["raw", name])
    assert found["headline"]["estimator"] == name
    assert found["balance"]["passed"] is True and found["balance"]["sentence"].startswith("After weighting, every")


def test_a_raw_difference_alone_is_not_called_weighted(workspace: Workspace, shop: Path) -> None:
    found = study(workspace, shop, estimators=["raw"])
    assert found["balance"]["passed"] is False
    assert found["balance"]["sentence"].startswith("Nothing was weighted, and ")


def test_beside_a_raw_difference_a_peers_number_is_not_alone_either(workspace: Workspace, shop: Path) -> None:
    found = study(workspace, shop, estimators=["raw", "dowhy_regression"])
    assert found["headline"]["estimator"] == "aipw"


def test_a_failed_sample_ratio_takes_the_experiments_grade_away(workspace: Workspace, shop: Path) -> None:
    found = study(workspace, shop, randomised=True, treated_share=0.2, estimators=["raw"])
    assert found["sample_ratio"]["passed"] is False
    assert (found["verdict"]["grade"], found["verdict"]["light"]) == ("associated", "red")


def test_a_study_without_covariates_is_an_association(workspace: Workspace, shop: Path) -> None:
    found = study(workspace, shop, covariates=[], estimators=["raw"])
    assert (found["verdict"]["grade"], found["verdict"]["light"]) == ("associated", "amber")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"question": {"treatment": "a", "outcome": "b"}}, "either a question of a log or a table"),
        ({"table": None}, "either a question of a log or a table"),
        ({"outcome": None}, "needs its outcome column"),
        ({"estimators": ["magic"]}, "no estimator 'magic'"),
        ({"estimators": []}, "at least 1"),
        ({"placebo_outcome": "spent"}, "is the treatment or the outcome itself"),
        ({"treated_share": 0.5}, "belongs to an experiment"),
        ({"treated_share": 1.5, "randomised": True}, "less than 1"),
        ({"covariates": ["past"], "graph": {"nodes": []}}, "give one of the two"),
        ({"colour": "red"}, "no setting 'colour'"),
    ],
)
def test_an_impossible_spec_is_refused_in_one_sentence(shop: Path, change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSpec, match=says):
        StudySpec.read(settings(shop) | change)


def test_what_the_table_lacks_is_named(workspace: Workspace, shop: Path) -> None:
    with pytest.raises(BadSpec, match="no column 'height' to be the placebo outcome"):
        study(workspace, shop, placebo_outcome="height")
    with pytest.raises(BadSpec, match="no column 'height'"):
        study(workspace, shop, covariates=["height"])
    frame = pd.read_parquet(shop)
    few = shop.with_name("few.parquet")
    pd.concat([frame[frame["offered"]].head(5), frame[~frame["offered"]]]).to_parquet(few)
    with pytest.raises(NotEnoughData, match="There are 5 treated and"):
        study(workspace, few)


def test_an_outcome_that_never_varies_and_too_few_clusters_are_refused(workspace: Workspace, shop: Path) -> None:
    frame = pd.read_parquet(shop).assign(spent=7.0, town=np.arange(1200) % 4)
    flat = shop.with_name("flat.parquet")
    frame.to_parquet(flat)
    with pytest.raises(NotEnoughData, match="spent is 7 for every unit"):
        study(workspace, flat)
    frame.assign(spent=frame["offered"] * 3.0).to_parquet(flat)
    with pytest.raises(NotEnoughData, match="spent never varies within an arm, so it is offered under another name"):
        study(workspace, flat)
    frame.assign(spent=frame["past"]).to_parquet(flat)
    with pytest.raises(NotEnoughData, match="belong to 4 users or clusters"):
        study(workspace, flat, cluster="town")


def test_a_column_that_numbers_the_rows_is_no_covariate(workspace: Workspace, shop: Path) -> None:
    # Rows sorted by arm: their number would tell the arms apart, and nothing could be compared.
    frame = pd.read_parquet(shop).sort_values("offered", ignore_index=True)
    numbered = shop.with_name("numbered.parquet")
    frame.assign(row=frame.index, step=2 * frame.index).set_index("past", drop=False).to_parquet(numbered)
    inputs = inputs_from_table(workspace, StudySpec.read(settings(numbered)))
    groups = {covariate.group for covariate in inputs.table.covariates}
    assert "row" not in groups and "step" in groups
    assert any("numbers the rows: row" in note for note in inputs.notes)
    kept = inputs_from_table(workspace, StudySpec.read(settings(numbered, covariates=["row"])))
    assert {covariate.group for covariate in kept.table.covariates} == {"row"}


def test_the_truth_travels_only_with_the_same_question() -> None:
    question = CausalQuestion(treatment="search", outcome="buy")
    truth = {"question": question.plain(), "ate": 0.08}
    asked_otherwise = question.model_copy(update={"unmeasured": ("intent",), "estimand": "ATT", "seed": 4})
    longer = question.model_copy(update={"outcome_window_days": 7.0})
    assert matching_truth(truth, question) == matching_truth(truth, asked_otherwise) == truth
    assert matching_truth(truth, longer) is None
    assert matching_truth(None, question) is None
