"""What the general algorithm answers with: an estimand in terms of what is measured, or the hedge in its way."""

from dataclasses import dataclass
from typing import Any

from core.graphs.identification.probability import Expression, free, mentioned, plain_of, text_of
from core.graphs.identification.projection import places


@dataclass(frozen=True)
class Estimand:
    """An effect in terms of what is measured.

    names: the measured nodes that the bits of the expression stand for. among: selected nodes; every probability, and
    the effect, is among the units selected on them. whatever: nodes in the expression that may have any value, the same
    everywhere: it does not depend on it.
    """

    names: tuple[str, ...]
    outcomes: tuple[str, ...]
    treatments: tuple[str, ...]
    given: tuple[str, ...]
    expression: Expression
    among: tuple[str, ...] = ()

    @property
    def whatever(self) -> tuple[str, ...]:
        asked = {*self.outcomes, *self.treatments, *self.given}
        loose = (self.names[place] for place in places(free(self.expression)))
        return tuple(name for name in loose if name not in asked)

    @property
    def uses(self) -> tuple[str, ...]:
        """The measured nodes that the expression and the question name: the columns that an estimate needs."""
        asked = {*self.outcomes, *self.treatments, *self.given}
        named = mentioned(self.expression)
        return tuple(name for place, name in enumerate(self.names) if name in asked or named >> place & 1)

    @property
    def text(self) -> str:
        """P(y | do(x)) = Σ_m P(m | x) · [Σ_x' P(x') · P(y | m, x')]."""
        done = [f"do({', '.join(self.treatments)})"] if self.treatments else []
        held = ", ".join([*done, *self.given, *self.among])
        asked = {*self.outcomes, *self.treatments, *self.given}
        taken = sum(1 << place for place, name in enumerate(self.names) if name in asked)
        shown = f"P({', '.join(self.outcomes)}{f' | {held}' if held else ''})"
        shown += f" = {text_of(self.expression, self.names, taken)}"
        shown += f", for any {', '.join(self.whatever)}" if self.whatever else ""
        return shown + (f", each P among the units selected on {', '.join(self.among)}" if self.among else "")

    def plain(self) -> dict[str, Any]:
        """JSON-ready: the question, the text and the expression as a tree."""
        return {
            "outcomes": list(self.outcomes), "treatments": list(self.treatments), "given": list(self.given),
            "among": list(self.among), "whatever": list(self.whatever),
            "text": self.text, "expression": plain_of(self.expression, self.names),
        }  # fmt: skip


@dataclass(frozen=True)
class Hedge:
    """Why there is no expression: within `whole`, tied together by unmeasured causes, `part` cannot be told apart.

    whole, part: the two c-forests of Shpitser, Pearl (2006), as node sets; `whole` holds treatments, `part` lies in it,
    holds none, and all of `whole` causes it. tie: a treatment, then on to `part` by two-headed edges. causes: the
    unmeasured causes behind these edges; empty where the graph was given by its two-headed edges.
    """

    whole: tuple[str, ...]
    part: tuple[str, ...]
    tie: tuple[str, ...]
    causes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """For people."""
        shared = f" ({', '.join(self.causes)})" if self.causes else ""
        if len(self.tie) == 2:
            return (
                f"{self.tie[0]} and {self.tie[1]} share an unmeasured cause{shared}, "
                "and nothing measured tells its part from the effect."
            )
        return (
            f"Unmeasured causes{shared} tie {self.tie[0]} to {self.tie[-1]} by way of {', '.join(self.tie[1:-1])}, "
            "and nothing measured tells their part from the effect."
        )


@dataclass(frozen=True)
class LateSelection:
    """Why there is no effect among the selected: what they were selected on is asked about, or treatments move it."""

    selected: str
    treatments: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For people."""
        return (
            f"The log holds only units selected on {self.selected}, which is asked about or comes after "
            f"{', '.join(self.treatments)}."
        )
