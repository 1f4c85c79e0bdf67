"""No unit's effect is predicted by a model that saw its user, whatever the learner: its outcomes may say anything."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.benefits import CATE_LEARNERS, DEFAULT_LEARNERS
from core.effects.benefits.crossed import CrossFit, cross_fit, of_population, scores
from core.effects.table import WEIGHT, AnalysisTable
from tests.effects.planted import as_table, confounded

FOLD = 2


def clustered(*, units: int = 240) -> AnalysisTable:
    table = confounded(units=units, treated_more=1.0, seed=3)
    return as_table(table.matrix(), table.treatment, table.outcome, users=np.arange(units) // 2)


@pytest.fixture(scope="module")
def crossed() -> tuple[CrossFit, CrossFit]:
    """The fits of a table, and of the same table where the outcomes of one fold's users are nonsense."""
    table = clustered()
    first = cross_fit(table, seed=0)
    frame = table.frame.copy()
    frame.loc[first.fold == FOLD, "outcome"] = (
        np.random.default_rng(0).normal(size=int((first.fold == FOLD).sum())) * 50
    )
    return first, cross_fit(replace(table, frame=frame), seed=0)


def test_units_of_a_user_share_a_fold(crossed: tuple[CrossFit, CrossFit]) -> None:
    assert (crossed[0].fold[::2] == crossed[0].fold[1::2]).all()


def test_a_folds_outcomes_touch_no_prediction_for_it_nor_what_is_learnt_from_for_it(
    crossed: tuple[CrossFit, CrossFit],
) -> None:
    before, after = crossed
    inside = before.fold == FOLD
    for name in ("control", "treated"):
        held = [getattr(each, name).held_out[0] for each in crossed]
        assert held[0][inside] == pytest.approx(held[1][inside], abs=1e-9)
        assert np.abs(held[0][~inside] - held[1][~inside]).max() > 1  # elsewhere the nonsense was believed
        inner = [getattr(each, name).inner[0, ~inside, FOLD] for each in crossed]
        assert inner[0] == pytest.approx(inner[1], abs=1e-9)
    assert before.scores_without(FOLD)[~inside] == pytest.approx(after.scores_without(FOLD)[~inside], abs=1e-9)


@pytest.mark.parametrize("name", DEFAULT_LEARNERS)
def test_no_learner_sees_the_users_it_predicts_for(name: str, crossed: tuple[CrossFit, CrossFit]) -> None:
    inside = crossed[0].fold == FOLD
    found = [CATE_LEARNERS[name].load()(each, seed=0).effects for each in crossed]
    assert np.isfinite(found[0]).all()
    assert found[0][inside] == pytest.approx(found[1][inside], abs=1e-8)
    assert np.abs(found[0][~inside] - found[1][~inside]).max() > 0.1


def test_the_forest_sees_as_little_and_says_when_it_learns_from_a_sample(
    crossed: tuple[CrossFit, CrossFit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.effects.benefits.learners.forest.TREES", 8)
    monkeypatch.setattr("core.effects.benefits.learners.forest.MOST_ROWS", 150)
    learn = CATE_LEARNERS["forest"].load()
    inside = crossed[0].fold == FOLD
    found = [learn(each, seed=0) for each in crossed]
    assert found[0].effects[inside] == pytest.approx(found[1].effects[inside], abs=1e-8)
    assert "learnt from 150 of" in found[0].notes[0]


def test_scores_of_sampled_controls_are_those_of_the_population() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(40_000, 1))
    likely = 1 / (1 + np.exp(-matrix[:, 0] + 1))
    treatment = (rng.random(40_000) < likely).astype(float)
    outcome = matrix[:, 0] + treatment * (1 + matrix[:, 0]) + rng.normal(size=40_000)
    kept = (treatment == 1) | (rng.random(40_000) < 0.2)
    table = as_table(matrix[kept], treatment[kept], outcome[kept])
    frame = table.frame.assign(**{WEIGHT: np.where(treatment[kept] == 1, 1.0, 5.0)})
    table = replace(table, frame=frame)
    sampled = likely[kept] / (likely[kept] + 0.2 * (1 - likely[kept]))  # what a learner would find among these units
    assert of_population(table, sampled) == pytest.approx(likely[kept], abs=0.02)
    wrong = np.zeros(int(kept.sum()))  # outcomes learnt not at all: the propensity must carry it
    found = np.average(scores(table, of_population(table, sampled), wrong, wrong), weights=table.weights)
    assert found == pytest.approx(1.0, abs=0.08)
