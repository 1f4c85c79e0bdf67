"""What a check is asked: a graph, where its variables come from, and how strict to be."""

from typing import Any, Self

from pydantic import Field, model_validator

from core.graphs.sources import VariablesSpec
from core.specs import Spec


class CheckSpec(Spec):
    """graph: in its JSON form, with nodes named like variables; data: where these come from.

    floor: partial correlations below it do not matter. false_share: accepted share of false discoveries. shuffles:
    graphs with swapped names to compare with (0 for none). test_roots: that causes within one time tier are independent
    is a claim too. draws: bootstrap draws of the linear model and of the tables (0 for neither). bins: of
    a number in the tables; prior: rows that each combination of causes is given there; outcome: whose probabilities,
    null for the graph's outcome; observe, hold: a value of each node to observe, to set.
    """

    graph: dict[str, Any]
    data: VariablesSpec
    floor: float = Field(default=0.05, ge=0, lt=1)
    false_share: float = Field(default=0.05, gt=0, lt=1)
    shuffles: int = Field(default=100, ge=0, le=10_000)
    test_roots: bool = False
    draws: int = Field(default=200, ge=0, le=10_000)
    bins: int = Field(default=3, ge=2, le=8)
    prior: float = Field(default=1, ge=0, le=1000)
    outcome: str | None = None
    observe: dict[str, str] = Field(default_factory=dict)
    hold: dict[str, str] = Field(default_factory=dict)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _draws_for_answers(self) -> Self:
        if (self.observe or self.hold) and not self.draws:
            raise ValueError("to observe or to set needs bootstrap draws for its intervals; give 50 or more")
        return self
