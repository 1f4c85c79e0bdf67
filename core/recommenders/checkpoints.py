"""Checkpoints of a training: the last two whole states, so that one torn by a kill never stops a resume.

A state is written under a third name, flushed, and moved to `last.ckpt` after the old one became `previous.ckpt`.
"""

import io
import os
import time
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import pytorch_lightning as pl
import torch

from core.storage.workspace import write_atomically

SECONDS_BETWEEN = 15.0
LAST, PREVIOUS, BEST = "last.ckpt", "previous.ckpt", "best.pt"


class Checkpoints(pl.Callback):  # type: ignore[misc]
    """Saves Lightning's whole state (weights, optimizer, position) at the end of an epoch and every few seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.saved_at = time.monotonic()

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """Save when an epoch ended or enough time went by."""
        if pl_module.epoch_ended or time.monotonic() - self.saved_at >= SECONDS_BETWEEN:
            self.save(trainer)

    def save(self, trainer: pl.Trainer) -> None:
        """Write the state and rotate the names."""
        fresh = self.folder / "fresh.ckpt"
        trainer.save_checkpoint(fresh)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        if (self.folder / LAST).exists():
            (self.folder / LAST).replace(self.folder / PREVIOUS)
        fresh.replace(self.folder / LAST)
        self.saved_at = time.monotonic()


def last_good(folder: Path) -> Path | None:
    """The newest checkpoint that can be read, if there is one."""
    for name in (LAST, PREVIOUS):
        try:
            torch.load(folder / name, weights_only=True, map_location="cpu")
        except (OSError, RuntimeError, EOFError, ValueError, KeyError, UnpicklingError):
            continue
        return folder / name
    return None


def keep_weights(network: torch.nn.Module, path: Path) -> None:
    """Write a network's weights atomically."""
    buffer = io.BytesIO()
    torch.save(network.state_dict(), buffer)
    write_atomically(path, buffer.getvalue())


def load_weights(network: torch.nn.Module, path: Path) -> None:
    """Put stored weights into a network of the same settings."""
    network.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
