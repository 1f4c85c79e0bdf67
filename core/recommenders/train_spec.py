"""What is asked of a training: the model, the evaluation protocol, which events count, and for how long."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from core.errors import BadSpec
from core.recommenders import BASELINES, MODELS
from core.recommenders.settings import PRESETS, SCHEDULES, Preset, Schedule
from core.specs import Spec, choose

Protocol = Literal["temporal", "leave-one-out"]


class TrainSpec(Spec):
    """A training request. `settings` are the model's own; a flat setting of the model is moved there when read.

    What is left out comes from the preset: "quick" ends in about a minute on a processor, "full" trains until the
    validation metric stops rising.
    """

    model: str = Field("sasrec", description="a name of MODELS or BASELINES")
    protocol: Protocol = Field("temporal", description="how training and evaluation are separated")
    preset: Preset = Field("quick", description="quick or full")
    event_types: tuple[str, ...] | None = Field(None, description="event types that count; all when null")
    min_user_events: int = Field(2, ge=1, description="users with fewer interactions are left out")
    min_item_events: int = Field(5, ge=1, description="items with fewer interactions are left out")
    repeats_dropped: bool = Field(True, description="an item right after itself counts once")
    seen_filtered: bool = Field(True, description="items already in a user's history are not recommended")
    epochs: int | None = Field(None, ge=1, le=10_000, description="passes over the training data, at most")
    max_minutes: float | None = Field(None, gt=0, le=10_000, description="training stops after so many minutes")
    threads: int | None = Field(None, ge=1, le=256, description="processor threads; those that are free when null")
    seed: int = Field(0, ge=0, le=2**31 - 1)
    settings: dict[str, Any] = Field(default_factory=dict, description="settings of the model")

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """Validate plain values; settings of the model may stand beside the others. Raises NotFound or BadSpec."""
        name = settings.get("model", "sasrec")
        chosen = choose({**MODELS, **BASELINES}, str(name), "recommender").spec
        own = list(chosen.model_fields) if chosen else []
        known = [*cls.model_fields, *own]
        if unknown := [key for key in settings if key not in known]:
            raise BadSpec(f"There is no setting '{unknown[0]}'; for {name} there are {', '.join(known)}.")
        nested = settings.get("settings") or {}
        if not isinstance(nested, Mapping):
            raise BadSpec(f"Setting 'settings' must hold the model's settings by name (got {nested!r:.80}).")
        flat = {key: value for key, value in settings.items() if key not in own and key != "settings"}
        moved = {key: value for key, value in settings.items() if key in own}
        return super().read({**flat, "settings": {**nested, **moved}})

    @model_validator(mode="after")
    def _settings_fit_the_model(self) -> Self:
        self.model_settings()
        return self

    def model_settings(self) -> Spec:
        """The settings of the model, complete: what was asked, else the preset, else the default."""
        chosen = choose({**MODELS, **BASELINES}, self.model, "recommender").spec or Spec
        asked = chosen.read({**PRESETS[self.preset].get(self.model, {}), **self.settings})
        width, heads = getattr(asked, "width", 0), getattr(asked, "heads", 1)
        if width % heads:
            raise BadSpec(f"The width {width} cannot be shared by {heads} heads; choose heads that divide it.")
        return asked

    def schedule(self) -> Schedule | None:
        """When the training ends: as asked, else as the preset says. None for a baseline, which does not iterate.

        Asking for epochs alone lifts the preset's time limit.
        """
        preset = SCHEDULES[self.preset].get(self.model)
        if preset is None:
            return None
        seconds = None if self.epochs else preset.seconds
        return replace(
            preset,
            epochs=self.epochs or preset.epochs,
            seconds=self.max_minutes * 60 if self.max_minutes else seconds,
        )
