"""The demo log: deterministic, its truth computed on the very units that the question finds, and confounded as stated."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build, build_placebo
from core.effects.question import CausalQuestion
from core.effects.table import AnalysisTable
from core.events.demo.play import natural_searches, play
from core.events.demo.shop import ensure_demo, simulate
from core.events.demo.truth import find_units
from core.events.demo.world import draw_world
from core.storage.catalogue import list_logs
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace


@pytest.fixture(scope="module")
def simulated() -> tuple[pd.DataFrame, dict[str, Any]]:
    table, truth = simulate()
    return table.to_pandas(), truth


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    log = open_log(workspace, ensure_demo(workspace, lambda share, message: None))
    yield log
    log.close()


@pytest.fixture(scope="module")
def table(demo: Log) -> AnalysisTable:
    return build(demo, CausalQuestion.read(demo.manifest["truth"]["question"]))


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    (first, truth), (again, same_truth), (other, _) = (simulate(seed=seed, users=200) for seed in (3, 3, 4))
    assert first.equals(again) and truth == same_truth
    assert not first.equals(other)


def test_it_has_about_two_hundred_thousand_events_of_four_types(simulated: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    events, _ = simulated
    assert 180_000 < len(events) < 220_000
    assert list(events["event"].value_counts().index) == ["view", "search", "cart", "buy"]
    assert events["time"].is_monotonic_increasing
    assert 118 < (events["time"].max() - events["time"].min()).days + 1 < 122
    assert events["title"].nunique() == 360
    assert (events["price"].notna() == events["event"].isin(["cart", "buy"])).all()
    assert (events["item"].isna() == (events["event"] == "search")).all()


def test_it_has_a_rhythm_and_a_trend(simulated: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    times = simulated[0]["time"]
    hours = times.dt.hour.value_counts()
    assert hours.idxmax() in {20, 21} and hours.idxmin() in {1, 2, 3, 4}
    weekdays = times.dt.dayofweek.value_counts()
    assert set(weekdays.index[:2]) == {5, 6}
    first, last = times.min(), times.max()
    month = pd.Timedelta(days=28)
    assert (times > last - month).sum() > 1.1 * (times < first + month).sum()


def test_items_follow_taste_and_threads(simulated: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    # A view of the same session is followed by one of the item's four successors at least every second time; popularity
    # alone would put a given item next in about one of a hundred cases.
    views = simulated[0].query("event == 'view'")
    following = views.groupby("user")["item"].shift(-1)
    pairs = pd.DataFrame({"item": views["item"], "next": following}).dropna().value_counts()
    four_likeliest = pairs.groupby("item").head(4).sum() / pairs.sum()
    most_popular = views["item"].value_counts(normalize=True).iloc[0]
    assert four_likeliest > 0.3
    assert most_popular < 0.02


def test_the_question_finds_the_units_that_the_truth_was_computed_on(demo: Log, table: AnalysisTable) -> None:
    truth = demo.manifest["truth"]
    assert table.units == truth["units"]
    assert int(table.treatment.sum()) == truth["treated"]
    raw = table.outcome[table.treatment == 1].mean() - table.outcome[table.treatment == 0].mean()
    assert raw == pytest.approx(truth["naive"], abs=1e-12)


def test_unit_by_unit_the_table_equals_the_simulator(table: AnalysisTable) -> None:
    world = draw_world(2_700, np.random.default_rng([7, 0]))
    units = find_units(world, play(world, natural_searches(world)))
    ours = table.frame[["user_id", "treatment", "outcome", "tenure:days"]]
    # A user's units come in the same order on both sides: tenure grows from one to the next.
    ours = ours.sort_values(["user_id", "tenure:days"])
    assert list(ours["user_id"]) == [f"u{user + 1:05d}" for user in world.user[units.index]]
    assert np.array_equal(ours["treatment"], units.treated)
    assert np.array_equal(ours["outcome"], units.outcome)


def test_the_truth_is_a_full_question_in_plain_json(demo: Log) -> None:
    question = demo.manifest["truth"]["question"]
    assert CausalQuestion.read(question).plain() == question
    assert question == CausalQuestion.read({"treatment": "search", "outcome": "buy"}).plain()


def test_search_adds_about_eight_points_and_the_raw_difference_nearly_doubles_it(demo: Log) -> None:
    truth = demo.manifest["truth"]
    assert 0.07 < truth["ate"] < 0.095
    assert truth["naive"] > 1.5 * truth["ate"]
    effects = truth["effects_by_intent"]
    assert effects["browsing"] < effects["comparing"] < effects["ready"]


def test_nobody_buys_within_the_grace_period(table: AnalysisTable) -> None:
    assert not any("before any search" in note for note in table.notes)


def regression(table: AnalysisTable) -> tuple[float, float]:
    """The treatment's coefficient in a linear regression on all covariates, and its error summed by user."""
    design = np.column_stack([table.treatment, np.ones(table.units), table.matrix()])
    rest = np.linalg.lstsq(design[:, 1:], table.treatment, rcond=None)[0]
    own = table.treatment - design[:, 1:] @ rest
    value = float(own @ table.outcome / (own @ own))
    residual = table.outcome - design @ np.linalg.lstsq(design, table.outcome, rcond=None)[0]
    sums = np.bincount(table.clusters, weights=own * residual)
    return value, float(np.sqrt((sums**2).sum()) / (own @ own))


def test_adjusting_reaches_the_truth_and_leaves_it_when_a_confounder_is_missing(
    demo: Log, table: AnalysisTable
) -> None:
    truth = demo.manifest["truth"]["ate"]
    value, se = regression(table)
    assert abs(value - truth) < 2 * se
    groups = {covariate.group for covariate in table.covariates}
    for confounder in demo.manifest["truth"]["confounders"]:
        biased, se = regression(table.keep(groups - {confounder}))
        assert biased - value > 0.01
    without_intent, se = regression(table.keep(groups - {"intent"}))
    assert without_intent - 1.96 * se > truth


def test_the_placebo_outcome_is_near_zero(demo: Log) -> None:
    value, se = regression(build_placebo(demo, CausalQuestion.read(demo.manifest["truth"]["question"])))
    half = demo.manifest["truth"]["ate"] / 2
    assert -half < value - 1.96 * se and value + 1.96 * se < half


def test_a_demo_that_is_there_is_not_imported_again(workspace: Workspace) -> None:
    calls: list[str] = []
    assert ensure_demo(workspace, lambda share, message: calls.append(message)) == "demo"
    assert calls and list(workspace.uploads.iterdir()) == []
    before = [row["version_id"] for row in list_logs(workspace)]
    calls.clear()
    assert ensure_demo(workspace, lambda share, message: calls.append(message)) == "demo"
    assert calls == [] and [row["version_id"] for row in list_logs(workspace)] == before


def test_a_small_demo_works_too() -> None:
    table, truth = simulate(seed=1, users=300)
    assert table.num_rows > 5_000 and truth["units"] > 500
