"""The protocol card: the trial that would answer the question, and how this data emulates each part of it.

In the terms of target trial emulation (Hernán and Robins 2016; the TARGET statement, Cashin et al. 2025): eligibility,
treatment strategies, assignment, time zero, follow-up, outcome, causal contrast, assumptions, analysis plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.effects.estimate import ESTIMANDS
from core.effects.estimators import ESTIMATORS
from core.effects.groups import called
from core.effects.protocol_of_a_log import of_a_log
from core.effects.protocol_of_a_table import of_a_table
from core.effects.study_spec import StudySpec

PASSED = {True: "passed", False: "failed", None: "no answer"}


@dataclass(frozen=True)
class ProtocolRow:
    """One element of the protocol: as the trial would have it, and as the data have it."""

    element: str
    trial: str
    emulation: str

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return dict(vars(self))


def protocol(spec: StudySpec, study: Mapping[str, Any]) -> tuple[ProtocolRow, ...]:
    """The card of a study. study: its result as JSON-ready values; of one under way, the chapters that are written."""
    asked = of_a_table(spec, study) if spec.question is None else of_a_log(spec.question, study)
    rows = {
        **asked,
        "Causal contrast": (_ideal_contrast(spec), _contrast(spec, study)),
        "Identifying assumptions": (_ideal_assumptions(), _assumptions(spec, study)),
        "Analysis plan": (_ideal_analysis(), _analysis(spec, study)),
    }
    return tuple(ProtocolRow(element, trial, emulation) for element, (trial, emulation) in rows.items())


def _ideal_contrast(spec: StudySpec) -> str:
    question = spec.question
    if question is not None and question.contrast == "per_protocol":
        return "Per protocol: what keeping to one's arm does, against keeping to the other."
    return "Intention to treat: what being assigned to an arm does, whatever happens afterwards."


def _contrast(spec: StudySpec, study: Mapping[str, Any]) -> str:
    estimand = (study.get("headline") or {}).get("estimand", spec.asked_estimand)
    said = [f"{_capital(ESTIMANDS[estimand])}."]
    question = spec.question
    if question is not None and question.uptake == "clone_censor_weight":
        said.append("Every unit starts in both arms and is censored, with weights, when it leaves one.")
    elif question is not None and question.contrast == "per_protocol":
        said.append("Units that leave their arm are censored, with weights.")
    elif question is not None:
        said.append("The arm is what was taken up within the treatment window; later changes of mind stay in it.")
    if (trimmed := study.get("trimming")) is not None:
        said.append(str(trimmed["sentence"]))
    said += [f"The {row['estimand']} was refused: {row['sentence']}" for row in study.get("refused") or ()]
    return " ".join(said)


def _ideal_assumptions() -> str:
    return "None beyond chance and keeping to the protocol: the arms differ by chance alone."


def _assumptions(spec: StudySpec, study: Mapping[str, Any]) -> str:
    found = study.get("identification") or {}
    names = found.get("adjustment_set") or []
    said = [
        "The treatment was assigned by chance, as the analyst says."
        if spec.randomised
        else f"No common cause of treatment and outcome is left, given {', '.join(map(called, names))}."
        if names
        else "No common cause of treatment and outcome, as nothing is adjusted for."
    ]
    hidden = (spec.question.unmeasured if spec.question else ()) or ()
    if hidden:
        said.append(f"That is known not to hold: {', '.join(map(called, hidden))} is marked as unmeasured.")
    if found.get("unadjusted"):
        said.append(str(found["unadjusted"]))
    if sentence := (study.get("overlap") or {}).get("sentence"):
        said.append(f"Overlap: {sentence}")
    said.append("One unit's treatment does not change another's outcome, and being treated means one thing.")
    return " ".join(said)


def _ideal_analysis() -> str:
    return "The difference of the arms' mean outcomes with its 95 % interval, planned before the outcomes are seen."


def _analysis(spec: StudySpec, study: Mapping[str, Any]) -> str:
    name = (study.get("headline") or {}).get("estimator")
    entry = ESTIMATORS.get(name or "")
    said = [f"{entry.title}: {entry.says}" if entry else "Chosen by what the table is."]
    others = [row["title"] for row in study.get("estimates") or () if row["estimator"] != name]
    if others:
        said.append(f"Beside it: {', '.join(others)}.")
    said += [note for note in study.get("notes") or () if note.startswith("The order of events")]
    said.append("Errors add up each user's or cluster's units first; intervals are 95 %.")
    checks = [*((row["title"], row["passed"]) for row in study.get("refutations") or ())]
    if checks:
        said.append(f"Checks: {', '.join(f'{title} ({PASSED[passed]})' for title, passed in checks)}.")
    said.append(f"Seed {spec.asked_seed}.")
    return " ".join(said)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
