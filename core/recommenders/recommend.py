"""Recommendations for one user from a run's weights: what `stored.py` reads, computed anew, for any k.

Works in a worker process, as it needs Torch; the log is pinned, so the split and the graph come out as they were.
"""

from typing import Any

import numpy as np

from core.errors import BadSpec
from core.recommenders.checkpoints import load_weights
from core.recommenders.evaluate import Scorer
from core.recommenders.stored import recommendation
from core.recommenders.train import WEIGHTS, Prepared, baseline, lists, prepare, scorer_of, untrained
from core.recommenders.train_spec import TrainSpec
from core.storage.engine import open_log
from core.storage.runs import Run, find_result
from core.storage.workspace import Workspace


def recommend(workspace: Workspace, run_id: str, user_id: str, k: int = 10) -> dict[str, Any]:
    """The k best items for a user after their whole history; the shape is that of `stored.recommendation`.

    Raises NotFound for an unknown run or user.
    """
    if k < 1:
        raise BadSpec(f"A list needs at least one item; choose k from 1 (got {k}).")
    result = find_result(workspace, run_id)
    spec = TrainSpec.read(result["spec"])
    run = Run(workspace, run_id, "train", result["spec"], result["log_id"], result["version_id"])
    ready, log_id, version_id = prepare(run, spec)
    found = np.flatnonzero(ready.data.user_ids == user_id)
    own = lists(ready, _stored_scorer(run, ready), found, k)[0] if len(found) else None
    log = open_log(workspace, log_id, version_id)
    try:
        return recommendation(log, run_id, user_id, folder=run.folder, lists=own, k=k)
    finally:
        log.close()


def _stored_scorer(run: Run, ready: Prepared) -> Scorer:
    if ready.spec.schedule() is None:
        return baseline(ready, ready.spec.model)
    network, _ = untrained(ready)
    load_weights(network, run.folder / WEIGHTS)
    return scorer_of(network.eval())
