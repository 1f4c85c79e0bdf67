"""Noise has the scale that is said, one user changes the table by no more than the bound, and the budget ends."""

import threading

import numpy as np
import pytest

from core.errors import BadSpec
from core.events.privacy import private_counts as module
from core.events.privacy.private_counts import LIMIT, PrivateCountsSpec, _bounded, _with_noise, budget, private_counts
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace


@pytest.fixture
def log(workspace: Workspace, write, silent_import) -> Log:  # type: ignore[no-untyped-def]
    rows = "".join(f"u{n % 50},{'ab'[n % 2]},2024-01-{1 + n % 9:02d}\n" for n in range(900))
    heavy = "".join(f"heavy,c,2024-01-{1 + n % 9:02d}\n" for n in range(500))
    return open_log(workspace, silent_import(write("user_id,event,timestamp\n" + rows + heavy))["log_id"])


def test_one_user_counts_no_more_than_the_bound(log: Log) -> None:
    frame, left_out = _bounded(log, PrivateCountsSpec(measure="events", contributions=3))
    assert frame["event_type"].tolist() == ["a", "b", "c"]
    assert frame["count"].tolist()[2] == 3
    assert frame["count"].sum() == 51 * 3
    assert left_out == pytest.approx(1 - 153 / 1400)
    users, nothing = _bounded(log, PrivateCountsSpec(measure="users", contributions=3))
    assert users["count"].tolist() == [25, 25, 1]
    assert nothing == 0.0


def test_days_without_events_are_cells_too(log: Log) -> None:
    frame, _ = _bounded(log, PrivateCountsSpec(by="day"))
    assert len(frame) == 9


def test_the_noise_is_discrete_laplace_of_the_scale_that_is_said() -> None:
    counts, scale, margin = _with_noise([100] * 4000, PrivateCountsSpec(epsilon=0.5, contributions=5))
    assert scale == 10.0
    noise = np.array(counts) - 100
    assert noise.std() == pytest.approx(np.sqrt(2) * scale, rel=0.1)
    assert abs(noise.mean()) < 1.0
    assert (np.abs(noise) <= margin).mean() == pytest.approx(0.95, abs=0.02)


def test_the_budget_is_spent_once_and_ends(workspace: Workspace, log: Log) -> None:
    assert budget(workspace, log.log_id) == (0.0, LIMIT)
    found = private_counts(workspace, log, PrivateCountsSpec(epsilon=2.0))
    assert (found.spent, found.frame["users"].min() >= 0) == (2.0, True)
    with pytest.raises(BadSpec, match="1 is left and 2"):
        private_counts(workspace, log, PrivateCountsSpec(epsilon=2.0))
    assert budget(workspace, log.log_id)[0] == 2.0


def test_many_at_once_cannot_spend_more_than_there_is(workspace: Workspace, log: Log) -> None:
    outcomes: list[bool] = []

    def spend() -> None:
        try:
            module._spend(workspace, log.log_id, 0.5)
            outcomes.append(True)
        except BadSpec:
            outcomes.append(False)

    threads = [threading.Thread(target=spend) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == round(LIMIT / 0.5)
    assert budget(workspace, log.log_id)[0] == LIMIT
