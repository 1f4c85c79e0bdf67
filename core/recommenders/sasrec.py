"""SASRec: a causal transformer over a user's latest items; the state at each event predicts the next item.

Kang and McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018. Different here: softmax over the whole
catalogue instead of one sampled negative (Klenitskiy and Vasilev, RecSys 2023: the loss decides, not the architecture),
positions counted from the end of the history, and no computation on padding: histories are padded on the right, where
the causal mask alone keeps padding out, and only attention sees it; all other layers run on the real events, packed.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.recommenders.batches import Batches, HistoryBatches
from core.recommenders.dropout import PooledDropout
from core.recommenders.histories import Histories
from core.recommenders.objectives import catalogue_cross_entropy
from core.recommenders.settings import SASRecSettings
from core.recommenders.split import Training

GROUP = 8  # histories that attend together on a processor: few enough to be of like length, when sorted by it


def build(settings: SASRecSettings, data: Training, low_precision: bool) -> tuple["SASRec", Batches[Histories]]:
    """The untrained network and the batches it learns from."""
    network = SASRec(data.items, settings, low_precision)
    return network, HistoryBatches.of(data.histories, settings.batch_size)


class Group(NamedTuple):
    """Histories that attend together: their tokens, and the rows and columns of these in a padded (B, L)."""

    tokens: slice
    rows: Tensor
    columns: Tensor
    shape: tuple[int, int]


def groups(counts: np.ndarray, size: int, device: torch.device) -> list[Group]:
    """Groups of at most `size` neighbours, for histories of `counts` (B,) tokens that lie one after the other."""
    ends = np.cumsum(counts)
    made = []
    for first in range(0, len(counts), size):
        own = counts[first : first + size]
        rows = np.repeat(np.arange(len(own)), own)
        columns = np.arange(len(rows)) - np.repeat(np.cumsum(own) - own, own)
        tokens = slice(int(ends[first] - counts[first]), int(ends[first + len(own) - 1]))
        row_places, column_places = torch.from_numpy(rows).to(device), torch.from_numpy(columns).to(device)
        made.append(Group(tokens, row_places, column_places, (len(own), int(own.max()))))
    return made


class Block(nn.Module):
    """Attention, then a feed-forward layer, each normed before and added to what came in."""

    def __init__(self, settings: SASRecSettings, dropout: PooledDropout) -> None:
        super().__init__()
        width = settings.width
        self.heads = settings.heads
        self.attention_norm, self.forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, width), nn.Linear(width, width)
        self.dropout = dropout

    def forward(self, x: Tensor, together: list[Group]) -> Tensor:
        """(T, D) -> (T, D)."""
        x = x + self.dropout(self.mix(self._attend(self.query_key_value(self.attention_norm(x)), together)))
        forwarded: Tensor = x + self.dropout(self.narrow(functional.relu(self.widen(self.forward_norm(x)))))
        return forwarded

    def _attend(self, qkv: Tensor, together: list[Group]) -> Tensor:
        mixed = []
        for group in together:
            padded = qkv.new_zeros(*group.shape, qkv.shape[1])
            padded = padded.index_put((group.rows, group.columns), qkv[group.tokens])  # (B, L, 3 D)
            query, key, value = padded.view(*group.shape, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # (B, H, L, D / H)
            states = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
            mixed.append(states.transpose(1, 2)[group.rows, group.columns].flatten(1))
        return torch.cat(mixed)


class SASRec(nn.Module):
    """Item vectors (N, D), shared by input and output; positions; blocks; a last norm."""

    def __init__(self, items: int, settings: SASRecSettings, low_precision: bool) -> None:
        super().__init__()
        self.length, self.low_precision = settings.history_length, low_precision
        self.dropout = PooledDropout(settings.dropout)
        self.items = nn.Embedding(items, settings.width)
        self.positions = nn.Embedding(settings.history_length, settings.width)
        self.blocks = nn.ModuleList([Block(settings, self.dropout) for _ in range(settings.layers)])
        self.norm = nn.LayerNorm(settings.width)
        for weights in self.parameters():
            if weights.dim() > 1:
                nn.init.xavier_normal_(weights)

    def forward(self, histories: Histories) -> Tensor:
        """States (T, D) after each event of the histories, one history after the other."""
        device = self.items.weight.device
        counts = histories.ends - histories.starts
        items = torch.from_numpy(histories.pairs()[1].astype(np.int64)).to(device)
        from_end = np.repeat(np.cumsum(counts), counts) - 1 - np.arange(len(items))
        x = self.dropout(self.items(items) + self.positions(torch.from_numpy(from_end).to(device)))
        together = groups(counts, len(counts) if x.is_cuda else GROUP, device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.low_precision):
            for block in self.blocks:
                x = block(x, together)
        normed: Tensor = self.norm(x.float())
        return normed

    def loss(self, batch: Histories) -> Tensor:
        """Mean cross-entropy () of every next item in the batch."""
        batch = batch.latest(self.length + 1)
        batch = batch.part(np.argsort(batch.starts - batch.ends, kind="stable"))
        targets = torch.from_numpy(batch.without_first().pairs()[1].astype(np.int64)).to(self.items.weight.device)
        states = self(batch.without_last())
        return catalogue_cross_entropy(states, self.items.weight, targets, low_precision=self.low_precision)

    def score(self, histories: Histories) -> Tensor:
        """(B, N) the state after the last event times each item vector."""
        histories = histories.latest(self.length)
        last = np.cumsum(histories.ends - histories.starts) - 1
        states: Tensor = self(histories)[torch.from_numpy(last)]
        return states @ self.items.weight.T
