"""Finished studies as a list: what each found in one line, and whether it still stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.effects.estimators import ESTIMATORS
from core.errors import BadSpec
from core.storage.catalogue import list_logs
from core.storage.runs import find_result, find_run, list_runs, stale_reason
from core.storage.workspace import Workspace

KIND = "study"


@dataclass(frozen=True)
class FinishedStudy:
    """One study. light, grade: of its verdict; value, low, high: of the headline, in `unit`; trimmed: to whom, None if
    nobody was left out; table: of a ready table the file's name; stale: why it no longer stands, None if it does;
    pruned: its version of the log is gone; current: whether it read the version of the log that is open now, None for a
    table.
    """

    run_id: str
    title: str
    light: str | None
    grade: str | None
    value: float | None
    low: float | None
    high: float | None
    unit: str
    estimand: str | None
    estimator: str | None
    trimmed: str | None
    log_id: str | None
    version_id: str | None
    table: str | None
    created_at: str
    stale: str | None
    pruned: bool
    current: bool | None

    @property
    def supported(self) -> bool:
        """Whether its number may be shown as a finding."""
        return self.light in ("green", "amber")

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return dict(vars(self))


def finished_studies(workspace: Workspace, log_id: str | None = None) -> list[FinishedStudy]:
    """Newest first: of one log and of ready tables, or all (of the last 200 runs)."""
    rows = [row for row in list_runs(workspace, kind=KIND) if row["status"] == "done"]
    return [finished_study(workspace, row) for row in rows if log_id is None or row["log_id"] in (log_id, None)]


def finished_study(workspace: Workspace, row: Mapping[str, Any]) -> FinishedStudy:
    """One line of the list, from the run's row and its result. Raises NotFound without a result."""
    result = find_result(workspace, row["run_id"])
    headline = headline_of(result) or {}
    verdict = result.get("verdict") or {}
    entry = ESTIMATORS.get(headline.get("estimator") or "")
    table = row["spec"].get("table")
    return FinishedStudy(
        run_id=row["run_id"],
        title=row["title"] or result.get("title") or row["run_id"],
        light=verdict.get("light"),
        grade=verdict.get("grade"),
        value=headline.get("value"),
        low=headline.get("low"),
        high=headline.get("high"),
        unit=str(headline.get("unit") or result.get("outcome_unit") or ""),
        estimand=headline.get("estimand"),
        estimator=entry.title if entry else headline.get("title"),
        trimmed=trimmed["says"] if (trimmed := result.get("trimming")) and trimmed["among"] else None,
        log_id=row["log_id"],
        version_id=row["version_id"],
        table=str(table).replace("\\", "/").rsplit("/", 1)[-1] if table else None,
        created_at=row["created_at"],
        stale=stale_reason(workspace, row["run_id"]),
        pruned=bool(result.get("version_pruned")),
        current=None if row["log_id"] is None else row["version_id"] in open_versions(workspace),
    )


def study_run(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """The row of a finished study; raises NotFound, or BadSpec for a run that is none."""
    row = find_run(workspace, run_id)
    if row["kind"] != KIND:
        raise BadSpec(f"The run '{run_id}' is no study but a run of the kind '{row['kind']}'; name a study.")
    return row


def headline_of(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The estimate that the verdict is about."""
    wanted = (result.get("headline") or {}).get("estimator")
    return next((row for row in result.get("estimates") or () if row["estimator"] == wanted), None)


def open_versions(workspace: Workspace) -> set[str]:
    """The version of each log that is open now."""
    return {str(log["version_id"]) for log in list_logs(workspace)}
