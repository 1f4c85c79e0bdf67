"""Dropout from a pool of random numbers: drawing one per activation costs a sixth of a training step on a processor.

A pool of multipliers (0, or 1 / kept share) is drawn now and then; each call takes a stretch of it at a random place.
The share is rounded to 1/256. The generator is the layer's own, so that a resumed training repeats what was lost.
"""

import torch
from torch import Tensor, nn

POOL_SIZES = 4  # how many times larger the pool is than what is taken from it


class PooledDropout(nn.Module):
    """Silences a share of the activations while training; shared by all layers of a model."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.silenced = round(share * 256)
        self.generator = torch.Generator()
        self.pool = torch.empty(0)

    def restart(self, seed: int) -> None:
        """Forget the pool; the ones drawn from here on depend on the seed alone."""
        self.generator.manual_seed(seed)
        self.pool = torch.empty(0)

    def forward(self, x: Tensor) -> Tensor:
        """x of any shape; unchanged when not training."""
        if not self.training or self.silenced == 0:
            return x
        if len(self.pool) < x.numel():
            self.pool = self._drawn(POOL_SIZES * x.numel()).to(x.device)
        start = int(torch.randint(len(self.pool) - x.numel() + 1, (), generator=self.generator))
        return x * self.pool[start : start + x.numel()].view_as(x)

    def _drawn(self, size: int) -> Tensor:
        drawn = torch.empty(size, dtype=torch.uint8).random_(0, 256, generator=self.generator)
        return (drawn >= self.silenced).float() * (256 / (256 - self.silenced))
