"""Speed of a SASRec step beside the textbook's way of writing it: same sizes, same loss, one thread, simulated histories.

The textbook pads every history to the full length, computes every layer on the padding, draws dropout per activation and
holds all logits. Printed: sequences per CPU second (medians over steps) and the peak memory of the loss at 40,000 items.

    python -m tests.benchmarks sasrec_speed [history length, 200] [steps, 12]
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from core.recommenders import sasrec
from core.recommenders.histories import Histories
from core.recommenders.objectives import catalogue_cross_entropy
from core.recommenders.settings import SASRecSettings
from core.recommenders.split import Training
from core.recommenders.training import low_precision_pays

ITEMS, USERS, BATCH = 3_400, 1_000, 32


class Textbook(nn.Module):
    """SASRec on padded batches with PyTorch's own parts."""

    def __init__(self, settings: SASRecSettings) -> None:
        super().__init__()
        self.items = nn.Embedding(ITEMS + 1, settings.width, padding_idx=0)
        self.positions = nn.Embedding(settings.history_length, settings.width)
        self.dropout = nn.Dropout(settings.dropout)
        layer = nn.TransformerEncoderLayer(
            settings.width, settings.heads, settings.width, settings.dropout, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(layer, settings.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(settings.width)

    def loss(self, padded: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of every next item; 0 is padding, on the right."""
        inputs, targets = padded[:, :-1], padded[:, 1:]
        mask = nn.Transformer.generate_square_subsequent_mask(inputs.shape[1])
        states = self.dropout(self.items(inputs) + self.positions.weight[: inputs.shape[1]])
        states = self.norm(self.blocks(states, mask=mask))
        logits = states @ self.items.weight.T
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)


def histories(length: int) -> Histories:
    """Histories with lengths spread like those of a film log: half of the places of a padded batch are real."""
    rng = np.random.default_rng(0)
    counts = np.clip(rng.lognormal(np.log(length / 2), 0.9, USERS), 5, length + 1).astype(int)
    ends = np.cumsum(counts)
    return Histories(rng.integers(ITEMS, size=ends[-1]), np.arange(USERS), ends - counts, ends)


def sequences_per_second(step, network: nn.Module, steps: int) -> float:
    """Median over steps of sequences per CPU second."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    seconds = []
    for number in range(steps + 2):
        began = time.process_time()
        optimizer.zero_grad(set_to_none=True)
        step(number).backward()
        optimizer.step()
        seconds.append(time.process_time() - began)
    return BATCH / median(seconds[2:])


def compare(length: int, steps: int) -> None:
    """Print both speeds and their ratio."""
    settings = SASRecSettings(history_length=length, batch_size=BATCH)
    drawn = histories(length)
    order = np.random.default_rng(1).permutation(USERS)
    data = Training(drawn, USERS, ITEMS, np.ones(ITEMS))
    network, batches = sasrec.build(settings, data, low_precision_pays())
    textbook = Textbook(settings)

    def chosen(number: int) -> np.ndarray:
        return order[number * BATCH % (USERS - BATCH) :][:BATCH]

    def padded(number: int) -> torch.Tensor:
        part = drawn.part(chosen(number))
        made = np.zeros((BATCH, length + 1), dtype=np.int64)
        for row, (start, end) in enumerate(zip(part.starts, part.ends, strict=True)):
            made[row, : end - start] = part.items[start:end] + 1
        return torch.from_numpy(made)

    ours = sequences_per_second(lambda number: network.loss(batches.take(chosen(number))), network, steps)
    theirs = sequences_per_second(lambda number: textbook.loss(padded(number)), textbook, steps)
    share = float((drawn.ends - drawn.starts - 1).sum() / (USERS * length))
    print(f"history length {length}, {share:.0%} of a padded batch is real, batch {BATCH}, full softmax, one thread")
    print(f"  ours      {ours:7.0f} sequences per CPU second")
    print(f"  textbook  {theirs:7.0f} sequences per CPU second; ratio {ours / theirs:.1f}")


def memory(way: str) -> None:
    """Print the memory that one loss and its gradients take at 40,000 items (in a process of its own)."""
    torch.set_num_threads(1)
    x, weight = torch.randn(6_000, 64, requires_grad=True), torch.randn(40_000, 64, requires_grad=True)
    targets = torch.randint(40_000, (6_000,))
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here (Linux)
    before = _peak_kilobytes()
    if way == "ours":
        catalogue_cross_entropy(x, weight, targets, low_precision=False).backward()
    else:
        functional.cross_entropy(x @ weight.T, targets).backward()
    print((_peak_kilobytes() - before) / 1024)


def _peak_kilobytes() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def main() -> None:
    """Run all comparisons."""
    numbers = [int(argument) for argument in sys.argv[1:]]
    length, steps = (numbers + [200, 12][len(numbers) :])[:2]
    torch.set_num_threads(1)
    compare(length, steps)
    call = [sys.executable, "-m", "tests.benchmarks", "sasrec_speed"]
    ours, plain = (
        float(subprocess.run([*call, "memory", way], capture_output=True, text=True, check=True).stdout.split()[-1])
        for way in ("ours", "plain")
    )
    print(f"loss at 40,000 items: {ours:.0f} MB ours, {plain:.0f} MB cross_entropy(x @ W.T); ratio {ours / plain:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        memory(sys.argv[2])
    else:
        main()
