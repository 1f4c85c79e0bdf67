"""The chunked objective is the plain one, and dropout is dropout."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recommenders import objectives
from core.recommenders.dropout import PooledDropout


@settings(max_examples=25, deadline=None)
@given(tokens=st.integers(1, 40), items=st.integers(2, 50), chunk=st.integers(1, 400), seed=st.integers(0, 999))
def test_value_and_gradients_equal_those_of_plain_cross_entropy(tokens, items, chunk, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(tokens, 8, generator=generator, requires_grad=True)
    weight = torch.randn(items, 8, generator=generator, requires_grad=True)
    targets = torch.randint(items, (tokens,), generator=generator)
    plain = torch.nn.functional.cross_entropy(x @ weight.T, targets)
    expected = torch.autograd.grad(plain, (x, weight))
    usual, objectives.CHUNK_LOGITS = objectives.CHUNK_LOGITS, chunk
    try:
        ours = objectives.catalogue_cross_entropy(x, weight, targets, low_precision=False)
        found = torch.autograd.grad(ours * 3, (x, weight))  # a scaled loss must scale its gradients
    finally:
        objectives.CHUNK_LOGITS = usual
    torch.testing.assert_close(ours, plain)
    for own, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(own, 3 * wanted, rtol=1e-4, atol=1e-6)


def test_low_precision_stays_close():
    generator = torch.Generator().manual_seed(0)
    x, weight = torch.randn(64, 16, generator=generator), torch.randn(100, 16, generator=generator)
    targets = torch.randint(100, (64,), generator=generator)
    plain = torch.nn.functional.cross_entropy(x @ weight.T, targets)
    ours = objectives.catalogue_cross_entropy(x, weight, targets, low_precision=True)
    assert float(ours) == pytest.approx(float(plain), rel=0.01)


def test_a_hopeless_target_costs_much_but_not_infinity():
    x, weight = torch.tensor([[1000.0]]), torch.tensor([[1.0], [-1.0]])
    loss = objectives.catalogue_cross_entropy(x, weight, torch.tensor([1]), low_precision=False)
    assert 80 < float(loss) < 100


def test_dropout_silences_its_share_keeps_the_mean_and_repeats_after_a_restart():
    dropout = PooledDropout(0.25)
    dropout.restart(7)
    ones = torch.ones(100, 400)
    first = dropout(ones)
    # 40,000 draws: the share has a standard error of 0.002
    assert float((first == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert float(first.mean()) == pytest.approx(1.0, abs=0.02)
    assert not torch.equal(first, dropout(ones))
    dropout.restart(7)
    assert torch.equal(first, dropout(ones))
    assert torch.equal(dropout.eval()(ones), ones)
