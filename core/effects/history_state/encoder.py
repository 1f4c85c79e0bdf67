"""The sequence model: a gated recurrent unit over event types and the time between them. The only file with Torch here.

It runs on the processor in one thread, so that a seed gives one answer with or without a graphics card; it is small
enough for that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.effects.history_state.histories import FIRST_TYPE, TOKEN_TYPES, Histories

WIDTH: Final = 24
BATCH: Final = 64
EPOCHS_AT_MOST: Final = 60
STEPS_AT_MOST: Final = 400  # fewer miss an order that stands a session back (benchmark `history_state`)
LEARNING_RATE: Final = 0.02
RAREST: Final = 1e-4  # where learning begins, however rare what is foretold
READ_AT_ONCE: Final = 4096
WAIT_SCALE: Final = 10.0  # log seconds are divided by it


class Encoder(nn.Module):
    """Histories in, log-odds (n, L, k) of what is foretold after each token out."""

    def __init__(self, foretold: int) -> None:
        super().__init__()
        self.types = nn.Embedding(FIRST_TYPE + TOKEN_TYPES, 12, padding_idx=0)
        self.read = nn.GRU(12 + 3, WIDTH, batch_first=True)
        self.foretell = nn.Linear(WIDTH, foretold)

    def forward(self, histories: Histories) -> Tensor:
        """(n, L, k)."""
        tokens = torch.from_numpy(histories.tokens)
        beside = np.concatenate([histories.waits[:, :, None] / WAIT_SCALE, histories.marks], axis=2)
        states, _ = self.read(torch.cat([self.types(tokens), torch.from_numpy(beside)], dim=2))
        log_odds: Tensor = self.foretell(states)
        return log_odds


def learn(histories: Histories, came: np.ndarray, known: np.ndarray, *, seed: int) -> Encoder:
    """An encoder that learnt what came (n, L, k) where it is known (n, L, k)."""
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = Encoder(came.shape[2])
        rates = np.clip(came.sum((0, 1), where=known) / np.maximum(known.sum((0, 1)), 1), RAREST, 1 - RAREST)
        with torch.no_grad():
            encoder.foretell.bias.copy_(torch.from_numpy(np.log(rates / (1 - rates)).astype(np.float32)))
        rng = np.random.default_rng(seed)
        optimizer = torch.optim.Adam(encoder.parameters(), lr=LEARNING_RATE)
        steps = min(EPOCHS_AT_MOST * -(-len(histories) // BATCH), STEPS_AT_MOST)
        pace = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps + 1)
        for rows in islice(_batches(histories.lengths, rng), steps):
            batch = histories.part(rows)
            width = batch.tokens.shape[1]
            odds = encoder(batch)
            weight = torch.from_numpy(known[rows, :width].astype(np.float32))
            target = torch.from_numpy(came[rows, :width])
            lost = functional.binary_cross_entropy_with_logits(odds, target, weight, reduction="sum")
            loss = lost / weight.sum().clamp(min=1)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimizer.step()
            pace.step()
        return encoder.eval()


def foretell(encoder: Encoder, histories: Histories) -> np.ndarray:
    """(n, k) log-odds at the moment: after the last token of each history."""
    found = np.zeros((len(histories), encoder.foretell.out_features))
    for first in range(0, len(histories), READ_AT_ONCE):
        rows = np.arange(first, min(first + READ_AT_ONCE, len(histories)))
        found[rows] = foretell_on_the_way(encoder, histories.part(rows))[
            np.arange(len(rows)), histories.lengths[rows] - 1
        ]
    return found


def foretell_on_the_way(encoder: Encoder, histories: Histories) -> np.ndarray:
    """(n, L, k) log-odds after every token."""
    with _one_thread(), torch.no_grad():
        odds: np.ndarray = encoder(histories).numpy()
    return odds


def _batches(lengths: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """For ever: each history once an epoch, beside others of like length, the batches in no order."""
    while True:
        order = rng.permutation(len(lengths))
        order = order[np.argsort(lengths[order], kind="stable")]
        batches = [order[first : first + BATCH] for first in range(0, len(order), BATCH)]
        yield from (batches[place] for place in rng.permutation(len(batches)))


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
