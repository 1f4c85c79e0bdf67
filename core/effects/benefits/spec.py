"""What is asked when it is asked who benefits: a study, the learners to try, and what treating one unit costs."""

from pydantic import Field, field_validator

from core.effects.benefits import CATE_LEARNERS, DEFAULT_LEARNERS
from core.effects.study_spec import StudySpec
from core.specs import Spec


class BenefitsSpec(Spec):
    """study: what the effect is of; learners: to try on held-out users; cost_per_treated: of treating one unit, in the
    outcome's unit (0.02 where the outcome is a share and treating is worth two percentage points); smallest_group:
    segments and sorted groups of fewer units are pooled; segments: covariate groups to make segments of, null for all.
    """

    study: StudySpec
    learners: tuple[str, ...] = Field(default=DEFAULT_LEARNERS, min_length=1)
    cost_per_treated: float = Field(default=0.0, allow_inf_nan=False)
    smallest_group: int = Field(default=100, ge=40, le=1_000_000)
    segments: tuple[str, ...] | None = None

    @field_validator("learners")
    @classmethod
    def _known_learners(cls, learners: tuple[str, ...]) -> tuple[str, ...]:
        for name in learners:
            if name not in CATE_LEARNERS:
                raise ValueError(f"there is no learner '{name}'; choose from {', '.join(CATE_LEARNERS)}")
        return tuple(dict.fromkeys(learners))
