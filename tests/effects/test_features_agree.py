"""A study's covariates and the features of the Data section count the same events at the same moments."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.effects.analysis_table import window_rows
from core.effects.designs import units_of
from core.effects.designs.windows import windows
from core.effects.groups import covariate_groups
from core.effects.history import counted_event_types, history_measures
from core.effects.question import CausalQuestion
from core.events.demo.shop import MAPPING, NAME, simulate
from core.events.features.at import Moments, features_at
from core.events.features.listing import standard_features
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace


@pytest.fixture
def demo(workspace: Workspace) -> Log:
    events, _ = simulate(users=150)
    path = workspace.uploads / "demo.parquet"
    pq.write_table(events, path)
    spec = ImportSpec(files=(str(path),), name=NAME, mapping=MAPPING)
    return open_log(workspace, import_log(workspace, spec, lambda *_: None)["log_id"])


def test_raw_covariates_equal_features_at_time_zero(demo: Log) -> None:
    question = CausalQuestion.read({"treatment": "search", "outcome": "buy", "lookback_days": 10})
    offsets = windows(question)
    units = units_of(demo, question, offsets).table
    rows = window_rows(units, demo, question, offsets)
    measures = history_measures(rows, demo, covariate_groups(demo.manifest))
    raw = demo.fetch(rows.group_by("trial_user_id", "time_zero_us").aggregate(**measures))
    moments = Moments(units.select(user_id=units.trial_user_id, at_us=units.time_zero_us).distinct())
    features = standard_features(demo, question.lookback_days)
    found = demo.fetch(features_at(demo, moments, list(features.values())))
    both = raw.merge(found, left_on=["trial_user_id", "time_zero_us"], right_on=["user_id", "at_us"])
    assert len(both) == len(found) > 100
    assert (both["events"] == both["past_events"] + both["own_events"]).all()
    for at, event_type in enumerate(counted_event_types(demo)):
        assert (both[f"events_{event_type}"] == both[f"past_count_{at}"] + both[f"own_count_{at}"]).all()
    assert (both["sessions"] == both["past_sessions"] + (both["own_events"] > 0)).all()
    silent = both["own_events"] == 0
    seconds = (both["at_us"] - both["past_last_us"]) / 86_400_000_000
    np.testing.assert_allclose(both.loc[silent, "days_since_last"], seconds[silent])
    for column in ("category", "device"):
        pd.testing.assert_series_equal(both[f"latest_{column}"], both[f"attribute_{column}"], check_names=False)
