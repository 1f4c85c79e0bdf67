"""A question that nobody asked: what a first answer needs is loaded and compiled before the click that waits for it."""

from typing import Final

from core.effects.opening import opening
from core.effects.proposals import proposed_questions
from core.effects.study_inputs import inputs_from_log
from core.effects.study_spec import StudySpec
from core.errors import WhypathError
from core.storage.catalogue import list_logs
from core.storage.engine import open_log
from core.storage.workspace import Workspace

EVENTS_AT_MOST: Final = 2_000_000  # on a larger log a rehearsal would take longer than it saves


def rehearse(workspace: Workspace) -> None:
    """Take the raw difference of the first question proposed for the workspace's smallest log, and forget it."""
    logs = sorted(list_logs(workspace), key=lambda log: int(log["manifest"]["events"]))
    asked = proposed_questions(logs[0]["manifest"]) if logs else []
    if not asked or int(logs[0]["manifest"]["events"]) > EVENTS_AT_MOST:
        return
    try:
        log = open_log(workspace, str(logs[0]["log_id"]))
        try:
            opening(inputs_from_log(workspace, log, asked[0], bare=True), StudySpec(question=asked[0]))
        finally:
            log.close()
    except WhypathError:
        return  # too little data for this question, or the log is gone: what was loaded by then is loaded
