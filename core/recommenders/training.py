"""Training: one task for every model, driven by Lightning in the run's own process.

Lightning's "batch" is a chunk of steps under manual optimisation, which makes its loop cost nothing per step. The whole
position lives in `Progress`, which travels with the checkpoint; the order of the examples and the dropout follow from
(seed, epoch, chunk). So a run that was killed and resumed gives the weights it would have given.
"""

import logging
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

from core.errors import BadSpec
from core.recommenders.batches import Batches
from core.recommenders.checkpoints import BEST, Checkpoints, keep_weights, last_good, load_weights
from core.recommenders.dropout import PooledDropout
from core.recommenders.settings import Schedule

CHUNK_STEPS = 20
WARM_STEPS = 200  # at most; the learning rate rises to its value over these, or over one epoch if that is shorter


@dataclass
class Progress:
    """Where a training stands. chunks: done so far; seconds: spent training; examples: seen; best_*: in validation."""

    chunks: int = 0
    seconds: float = 0.0
    examples: int = 0
    best_epoch: int = 0
    best_ndcg: float = -1.0
    waited: int = 0
    stopped: str = ""


@dataclass(frozen=True)
class Reports:
    """How a training speaks: validate() -> {metric: value}; progress(share, message); metric(**values)."""

    validate: Callable[[], dict[str, float]]
    progress: Callable[[float, str], None]
    metric: Callable[..., None]


class Task(pl.LightningModule):  # type: ignore[misc]
    """Trains `network` (with `loss(batch)`) on `batches` until the schedule ends or validation stops rising."""

    automatic_optimization = False

    def __init__(
        self, network: torch.nn.Module, batches: Batches[Any], schedule: Schedule, reports: Reports, *,
        learning_rate: float, seed: int, folder: Path,
    ) -> None:  # fmt: skip
        super().__init__()
        self.network, self.batches, self.schedule, self.reports = network, batches, schedule, reports
        self.learning_rate, self.seed, self.folder = learning_rate, seed, folder
        self.position = Progress()
        self.epoch_ended = False
        self.steps_per_epoch = math.ceil(batches.examples / batches.batch_size)
        self.chunks_per_epoch = math.ceil(self.steps_per_epoch / CHUNK_STEPS)

    @property
    def chunks(self) -> int:
        """How many chunks the whole schedule has."""
        return self.schedule.epochs * self.chunks_per_epoch

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW with the betas of SASRec's paper and no weight decay."""
        return torch.optim.AdamW(self.network.parameters(), lr=self.learning_rate, betas=(0.9, 0.98), weight_decay=0.0)

    def training_step(self, _batch: int, _batch_idx: int) -> None:
        """One chunk of steps; at the end of an epoch also validation."""
        began = time.monotonic()
        epoch, chunk = divmod(self.position.chunks, self.chunks_per_epoch)
        for module in self.network.modules():
            if isinstance(module, PooledDropout):
                module.restart(self._seed_of(epoch, chunk + 1))
        batch_size = self.batches.batch_size
        order = self._order(epoch)[chunk * CHUNK_STEPS * batch_size : (chunk + 1) * CHUNK_STEPS * batch_size]
        losses = []
        for step, start in enumerate(range(0, len(order), batch_size)):
            self._warm_up(epoch * self.steps_per_epoch + chunk * CHUNK_STEPS + step)
            losses.append(self._descend(order[start : start + batch_size]))
            self.reports.progress(*self._share_and_message(epoch, chunk * CHUNK_STEPS + step, began))
        loss = float(torch.stack(losses).mean())
        if not math.isfinite(loss):
            raise BadSpec(f"Training diverged in epoch {epoch + 1} at learning_rate {self.learning_rate}; lower it.")
        self._advance(epoch, chunk, loss, len(order), began)

    def _warm_up(self, step: int) -> None:
        rate = self.learning_rate * min(1.0, (step + 1) / min(WARM_STEPS, self.steps_per_epoch))
        for group in self.optimizers().param_groups:
            group["lr"] = rate

    def _descend(self, chosen: np.ndarray) -> torch.Tensor:
        optimizer = self.optimizers()
        loss: torch.Tensor = self.network.loss(self.batches.take(chosen))  # type: ignore[operator]
        optimizer.zero_grad(set_to_none=True)
        self.manual_backward(loss)
        optimizer.step()
        return loss.detach()

    def _advance(self, epoch: int, chunk: int, loss: float, examples: int, began: float) -> None:
        position, speed = self.position, examples / max(time.monotonic() - began, 1e-9)
        position.chunks += 1
        position.examples += examples
        position.seconds += time.monotonic() - began
        self.epoch_ended = chunk + 1 == self.chunks_per_epoch
        step = epoch * self.steps_per_epoch + min((chunk + 1) * CHUNK_STEPS, self.steps_per_epoch)
        line = {"epoch": epoch + 1, "step": step, "loss": loss, "sequences_per_second": speed}
        late = self.schedule.seconds is not None and position.seconds >= self.schedule.seconds
        last = position.chunks == self.chunks or late
        if last or (self.epoch_ended and (epoch + 1) % self.schedule.validated_every == 0):
            line |= self._validate(epoch + 1)
        self.reports.metric(**line)
        if position.waited >= self.schedule.patience:
            position.stopped = f"validation did not rise for {position.waited} checks"
        elif last:
            position.stopped = "the time was up" if late else "all epochs were done"
        self.trainer.should_stop = bool(position.stopped)

    def _validate(self, epoch: int) -> dict[str, float]:
        self.network.eval()
        found = self.reports.validate()
        self.network.train()
        position = self.position
        if found["ndcg@10"] > position.best_ndcg:
            position.best_epoch, position.best_ndcg, position.waited = epoch, found["ndcg@10"], 0
            keep_weights(self.network, self.folder / BEST)
        else:
            position.waited += 1
        return found

    def _order(self, epoch: int) -> np.ndarray:
        return np.random.default_rng(self._seed_of(epoch, 0)).permutation(self.batches.examples)

    def _seed_of(self, epoch: int, part: int) -> int:
        return int(np.random.SeedSequence((self.seed, epoch, part)).generate_state(1)[0])

    def _share_and_message(self, epoch: int, step: int, began: float) -> tuple[float, str]:
        share = (epoch + (step + 1) / self.steps_per_epoch) / self.schedule.epochs
        if self.schedule.seconds is not None:
            share = max(share, (self.position.seconds + time.monotonic() - began) / self.schedule.seconds)
        best = f", best NDCG@10 {self.position.best_ndcg:.4f}" if self.position.best_epoch else ""
        return min(share, 1.0), f"epoch {epoch + 1} of at most {self.schedule.epochs}{best}"

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The position goes with the weights."""
        checkpoint["position"] = asdict(self.position)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on from where the checkpoint was taken."""
        self.position = Progress(**checkpoint["position"])


def fit(task: Task) -> Progress:
    """Train to the end of the schedule, from the last good checkpoint if there is one; loads the best weights."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    resumed = last_good(task.folder)
    if resumed:
        task.on_load_checkpoint(torch.load(resumed, weights_only=True, map_location="cpu"))
    if not task.position.stopped:
        trainer = pl.Trainer(
            accelerator="gpu" if on_gpu() else "cpu", devices=1, max_epochs=1, callbacks=[Checkpoints(task.folder)],
            logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
            use_distributed_sampler=False,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning")  # advice on data loaders
            trainer.fit(task, range(task.chunks), ckpt_path=resumed, weights_only=True)
    load_weights(task.network, task.folder / BEST)
    task.network.eval()
    return task.position


def on_gpu() -> bool:
    """Whether there is a GPU that Torch can use."""
    return torch.cuda.is_available()


def low_precision_pays(seed: int = 0) -> bool:
    """Whether products in bfloat16 are at least half again as fast as in float32 here; a GPU's always are.

    Asked of the machine and not of its feature flags: some processors list the instructions and emulate them.
    """
    if on_gpu():
        return True
    generator = torch.Generator().manual_seed(seed)
    left, right = (torch.randn(shape, generator=generator) for shape in ((512, 64), (64, 2048)))
    return _fastest(left.bfloat16(), right.bfloat16()) * 1.5 < _fastest(left, right)


def _fastest(left: torch.Tensor, right: torch.Tensor, tries: int = 7) -> float:
    seconds = []
    for _ in range(tries):
        began = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - began)
    return min(seconds)
