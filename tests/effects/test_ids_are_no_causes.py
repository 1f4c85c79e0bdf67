"""A text that is another one in nearly every event is no covariate, and nothing may say that it was adjusted for."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.groups import covariate_groups
from core.effects.question import CausalQuestion
from core.effects.question_graph import template
from core.effects.study_inputs import inputs_from_log
from core.graphs.library import store
from core.storage.engine import Log

ASKED = {"treatment": "search", "outcome": "buy", "lookback_days": 2.0, "outcome_window_days": 1.0}


@pytest.fixture
def receipts(log_of: Callable[[pd.DataFrame], Log]) -> Log:
    """300 users with three sessions of four events, each event with a receipt of its own and a device of two."""
    rng = np.random.default_rng(0)
    size = 300 * 3 * 4
    place = np.arange(size)
    types = np.where(place % 4 == 3, np.where(rng.random(size) < 0.5, "search", "buy"), "view")
    start = pd.Timestamp("2025-03-01") + pd.to_timedelta((place // 4 % 3) * 3 + place // 12 % 7, unit="D")
    return log_of(
        pd.DataFrame(
            {
                "user_id": [f"u{number}" for number in place // 12],
                "event_type": types,
                "timestamp": start + pd.to_timedelta(place % 4, unit="min"),
                "receipt": [f"r{number}" for number in place],
                "device": np.where(place // 12 % 2 == 0, "phone", "desk"),
            }
        )
    )


def test_an_id_is_not_among_what_was_adjusted_for(receipts: Log) -> None:
    inputs = inputs_from_log(receipts.workspace, receipts, CausalQuestion.read(ASKED))
    assert "device" in inputs.identification.adjustment_set
    assert "receipt" not in inputs.identification.adjustment_set
    assert "receipt" not in inputs.identification.sentence + inputs.identification.expression
    assert any(note.startswith("receipt is no covariate") for note in inputs.notes + inputs.table.notes)


def test_an_id_that_was_drawn_as_a_cause_is_unmeasured(receipts: Log) -> None:
    asked = CausalQuestion.read(ASKED)
    drawn = template(asked, covariate_groups(receipts.manifest))
    graph_id = store(receipts.workspace, receipts.log_id, drawn)
    inputs = inputs_from_log(receipts.workspace, receipts, asked.model_copy(update={"graph_id": graph_id}))
    assert not inputs.identification.adjustable
    assert inputs.unidentified is not None and "receipt is unmeasured" in inputs.unidentified
