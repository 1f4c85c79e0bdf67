"""Interactions from lists of items, and trainings on small logs."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from core.recommenders.interactions import Interactions, prepared
from core.recommenders.train_spec import TrainSpec
from core.storage.runs import Run
from core.storage.workspace import Workspace
from tests.recommenders.small_logs import ANYTHING, Event, keep_log, keep_run


@pytest.fixture
def train_on(workspace: Workspace) -> Callable[..., Run]:
    """Publish events and make a training run on them."""

    def made(events: Sequence[Event], **settings: object) -> Run:
        return keep_run(workspace, keep_log(workspace, events), **settings)

    return made


@pytest.fixture
def made_interactions() -> Callable[..., Interactions]:
    """Interactions from lists of items, one list a user; seconds count on across users where none are given."""

    def made(
        walks: Sequence[Sequence[int]], seconds: Sequence[Sequence[int]] | None = None, spec: TrainSpec = ANYTHING
    ) -> Interactions:
        user = np.repeat(np.arange(len(walks)), [len(walk) for walk in walks])
        item = np.concatenate([np.asarray(walk) for walk in walks])
        at = np.arange(len(user)) if seconds is None else np.concatenate([np.asarray(own) for own in seconds])
        names = [np.array([f"{stem}{code}" for code in range(100)], dtype=object) for stem in "ui"]
        return prepared(
            user, item, at * 1_000_000, user_ids=names[0], item_ids=names[1], titles=[None] * 100, spec=spec
        )

    return made


@pytest.fixture
def random_interactions(made_interactions: Callable[..., Interactions]) -> Interactions:
    """40 users with 3 to 20 events each at random times, some of them tied."""
    rng = np.random.default_rng(5)
    lengths = rng.integers(3, 20, size=40)
    walks = [rng.integers(30, size=length).tolist() for length in lengths]
    seconds = [np.sort(rng.integers(200, size=length)).tolist() for length in lengths]
    return made_interactions(walks, seconds)
