"""Models and baselines: one contract for all, and what each must be able to learn."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import BadSpec, NotFound
from core.recommenders import BASELINES, MODELS, ease, lightgcn, sasrec
from core.recommenders.histories import Histories
from core.recommenders.settings import EASESettings, LightGCNSettings, SASRecSettings
from core.recommenders.split import Training
from core.recommenders.train import scorer_of
from core.recommenders.train_spec import TrainSpec


def learned_from(walks, items):
    lengths = [len(walk) for walk in walks]
    ends = np.cumsum(lengths)
    flat = np.concatenate([np.asarray(walk, dtype=np.int64) for walk in walks])
    histories = Histories(flat, np.arange(len(walks)), ends - lengths, ends)
    return Training(histories, len(walks), items, np.bincount(flat, minlength=items))


REPOSITORY = Path(__file__).resolve().parents[2]
WALKS = learned_from([[0, 1, 2], [2, 3], [4, 0, 1, 5], [3]], items=6)


def scorer(name, data):
    if name in MODELS:
        torch.manual_seed(0)
        network, _ = MODELS[name].load()(MODELS[name].spec(), data, False)
        return scorer_of(network.eval())
    return BASELINES[name].load()(data, BASELINES[name].spec(), lambda scorer: 0.0)


@pytest.mark.parametrize("name", [*MODELS, *BASELINES])
def test_every_recommender_scores_the_whole_catalogue_and_each_history_by_itself(name):
    score = scorer(name, WALKS)
    together = score(WALKS.histories)
    assert together.shape == (4, 6)
    assert np.isfinite(together).all()
    before = WALKS.histories.items.copy()
    alone = np.concatenate([score(WALKS.histories.part(slice(row, row + 1))) for row in range(4)])
    assert together == pytest.approx(alone, abs=1e-5)
    assert np.array_equal(WALKS.histories.items, before)


@pytest.mark.parametrize("name", [*MODELS, *BASELINES])
def test_every_choice_has_settings_with_defaults_and_words(name):
    choice = {**MODELS, **BASELINES}[name]
    assert choice.title
    assert choice.says.endswith(".")
    assert TrainSpec(model=name).model_settings() == choice.spec.read(TrainSpec(model=name).model_settings().plain())
    for preset in ("quick", "full"):
        assert (TrainSpec(model=name, preset=preset).schedule() is None) == (name in BASELINES)


@pytest.mark.parametrize("name", list(MODELS))
def test_a_step_lowers_the_loss_of_its_batch(name):
    torch.manual_seed(0)
    network, batches = MODELS[name].load()(MODELS[name].spec(), WALKS, False)
    batch = batches.take(np.arange(batches.examples))
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    network.eval()
    before = network.loss(batch)
    before.backward()
    optimizer.step()
    assert float(network.loss(batch).detach()) < float(before.detach())


def test_sasrec_never_looks_ahead_or_at_a_neighbour():
    torch.manual_seed(0)
    network, _ = sasrec.build(SASRecSettings(history_length=8), WALKS, False)
    network.eval()
    with torch.no_grad():
        states = network(WALKS.histories)
        longer = Histories(WALKS.histories.items, np.array([2]), np.array([5]), np.array([9]))
        alone = network(longer)
    assert states.shape == (10, 64)
    torch.testing.assert_close(states[5:9], alone)
    changed = WALKS.histories.items.copy()
    changed[8] = 3  # the last event of history 2
    with torch.no_grad():
        other = network(Histories(changed, longer.users, longer.starts, longer.ends))
    torch.testing.assert_close(other[:3], alone[:3])
    assert not torch.allclose(other[3], alone[3])


def test_lightgcn_equals_its_formula_on_a_dense_graph():
    torch.manual_seed(0)
    network, batches = lightgcn.build(LightGCNSettings(width=8, layers=2, history_length=None), WALKS, False)
    graph = np.zeros((10, 10))
    for user, item in zip(batches.edge_users, batches.edge_items, strict=True):
        graph[user, 4 + item] = graph[4 + item, user] = 1
    degrees = graph.sum(axis=1)
    spread = graph / np.sqrt(np.outer(degrees, degrees))
    points = network.points.detach().numpy()
    final = (points + spread @ points + spread @ spread @ points) / 3
    # asked with the histories it was trained on, the score is the paper's
    with torch.no_grad():
        assert network.score(WALKS.histories).numpy() == pytest.approx(final[:4] @ final[4:].T, abs=1e-5)


def test_lightgcn_puts_the_items_of_the_own_block_first():
    rng = np.random.default_rng(0)
    walks = [10 * (user % 2) + rng.permutation(10)[:5] for user in range(40)]
    data = learned_from(walks, items=20)
    torch.manual_seed(0)
    network, batches = lightgcn.build(LightGCNSettings(width=16, batch_size=100), data, False)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.02)
    for epoch in range(30):
        order = np.random.default_rng(epoch).permutation(batches.examples)
        for start in range(0, len(order), 100):
            optimizer.zero_grad()
            network.loss(batches.take(order[start : start + 100])).backward()
            optimizer.step()
    scores = scorer_of(network)(data.histories)
    own = scores.reshape(40, 2, 10)[np.arange(40), np.arange(40) % 2]
    other = scores.reshape(40, 2, 10)[np.arange(40), 1 - np.arange(40) % 2]
    assert (own.min(axis=1) > other.max(axis=1)).all()


def test_ease_is_the_closed_form_solution():
    rng = np.random.default_rng(0)
    seen = (rng.random((30, 8)) < 0.4).astype(float)
    gram = seen.T @ seen
    inverse = np.linalg.inv(gram + 5.0 * np.eye(8))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert ease.weights(gram, 5.0) == pytest.approx(expected, abs=1e-4)


def test_ease_takes_the_penalty_that_validates_best_and_refuses_a_large_catalogue():
    heard = []

    def validate(scorer):
        heard.append(scorer(WALKS.histories))
        return -len(heard)  # the first is the best

    chosen = ease.fit(WALKS, EASESettings(penalties=(1.0, 10.0)), validate)
    assert len(heard) == 2
    assert np.array_equal(chosen(WALKS.histories), heard[0])
    large = Training(WALKS.histories, 4, 10_001, np.ones(10_001))
    with pytest.raises(BadSpec, match="10,001 items"):
        ease.fit(large, EASESettings(), validate)


def test_a_spec_takes_the_models_settings_flat_and_names_a_wrong_one():
    spec = TrainSpec.read({"model": "sasrec", "width": 32, "heads": 4, "epochs": 3})
    assert spec.settings == {"width": 32, "heads": 4}
    assert spec.model_settings() == SASRecSettings(width=32, heads=4, history_length=50)
    assert TrainSpec.read(spec.plain()) == spec
    with pytest.raises(NotFound, match="no recommender 'gru'; choose one of sasrec, lightgcn, popularity, ease"):
        TrainSpec.read({"model": "gru"})
    with pytest.raises(BadSpec, match="no setting 'depth'"):
        TrainSpec.read({"model": "sasrec", "depth": 3})
    with pytest.raises(BadSpec, match="width 64 cannot be shared by 3 heads"):
        TrainSpec.read({"model": "sasrec", "heads": 3})
    with pytest.raises(BadSpec, match="Setting 'width'"):
        TrainSpec.read({"model": "sasrec", "width": "wide"})


def test_choosing_asking_and_reading_load_no_torch():
    modules = "core.recommenders.train_spec, core.recommenders.size, core.recommenders.stored"
    check = f"import sys, {modules}; print([name for name in ('torch', 'scipy') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", check], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
