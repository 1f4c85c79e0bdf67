"""What a study is asked: a causal question of a log, or a ready table with treatment, outcome and covariates."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from core.effects.estimators import ESTIMATORS
from core.effects.question import CausalQuestion
from core.effects.question_parts import Trim, no_trim
from core.effects.refuters import REFUTERS
from core.errors import BadSpec
from core.near import near
from core.specs import Spec

NEEDS_TABLE = ("treatment", "outcome")


class StudySpec(Spec):
    """Either `question` (of the log and version that the run pins), or `table` with its columns.

    covariates: columns, null for all that are no id, treatment or outcome; graph: a causal graph in its JSON form whose
    nodes are columns, which then decides the covariates; cluster: the column whose rows belong together;
    placebo_outcome: a column measured before the treatment, a covariate of the headline; negative_control: a column
    that the treatment cannot have changed; instruments: columns that move the treatment and nothing else; mediators:
    columns that carry part of the effect; running, cutoff: the column, and the value of it from which units were
    treated; control: the value of the treatment column that stands for none; dose: whether the treatment is an amount;
    follow_up: a column with the days until the outcome (1 in the outcome column) or until nobody looked any more (0);
    weights: a column that says how many units each row stands for; treated_share: the share of units that an
    experiment meant to treat; trim: a propensity to cut at on both sides, or "auto", null for nobody; estimators,
    refuters: null for those that suit; cate: also say who benefits. For a log, estimand, trim, estimators, refuters and
    seed are those of the question.
    """

    question: CausalQuestion | None = None
    table: str | None = None
    treatment: str | None = None
    outcome: str | None = None
    covariates: tuple[str, ...] | None = None
    graph: dict[str, Any] | None = None
    cluster: str | None = None
    placebo_outcome: str | None = None
    negative_control: str | None = None
    instruments: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    running: str | None = None
    cutoff: float | None = Field(default=None, allow_inf_nan=False)
    control: str | None = None
    dose: bool = False
    follow_up: str | None = None
    weights: str | None = None
    randomised: bool = False
    treated_share: float | None = Field(default=None, gt=0, lt=1)
    estimand: Literal["ATE", "ATT", "ATO"] = "ATE"
    trim: Trim = None
    estimators: tuple[str, ...] | None = Field(default=None, min_length=1)
    refuters: tuple[str, ...] | None = None
    cate: bool = False
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_source(self) -> "StudySpec":
        if (self.question is None) == (self.table is None):
            raise ValueError("a study needs either a question of a log or a table; give one of the two")
        if self.table is not None:
            missing = [name for name in NEEDS_TABLE if getattr(self, name) is None]
            if missing:
                raise ValueError(f"a study of a table needs its {' and '.join(missing)} column; name it")
            if self.placebo_outcome in {self.treatment, self.outcome}:
                raise ValueError(f"the placebo outcome '{self.placebo_outcome}' is the treatment or the outcome itself")
            if self.covariates is not None and self.graph is not None:
                raise ValueError("covariates and graph both say what to adjust for; give one of the two")
        adjusted = not (self.randomised or self.dose or self.instruments or self.mediators or self.running)
        if self.table is not None and (why := no_trim(self.trim, self.estimand, adjusted=adjusted)):
            raise ValueError(why)
        if self.treated_share is not None and not self.randomised:
            raise ValueError("a treated share belongs to an experiment; set randomised as well, or leave it out")
        if (self.running is None) != (self.cutoff is None):
            raise ValueError("running and cutoff belong together; give both or neither")
        for name in self.asked_estimators or ():
            if name not in ESTIMATORS:
                raise ValueError(f"there is no estimator '{name}'; {near(name, list(ESTIMATORS), len(ESTIMATORS))}")
        for name in self.asked_refuters or ():
            if name not in REFUTERS:
                raise ValueError(f"there is no refuter '{name}'; {near(name, list(REFUTERS), len(REFUTERS))}")
        return self

    @property
    def asked_estimand(self) -> str:
        """ATE or ATT, of the question or of the table."""
        return self.question.estimand if self.question else self.estimand

    @property
    def asked_trim(self) -> float | str | None:
        """Who is left out by the propensity, of the question or of the table."""
        return self.question.trim if self.question else self.trim

    @property
    def asked_estimators(self) -> tuple[str, ...] | None:
        return self.question.estimators if self.question else self.estimators

    @property
    def asked_refuters(self) -> tuple[str, ...] | None:
        return self.question.refuters if self.question else self.refuters

    @property
    def asked_seed(self) -> int:
        return self.question.seed if self.question else self.seed


def settings_now(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a study that was kept, with those that came after it was made at what it did without them; as
    they are where they can be read no more."""
    try:
        return StudySpec.read(settings).plain()
    except BadSpec:
        return dict(settings)
