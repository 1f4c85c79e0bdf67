"""Carry out every check on a log version."""

from typing import Any

from core.errors import NotEnoughData
from core.events.quality import CHECKS
from core.events.quality.finding import SEVERITIES, Finding, Quality, unjudged
from core.events.quality.quality_spec import QualitySpec
from core.events.quality.subject import Subject
from core.events.stages import Progress
from core.storage.engine import EngineError, Log, first_line, open_log
from core.storage.runs import Run, find_result, list_runs
from core.storage.workspace import Workspace, jsonable


def work(run: Run) -> dict[str, Any]:
    """The job's procedure: the run's spec is a QualitySpec, its version the one to judge."""
    log = open_log(run.workspace, str(run.log_id), run.version_id)
    try:
        return assess(run.workspace, log, QualitySpec.read(run.spec), run.progress).plain()
    finally:
        log.close()


def assess(workspace: Workspace, log: Log, spec: QualitySpec, progress: Progress | None = None) -> Quality:
    """Every check of CHECKS on the log; a check that this machine cannot carry out is not judged, never passed."""
    subject = Subject(workspace, log, spec)
    checks = []
    for place, (name, choice) in enumerate(CHECKS.items()):
        if progress is not None:
            progress(place / len(CHECKS), choice.title)
        found = _carried_out(name, subject)
        checks.append(
            {
                "name": name, "title": choice.title, "passed": found.passed, "severity": found.severity,
                "count": int(found.count), "share": found.share, "unit": found.unit,
                "examples": [jsonable(example) for example in found.examples], "breaks": choice.says,
                "fix": found.fix, "sentence": found.sentence,
            }
        )  # fmt: skip
    ordered = tuple(sorted(checks, key=_gravity))
    return Quality(log.log_id, log.version_id, subject.events, ordered)


def run_of(workspace: Workspace, log: Log, spec: QualitySpec) -> dict[str, Any] | None:
    """The newest run that judged (or judges) this version with these thresholds, if there is one; a result that lacks
    a check of today does not count."""
    for row in list_runs(workspace, kind="quality", log_id=log.log_id):
        if row["version_id"] == log.version_id and row["spec"] == spec.plain():
            whole = row["status"] != "done" or set(CHECKS) <= _names(find_result(workspace, row["run_id"]))
            return row if whole else None
    return None


def _names(result: dict[str, Any]) -> set[str]:
    return {str(check["name"]) for check in result["checks"]}


def _carried_out(name: str, subject: Subject) -> Finding:
    try:
        found: Finding = CHECKS[name].load()(subject)
        return found
    except NotEnoughData as error:
        return unjudged(str(error))
    except EngineError as error:
        return unjudged(f"The check could not be carried out on this machine ({first_line(error)}).")


def _gravity(check: dict[str, Any]) -> tuple[int, float]:
    if check["passed"] is False:
        return SEVERITIES.index(check["severity"]), -(check["share"] or 0.0)
    return len(SEVERITIES) + (check["passed"] is True), 0.0
