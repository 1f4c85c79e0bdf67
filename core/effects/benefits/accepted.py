"""Whether the average effect stands: who benefits from a number is not asked of a number that was refused."""

from typing import Any

from core.effects.study_spec import StudySpec, settings_now
from core.errors import BadSpec, NotFound
from core.storage.runs import find_result, list_runs
from core.storage.workspace import Workspace

BESIDE = ("cate", "estimators", "refuters")  # settings of a study that do not change what it asks


def study_of_it(
    workspace: Workspace, asked: StudySpec, log_id: str | None, version_id: str | None
) -> dict[str, Any] | None:
    """{run_id, light, sentence} of the newest finished study of the same question and version; None without one."""
    wanted = _essence(asked.plain())
    for row in list_runs(workspace, kind="study", log_id=log_id):
        if (
            row["status"] == "done"
            and row["version_id"] == version_id
            and _essence(settings_now(row["spec"])) == wanted
        ):
            try:
                verdict = find_result(workspace, str(row["run_id"]))["verdict"]
            except (NotFound, KeyError):
                continue
            return {"run_id": row["run_id"], "light": verdict["light"], "sentence": verdict["sentence"]}
    return None


def refuse_red(
    workspace: Workspace, asked: StudySpec, log_id: str | None, version_id: str | None
) -> dict[str, Any] | None:
    """The study of it, as above; raises BadSpec that says why when its light is red."""
    study = study_of_it(workspace, asked, log_id, version_id)
    if study is not None and study["light"] == "red":
        raise BadSpec(f"The study of this question is red, so who benefits is not asked of it. {study['sentence']}")
    return study


def _essence(spec: dict[str, Any]) -> dict[str, Any]:
    """What a study asks."""
    kept = {name: value for name, value in spec.items() if name not in BESIDE}
    if kept.get("question"):
        kept["question"] = {name: value for name, value in kept["question"].items() if name not in BESIDE}
    return kept
