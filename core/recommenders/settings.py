"""What a recommender may be told: one frozen spec per model, and the presets that fill what was left open.

Imports nothing heavy, so that a page can list the settings without loading Torch.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from core.specs import Spec

Preset = Literal["quick", "full"]


class SASRecSettings(Spec):
    """Settings of the sequence model."""

    width: int = Field(64, ge=8, le=1024, multiple_of=8, description="numbers that describe one item")
    layers: int = Field(2, ge=1, le=16, description="attention blocks")
    heads: int = Field(2, ge=1, le=16, description="attention heads; must divide the width")
    history_length: int = Field(200, ge=2, le=2000, description="how many of a user's latest events are read")
    dropout: float = Field(0.2, ge=0, le=0.9, description="share of activations silenced while training")
    batch_size: int = Field(32, ge=1, le=4096, description="histories per step")
    learning_rate: float = Field(2e-3, gt=0, le=1, description="step size of AdamW")


class LightGCNSettings(Spec):
    """Settings of the graph model."""

    width: int = Field(64, ge=8, le=1024, description="numbers that describe one user or item")
    layers: int = Field(2, ge=1, le=8, description="how many hops of the user-item graph are mixed")
    batch_size: int = Field(4096, ge=1, le=1_000_000, description="edges per step")
    learning_rate: float = Field(2e-2, gt=0, le=1, description="step size of AdamW")
    history_length: int | None = Field(
        10,
        ge=1,
        le=2000,
        description="latest events that place a user; null: as in the paper, by all and a point of their own",
    )
    decay: float = Field(1e-4, ge=0, le=1, description="penalty on the squared size of the embeddings used in a step")


class PopularitySettings(Spec):
    """Popularity has nothing to set."""


class EASESettings(Spec):
    """Settings of the closed-form linear model."""

    penalties: tuple[float, ...] = Field(
        (30.0, 100.0, 300.0, 1000.0, 3000.0), min_length=1, description="ridge penalties tried; validation picks one"
    )


@dataclass(frozen=True)
class Schedule:
    """When a training ends.

    epochs: passes over the data, at most; seconds: training time, at most (None: no limit); validated_every: epochs
    between two validations; patience: validations without a rise after which it gives up.
    """

    epochs: int
    seconds: float | None
    validated_every: int
    patience: int


SCHEDULES: Final[dict[str, dict[str, Schedule]]] = {
    "quick": {"sasrec": Schedule(20, 40.0, 1, 5), "lightgcn": Schedule(20, 40.0, 1, 5)},
    "full": {"sasrec": Schedule(200, None, 2, 8), "lightgcn": Schedule(100, None, 2, 5)},
}

# What a preset changes in a model's settings.
PRESETS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "quick": {"sasrec": {"history_length": 50}, "lightgcn": {"batch_size": 1024}},
    "full": {"sasrec": {}, "lightgcn": {}},
}
