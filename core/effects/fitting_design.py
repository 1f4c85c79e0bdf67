"""The design of a question that names none: a landmark where those who get there stay, else first exposure.

Where many controls left within the grace period, who stays would decide (`grace.py`), and a log without any effect
shows a large one (benchmark `null_log`). First exposure compares moments at which everybody is there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from core.effects.analysis_table import build
from core.effects.asked_question import asked_question
from core.effects.grace import controls_gone, everybody_stays, grace_days
from core.effects.question import CausalQuestion, duration, without_covariates
from core.effects.question_parts import FirstExposure
from core.effects.table import AnalysisTable
from core.errors import BadInput, BadSpec
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace


def asked_with_design(
    workspace: Workspace, log_id: str, body: Mapping[str, Any], log: Log | None = None
) -> tuple[CausalQuestion, tuple[str, ...]]:
    """The question of the settings `body`, asked with a design that fits where they name none, and a sentence on that.

    log: the version to look at, where one is open. Raises BadSpec, NotFound.
    """
    asked = asked_question(workspace, log_id, body)
    if body.get("design") is not None:
        return asked, ()
    if log is not None:
        return fitting_design(log, asked)
    opened = open_log(workspace, log_id)
    try:
        return fitting_design(opened, asked)
    finally:
        opened.close()


def fitting_design(log: Log, question: CausalQuestion) -> tuple[CausalQuestion, tuple[str, ...]]:
    """The question at its landmark, or at first exposures where that fits and the landmark does not; and why."""
    if not grace_days(question) or question.uptake != "as_taken":
        return question, ()  # nobody has to stay, or only a landmark has what is asked for
    try:
        ways = [question, CausalQuestion.read({**question.plain(), "design": FirstExposure().model_dump()})]
    except BadSpec:
        return question, ()
    fit = first_that_fits(log, ways)
    if fit.question in (None, question):
        return question, ()
    counted = None if fit.tables[0] is None else controls_gone(fit.tables[0])
    why = "nobody can be compared there" if counted is None else (
        f"{counted[0]:,} of {counted[1]:,} control units did nothing more within "
        f"{duration(question.treatment_window_days)} of it, so that who stays would decide"
    )  # fmt: skip
    landmark = f"event {question.landmark_event} of a session"
    return ways[1], (f"No design was named. Asked at first exposures and not at {landmark}: {why}.",)


class Fit(NamedTuple):
    """question: the way of asking that fits; tables: the units, without covariates, of each way that was tried, None
    where there is no answer."""

    question: CausalQuestion | None
    tables: list[AnalysisTable | None]


def first_that_fits(log: Log, ways: Sequence[CausalQuestion]) -> Fit:
    """The first way of asking that has an answer and does not hang on who stays, else the first that has an answer."""
    tables: list[AnalysisTable | None] = []
    for question in ways:
        tables.append(_answered(log, question))
        if tables[-1] is not None and everybody_stays(tables[-1]):
            return Fit(question, tables)
    others = (question for question, table in zip(ways, tables, strict=True) if table is not None)
    return Fit(next(others, None), tables)


def _answered(log: Log, question: CausalQuestion) -> AnalysisTable | None:
    """The question's units without covariates, None if there is no answer."""
    try:
        return build(log, without_covariates(question).model_copy(update={"trim": None}))
    except BadInput:
        return None
