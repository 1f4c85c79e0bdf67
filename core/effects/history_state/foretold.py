"""What is to be foretold of a history: does an event of a kind follow within a stretch, and is that known yet?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.effects.groups import EVENT_ORDER
from core.effects.history_state.histories import FIRST_TYPE, PADDING, Histories, token_types
from core.effects.question import CausalQuestion, duration, microseconds
from core.storage.engine import Log

KINDS_AT_MOST: Final = 6
OF_THE_LOOKBACK: Final = 0.25  # longer stretches would leave too little of a history in which they have passed
ALIKE: Final = 1.5  # two stretches closer than this are one
TREATMENT, OUTCOME = -1, -2  # kinds that are told by a mark; any other is a token


@dataclass(frozen=True)
class Foretold:
    """An event of a kind (TREATMENT, OUTCOME or a token) within a stretch; said: in words."""

    kind: int
    within_us: int
    said: str

    @property
    def name(self) -> str:
        """The name of its covariate."""
        return f"{EVENT_ORDER}:{self.said}"

    @property
    def title(self) -> str:
        """The title of its covariate."""
        return f"Foretold by the order of events: {self.said} (log-odds)"


def what_to_foretell(log: Log, question: CausalQuestion) -> list[Foretold]:
    """Treatment, outcome and the most frequent other event types, each within the treatment and the outcome window."""
    kinds = {name: FIRST_TYPE + at for at, name in enumerate(token_types(log))}
    asked = {question.treatment_name: TREATMENT, question.outcome_name: OUTCOME}
    kinds = asked | {name: kind for name, kind in kinds.items() if name not in asked}
    found = []
    for within in _stretches(question):
        for name, kind in list(kinds.items())[:KINDS_AT_MOST]:
            found.append(Foretold(kind, microseconds(within), f"{name} within {duration(within)}"))
    return found


def _stretches(question: CausalQuestion) -> list[float]:
    longest = question.lookback_days * OF_THE_LOOKBACK
    soon, later = sorted(min(days, longest) for days in (question.treatment_window_days, question.outcome_window_days))
    return [soon, later] if later > ALIKE * soon else [later]


def labels(histories: Histories, foretold: Sequence[Foretold]) -> tuple[np.ndarray, np.ndarray]:
    """(n, L, k) whether it came after each token, and (n, L, k) whether the stretch had passed before the moment, so
    that it is known. Nothing at or after the moment is looked at."""
    came = np.zeros((*histories.tokens.shape, len(foretold)), dtype=np.float32)
    passed = np.zeros_like(came, dtype=bool)
    inside = histories.tokens != PADDING
    for at, each in enumerate(foretold):
        ago = histories.ago_us
        came[:, :, at] = ago - _next_ago(histories, each.kind) <= each.within_us
        passed[:, :, at] = inside & (ago > each.within_us)
    return came, passed


def _next_ago(histories: Histories, kind: int) -> np.ndarray:
    """(n, L) how long before the moment the next event of the kind after each token was; far after it if none was."""
    hit = histories.tokens == kind if kind > 0 else histories.marks[:, :, -1 - kind] > 0
    found = np.full(histories.tokens.shape, np.iinfo(np.int64).min // 4)
    for at in range(histories.tokens.shape[1] - 2, -1, -1):
        found[:, at] = np.where(hit[:, at + 1], histories.ago_us[:, at + 1], found[:, at + 1])
    return found
