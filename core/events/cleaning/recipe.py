"""A cleaning recipe: an ordered list of steps, each of which can be switched off. It is a spec like any other.

    {"steps": [{"step": "drop_duplicates"}, {"step": "time_range", "settings": {"start_at": "2024-01-01"}}]}

`settings` may also stand beside "step", which is how people write it by hand.
"""

from typing import Any

from pydantic import Field, model_validator

from core.events.cleaning import STEPS
from core.events.cleaning.step import StepSettings
from core.specs import Spec, choose, hash_of


class Step(Spec):
    """step: a name in STEPS; settings: of that step, checked; enabled: false leaves it out without forgetting it."""

    step: str
    settings: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True

    @model_validator(mode="before")
    @classmethod
    def _settings_may_stand_beside(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "step" not in given:
            return given
        beside = {key: value for key, value in given.items() if key not in ("step", "settings", "enabled")}
        return {
            "step": given["step"], "settings": {**(given.get("settings") or {}), **beside},
            "enabled": given.get("enabled", True),
        }  # fmt: skip

    @model_validator(mode="after")
    def _settings_fit(self) -> "Step":
        self.read_settings()
        return self

    def read_settings(self) -> StepSettings:
        """The settings as the step's own spec; raises BadSpec or NotFound."""
        spec = choose(STEPS, self.step, "cleaning step").spec
        assert spec is not None and issubclass(spec, StepSettings)
        return spec.read(self.settings)


class Recipe(Spec):
    """steps: carried out in this order."""

    steps: tuple[Step, ...] = Field(default=(), max_length=100)

    def keys(self) -> tuple[str, ...]:
        """One key per step: its settings, and how often the same has come before. What was done is known by it."""
        named = [hash_of([step.step, step.read_settings().plain()])[:16] for step in self.steps]
        return tuple(f"{step.step}-{key}-{named[:place].count(key)}" for place, (step, key)
                     in enumerate(zip(self.steps, named, strict=True)))  # fmt: skip
