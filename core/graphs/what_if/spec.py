"""What can be asked of a fitted structural causal model."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from core.graphs.sources import VariablesSpec
from core.specs import Spec

Asked = Literal["set", "look_back", "change"]


class WhatIfSpec(Spec):
    """graph: in its JSON form; data: where the variables come from.

    ask: "set" (what would the outcome be if nodes had these values for everybody), "look_back" (what would it have been
    for the units that had other values, all else about them as it was), "change" (what is a change between `data` and
    `later` due to). hold, versus: {node: value} to compare; versus null compares with what was observed. later: the
    second period's data. rows: how many rows the model is fitted on at most; draws: refits behind each interval.
    outcome: null for the graph's.
    """

    graph: dict[str, Any]
    data: VariablesSpec
    ask: Asked = "set"
    hold: dict[str, str] = Field(default_factory=dict)
    versus: dict[str, str] | None = None
    later: VariablesSpec | None = None
    outcome: str | None = None
    rows: int = Field(default=5000, ge=100, le=100_000)
    draws: int = Field(default=50, ge=0, le=1000)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.ask == "change":
            if self.later is None:
                raise ValueError("a change has two periods; give the later one")
            if self.later.needs_log != self.data.needs_log:
                raise ValueError("both periods of a change come from tables, or both from the log")
        elif not self.hold:
            raise ValueError("set at least one node to a value")
        return self
