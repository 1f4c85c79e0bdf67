"""The part of the protocol card that a ready table fills in: it has the units, but no times."""

from collections.abc import Mapping
from typing import Any

from core.effects.study_spec import StudySpec

Row = tuple[str, str]  # as the trial would have it, as the table has it


def of_a_table(spec: StudySpec, study: Mapping[str, Any]) -> dict[str, Row]:
    """Eligibility to outcome, by element."""
    return {
        "Eligibility": (
            "Units that could be in either arm, chosen by what is known before the treatment.",
            _eligibility(study),
        ),
        "Treatment strategies": (f"{spec.treatment}, against none of it.", _strategies(spec, study)),
        "Assignment": ("By chance at time zero; nobody is blinded.", _assignment(spec, study)),
        "Time zero": (
            "When eligibility is met: there the arm is drawn and follow-up starts.",
            "The table does not say: covariates must have been measured before the treatment, the outcome after it.",
        ),
        "Follow-up": ("From time zero on, equally long for everybody.", _follow_up(spec)),
        "Outcome": (f"{spec.outcome}, measured alike in both arms.", f"The column {spec.outcome}."),
    }


def _eligibility(study: Mapping[str, Any]) -> str:
    steps = study.get("attrition") or ()
    left = "; ".join(f"{row['title']} {row['units']:,}" for row in steps)
    return f"All rows of the table that can be read{f' ({left})' if left else ''}; who was put into it is not known."


def _strategies(spec: StudySpec, study: Mapping[str, Any]) -> str:
    if spec.running is not None:
        return f"Treated from {spec.running} {spec.cutoff:g} on; the column {spec.treatment} says who was."
    if study.get("treatment_kind") == "dose":
        return f"The amounts in the column {spec.treatment}."
    if study.get("treatment_kind") == "arms":
        return f"The values of {spec.treatment}: {', '.join(study.get('arms') or ())}; the first is the control."
    if "treated" not in study:
        return f"The values of the column {spec.treatment}."
    return f"The column {spec.treatment}: {study['treated']:,} rows treated, {study['control']:,} not."


def _assignment(spec: StudySpec, study: Mapping[str, Any]) -> str:
    if spec.randomised:
        ratio = (study.get("sample_ratio") or {}).get("sentence")
        return f"By chance, as the analyst says.{f' {ratio}' if ratio else ''}"
    if spec.instruments:
        return f"Moved by {', '.join(spec.instruments)}, taken to be as good as chance."
    names = (study.get("identification") or {}).get("adjustment_set") or []
    given = f"among rows alike in {', '.join(names)}" if names else "as it is; nothing is adjusted for"
    return f"Unknown; taken to be as good as chance {given}."


def _follow_up(spec: StudySpec) -> str:
    if spec.follow_up is not None:
        return f"As many days as {spec.follow_up} says; rows without the outcome are censored then."
    return "The table does not say for how long; it must be equally long in both arms."
