"""What a study asked and how, as named facts in words: two studies differ where a fact does."""

from collections.abc import Mapping
from typing import Any, Final

from core.effects.estimate import ESTIMANDS
from core.effects.finished import FinishedStudy, headline_of
from core.effects.groups import called
from core.effects.question import CausalQuestion, duration
from core.effects.question_parts import FirstExposure, Landmark
from core.effects.study_spec import StudySpec

DATA, QUESTION, WAY = "data", "question", "way"  # what a fact is about: the data, what was asked, how it was estimated
NOTHING: Final = "none"
DESIGNS: Final = {
    "landmark": "trials at event {} of a session",
    "first_exposure": "first exposure, {} controls for each treated unit",
    "before_after": "before and after",
}
Facts = dict[str, tuple[str, str]]  # by name: what it is about, and the fact in words


def facts_of(study: FinishedStudy, result: Mapping[str, Any]) -> Facts:
    """Every fact of a finished study, in the order in which people would ask for them."""
    spec = StudySpec.read(result["spec"])
    asked = _of_a_table(spec) if spec.question is None else _of_a_log(spec.question)
    headline = headline_of(result) or {}
    names = (result.get("identification") or {}).get("adjustment_set") or ()
    return {
        "Data": (DATA, study.table or study.log_id or ""),
        "Version of the log": (DATA, study.version_id or NOTHING),
        **asked,
        "Adjusted for": (WAY, _listed([called(name) for name in names])),
        "Trimmed to": (QUESTION, str((result.get("trimming") or {}).get("says") or "all units")),
        "Effect": (QUESTION, ESTIMANDS.get(study.estimand or "", "not known")),
        "Estimator": (WAY, str(headline.get("title") or "not known")),
        "Seed": (WAY, str(spec.asked_seed)),
    }


def _of_a_log(question: CausalQuestion) -> Facts:
    return {
        "Population": (QUESTION, question.who),
        "Treatment": (QUESTION, question.treatment_title),
        "Control": (QUESTION, question.control or f"no {question.taken_up}"),
        "Outcome": (QUESTION, question.outcome_title),
        "Design": (QUESTION, _design(question)),
        "Contrast": (QUESTION, question.contrast.replace("_", " ")),
        "Uptake": (WAY, question.uptake.replace("_", " ")),
        "Lookback": (WAY, duration(question.lookback_days)),
        "Treatment window": (QUESTION, duration(question.treatment_window_days)),
        "Outcome window": (QUESTION, duration(question.outcome_window_days)),
        "Marked as unmeasured": (WAY, _listed(question.unmeasured)),
        "Causal graph": (WAY, "drawn" if question.graph_id else "from the order in time"),
        "Instruments": (WAY, _listed(question.instruments)),
    }


def _of_a_table(spec: StudySpec) -> Facts:
    return {
        "Treatment": (QUESTION, str(spec.treatment)),
        "Control": (QUESTION, spec.control or NOTHING),
        "Outcome": (QUESTION, str(spec.outcome)),
        "Assigned by chance": (WAY, "yes" if spec.randomised else "no"),
        "Causal graph": (WAY, "drawn" if spec.graph else "every covariate may be a cause"),
        "Instruments": (WAY, _listed(spec.instruments)),
        "Mediators": (WAY, _listed(spec.mediators)),
        "Cutoff": (WAY, NOTHING if spec.running is None else f"{spec.running} from {spec.cutoff:g} on"),
        "Cluster": (WAY, spec.cluster or NOTHING),
        "Weights": (WAY, spec.weights or NOTHING),
    }


def _design(question: CausalQuestion) -> str:
    design = question.design
    if isinstance(design, Landmark):
        return DESIGNS[design.kind].format(design.landmark_event)
    if isinstance(design, FirstExposure):
        return DESIGNS[design.kind].format(design.controls_per_treated)
    return DESIGNS[design.kind]


def _listed(names: Any) -> str:
    return ", ".join(names) or NOTHING
