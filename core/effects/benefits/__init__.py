"""Who benefits: how the effect differs between units, judged on users that no model has seen.

The learners of one unit's effect (CATE) that an analyst can choose stand here; listing them imports nothing heavy.
One contract: `learn(crossed, *, seed) -> Learnt`, where `crossed` holds the fits that all learners share, and every
unit's effect is predicted by a model that never saw its user. To add one: a file in `learners`, an entry below.
"""

from dataclasses import dataclass
from typing import Final

from core.specs import Choice


@dataclass(frozen=True)
class LearnerChoice(Choice):
    """slow: takes minutes where the others take seconds, so that it runs only when asked for."""

    slow: bool = False


CATE_LEARNERS: Final[dict[str, LearnerChoice]] = {
    "s": LearnerChoice(
        title="S-learner",
        function="core.effects.benefits.learners.s:learn",
        says="One outcome model with the treatment as a column; cautious, it may miss a small difference.",
    ),
    "t": LearnerChoice(
        title="T-learner",
        function="core.effects.benefits.learners.t:learn",
        says="One outcome model per arm, and their difference; good when both arms are large.",
    ),
    "x": LearnerChoice(
        title="X-learner",
        function="core.effects.benefits.learners.x:learn",
        says="Learns each arm's missing outcomes from the other arm; good when one arm is rare.",
    ),
    "dr": LearnerChoice(
        title="DR-learner",
        function="core.effects.benefits.learners.dr:learn",
        says="Regresses doubly robust scores on the covariates; right if outcomes or propensities are learnt well.",
    ),
    "forest": LearnerChoice(
        title="Causal forest",
        function="core.effects.benefits.learners.forest:learn",
        says="Trees that split where the effect differs (EconML); learns from a sample of the units and takes minutes.",
        slow=True,
    ),
}
SCORED_FILE: Final = "scored_users.parquet"  # in a run's folder; loses a user's row when the user is forgotten
DEFAULT_LEARNERS: Final = tuple(name for name, entry in CATE_LEARNERS.items() if not entry.slow)
