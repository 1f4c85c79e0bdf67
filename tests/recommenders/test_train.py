"""The procedure of a training: what it learns, writes and survives."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled, NotEnoughData, NotFound
from core.recommenders import BASELINES, MODELS, training
from core.recommenders.checkpoints import LAST, PREVIOUS, last_good
from core.recommenders.recommend import recommend
from core.recommenders.stored import stored_recommendations
from core.recommenders.train import WEIGHTS, work
from core.storage.catalogue import database
from core.storage.runs import Run, find_metrics, write_result
from tests.recommenders.small_logs import blocks, circle

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = {"width": 16, "threads": 1}


def finished(run):
    result = work(run)
    write_result(run, result)
    return result


def test_sasrec_learns_that_the_next_item_follows_the_last(train_on, workspace):
    run = train_on(circle(items=40, length=9, users=120), model="sasrec", epochs=12, learning_rate=0.01, **SMALL)
    result = finished(run)
    assert result["metrics"]["ndcg@10"]["value"] > 0.95
    assert result["comparison"]["popularity"]["ndcg@10"]["low"] > 0
    lists = stored_recommendations(workspace, run.run_id, "u003", 3)
    last = int(lists["history"][-1]["item_id"][1:])
    assert lists["items"][0]["item_id"] == f"i{(last + 1) % 40:02}"
    assert lists["items"][0]["title"] == f"Title of i{(last + 1) % 40:02}"


def test_lightgcn_recommends_within_the_block_of_the_user(train_on, workspace):
    run = train_on(blocks(), model="lightgcn", epochs=20, batch_size=64, **SMALL)
    finished(run)
    for user in range(0, 60, 7):
        lists = stored_recommendations(workspace, run.run_id, f"u{user:03}", 10)
        assert {int(row["item_id"][1:]) // 20 for row in lists["items"]} == {user % 2}


@pytest.mark.parametrize("name", [*MODELS, *BASELINES])
def test_every_recommender_gives_the_whole_result_and_the_same_lists_stored_and_anew(name, train_on, workspace):
    extra = {**SMALL, "epochs": 2} if name in MODELS else {}
    run = train_on(blocks(), model=name, **extra)
    result = finished(run)
    assert {"run_id", "log_id", "version_id", "spec", "model", "protocol", "split", "metrics", "baselines", "comparison",
            "epochs", "seconds", "sequences_per_second", "device", "threads", "notes"} <= set(result)  # fmt: skip
    assert set(result["baselines"]) == set(BASELINES) - {name}
    for metric in ("hr@10", "ndcg@10"):
        own = result["metrics"][metric]
        assert 0 <= own["low"] <= own["value"] <= own["high"] <= 1
    assert result["device"] == ("gpu" if torch.cuda.is_available() else "cpu")
    for user in ("u000", "u059"):
        stored = stored_recommendations(workspace, run.run_id, user, 5)
        assert stored == recommend(workspace, run.run_id, user, 5)
        assert [row["rank"] for row in stored["items"]] == [1, 2, 3, 4, 5]
        assert stored["fallback"] is None
        assert not {row["item_id"] for row in stored["items"]} & {row["item_id"] for row in stored["history"]}


def test_an_unknown_user_is_refused_and_a_user_without_counted_events_gets_popularity(train_on, workspace):
    run = train_on([*blocks(), ("window-shopper", None, "search", 3)], model="popularity")
    finished(run)
    with pytest.raises(NotFound, match="no user 'nobody'; there are, for example, u000"):
        stored_recommendations(workspace, run.run_id, "nobody")
    lists = stored_recommendations(workspace, run.run_id, "window-shopper")
    assert "popularity" in lists["fallback"]
    assert lists["items"] == lists["baseline"]
    assert len(lists["items"]) == 10
    assert lists["history"][0]["item_id"] is None


@pytest.mark.parametrize(
    "events",
    [
        [("a", "x", "view", 1), ("a", "y", "view", 2), ("b", "x", "view", 3)],
        [("a", f"i{step % 7}", "view", step) for step in range(60)],
        [(f"u{step % 5}", None, "search", step) for step in range(60)],
        [(f"u{step % 5}", "x", "view", step) for step in range(60)],
    ],
    ids=["three events", "one user", "no items", "one item"],
)
def test_too_small_a_log_is_refused_in_one_sentence(events, train_on):
    with pytest.raises(NotEnoughData) as refused:
        work(train_on(events))
    assert str(refused.value).endswith(".")


def test_cancel_stops_cleanly_and_a_later_call_goes_on_from_the_checkpoint(train_on, workspace):
    run = train_on(circle(), model="sasrec", epochs=12, **SMALL)

    def cancelled_in_epoch_three(share, message=""):
        if message.startswith("epoch 3"):
            raise Cancelled("cancelled")

    run.progress = cancelled_in_epoch_three
    with pytest.raises(Cancelled):
        work(run)
    assert last_good(run.checkpoint) is not None
    again = Run(workspace, run.run_id, "train", run.spec, run.log_id, None)
    assert work(again)["epochs"] == 12
    epochs = [line["epoch"] for line in find_metrics(workspace, run.run_id)]
    assert epochs == list(range(1, 13))  # two before, ten after, none twice


def test_the_analyst_cancels_through_the_catalogue(train_on, workspace):
    run = train_on(circle(users=400), model="sasrec", epochs=500, **SMALL)
    with database(workspace) as rows:
        rows.execute("UPDATE runs SET status='cancelling' WHERE run_id=?", (run.run_id,))
    with pytest.raises(Cancelled):
        work(run)


def test_a_killed_training_resumes_to_the_weights_it_would_have_had(train_on, workspace):
    settings = {"model": "sasrec", "epochs": 6, "batch_size": 2, **SMALL}
    run = train_on(circle(), **settings)
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(workspace.root), run.run_id, run.log_id], cwd=REPOSITORY
    )
    while len(find_metrics(workspace, run.run_id)) < 3:  # 30 steps an epoch: two chunks and two lines each
        assert process.poll() is None, "the training ended before it could be killed"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = torch.load(last_good(run.checkpoint), weights_only=True)["position"]["chunks"]
    assert 1 <= kept < 12
    work(run)
    resumed = torch.load(run.folder / WEIGHTS, weights_only=True)

    other = Run(workspace, "train-undisturbed", "train", run.spec, run.log_id, None)
    other.folder.mkdir()
    work(other)
    undisturbed = torch.load(other.folder / WEIGHTS, weights_only=True)
    for name, weights in undisturbed.items():
        torch.testing.assert_close(resumed[name], weights)


WORKER = """
import sys
from pathlib import Path
from core.recommenders.train import work
from core.recommenders.train_spec import TrainSpec
from core.storage.runs import Run
from core.storage.workspace import Workspace
workspace, run_id, log_id = Workspace(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
spec = {"model": "sasrec", "epochs": 6, "settings": {"batch_size": 2, "width": 16}, "threads": 1}
work(Run(workspace, run_id, "train", spec, log_id, None))
"""


def test_a_torn_checkpoint_falls_back_to_the_one_before(train_on, workspace):
    run = train_on(circle(), model="sasrec", epochs=3, **SMALL)
    work(run)
    assert last_good(run.checkpoint) == run.checkpoint / LAST
    whole = (run.checkpoint / LAST).read_bytes()
    for torn in (whole[: len(whole) // 2], b"", np.random.default_rng(0).bytes(500)):
        (run.checkpoint / LAST).write_bytes(torn)
        assert last_good(run.checkpoint) == run.checkpoint / PREVIOUS
    assert work(run)["epochs"] == 3
    (run.checkpoint / LAST).write_bytes(b"")
    (run.checkpoint / PREVIOUS).write_bytes(b"")
    assert last_good(run.checkpoint) is None


def test_training_stops_when_the_time_is_up_and_says_so(train_on):
    result = work(train_on(circle(users=300), model="sasrec", max_minutes=0.005, **SMALL))
    assert result["stopped"] == "the time was up"
    assert result["epochs"] >= 1


def test_the_gpu_is_used_only_when_there_is_one():
    assert training.on_gpu() == torch.cuda.is_available()
