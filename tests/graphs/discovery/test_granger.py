"""Granger causality: planted lags are found, errors are held, gaps break lags, a rhythm is no edge."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from core.errors import BadFile, BadSpec, NotEnoughData
from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.granger import search, significant
from core.graphs.discovery.series import Series, load_series, series_of_frame
from core.graphs.discovery.spec import SeriesSpec
from core.graphs.discovery.time_settings import GrangerSettings
from core.storage.engine import Log
from core.storage.workspace import Workspace

PLANTED = {("s0", "s1"), ("s1", "s2"), ("s3", "s0")}


def planted(steps: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    values = np.zeros((steps, 6))
    for now in range(2, steps):
        values[now] = 0.3 * values[now - 1] + chance.normal(size=6)
        values[now, 1] += 0.4 * values[now - 1, 0]
        values[now, 2] += 0.4 * values[now - 2, 1]
        values[now, 0] += 0.4 * values[now - 1, 3]
    return pd.DataFrame(values, columns=[f"s{number}" for number in range(6)])


def found(series: Series, **settings: object) -> set[tuple[str, str]]:
    edges = search(series, GrangerSettings.read(settings)).edges(Knowledge())
    return {(each.source, each.target) for each in edges}


def test_planted_lags_are_found() -> None:
    hits, said = 0, 0
    for seed in range(10):
        edges = found(series_of_frame(planted(1500, seed), "planted"))
        hits, said = hits + len(edges & PLANTED), said + len(edges)
    assert hits == 30  # all of three in ten draws
    assert said <= 36  # a false discovery rate of 5 % would be 1.6 more


def test_a_pair_has_the_p_value_of_statsmodels() -> None:
    frame = planted(400, 1)
    fit = search(series_of_frame(frame, "planted"), GrangerSettings(lags=2)).fit
    theirs = sm.tsa.VAR(((frame - frame.mean()) / frame.std(ddof=0)).to_numpy()).fit(2)
    for source, target in ((0, 1), (4, 5), (1, 2)):
        expected = theirs.test_causality(target, [source], kind="f")
        # statsmodels counts the degrees of freedom of the whole system, which moves the p-value a little
        assert fit.granger(source, target)[1] == pytest.approx(expected.pvalue, rel=0.05, abs=1e-6)


def test_no_lag_crosses_a_gap() -> None:
    frame = planted(300, 2)
    frame.loc[[100, 200], "s0"] = np.nan
    series = series_of_frame(frame, "gaps")
    assert series.rows == 298 and "2 time steps" in series.notes[0]
    assert len(search(series, GrangerSettings(lags=2)).outcomes) == 300 - 2 - 2 * 3


def test_blocks_are_drawn_and_find_the_same() -> None:
    whole = search(series_of_frame(planted(1500, 3), "planted"), GrangerSettings())
    assert {(each.source, each.target) for each in whole.drawn(1).edges(Knowledge())} >= PLANTED
    assert np.array_equal(whole.drawn(1).outcomes, whole.drawn(1).outcomes)


def test_false_discovery_rate_by_hand() -> None:
    p_values = np.array([0.001, 0.2, 0.03, 0.02, 0.9])
    assert significant(p_values, 0.05).tolist() == [True, False, True, True, False]  # 0.03 is just at 0.05 · 3 / 5
    assert significant(p_values, 0.049).tolist() == [True, False, False, False, False]
    assert significant(np.empty(0), 0.05).tolist() == []


def test_a_log_becomes_counts_without_their_rhythm(shop: tuple[Workspace, Log]) -> None:
    workspace, log = shop
    series = load_series(workspace, SeriesSpec(), log)
    assert set(series.names) == {"look", "find", "buy"} and 950 < series.rows <= 1008
    assert ("find", "buy") in found(series)
    by_hour = pd.DataFrame(series.values).groupby(np.arange(series.rows) % 168).mean().to_numpy()
    assert np.abs(by_hour).max() < 1e-9


def test_a_table_in_the_order_of_its_time(workspace: Workspace) -> None:
    frame = planted(600, 5).assign(step=np.arange(600))
    path = workspace.uploads / "series.csv"
    frame.sample(frac=1, random_state=0).to_csv(path, index=False)
    spec = SeriesSpec(table=str(path), time="step")
    assert found(load_series(workspace, spec, None)) >= PLANTED
    with pytest.raises(BadSpec, match="no column 'when'"):
        load_series(workspace, SeriesSpec(table=str(path), time="when"), None)
    with pytest.raises(BadFile, match="no file"):
        load_series(workspace, SeriesSpec(table=str(path) + "x.csv"), None)


@pytest.mark.parametrize(
    ("frame", "error", "said"),
    [
        (pd.DataFrame({"a": np.arange(99.0), "b": np.ones(99)}), BadSpec, "'b' holds one value"),
        (pd.DataFrame({"a": np.arange(99.0), "b": ["x"] * 99}), BadSpec, "'b' is not a column of numbers"),
        (pd.DataFrame({"a": np.arange(99.0), "b": np.full(99, np.nan)}), BadSpec, "'b' is empty"),
        (pd.DataFrame({"a": np.arange(9.0), "b": np.arange(9.0) ** 2}), NotEnoughData, "9 complete time steps"),
        (pd.DataFrame({"a": np.arange(99.0)}), BadSpec, "two series or more"),
    ],
)
def test_series_that_cannot_be_are_refused(frame: pd.DataFrame, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        series_of_frame(frame, "bad")
