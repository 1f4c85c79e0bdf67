"""Procedures that the job tests run in real processes; reached by name, as the real ones are."""

import time
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from core.errors import NotEnoughData
from core.storage.runs import Run
from core.storage.workspace import Workspace


def count(run: Run) -> dict[str, Any]:
    """Count to spec["to"], one file a step, so that a killed run can resume where it was."""
    done = len(list(run.checkpoint.glob("step-*")))
    run.metric(resumed_from=done)
    for step in range(done, run.spec["to"]):
        time.sleep(run.spec.get("pause", 0.0))
        (run.checkpoint / f"step-{step}").touch()
        run.progress((step + 1) / run.spec["to"], f"step {step + 1}")
    return {"counted": run.spec["to"]}


def threads(_run: Run) -> dict[str, Any]:
    """How many threads a matrix product has."""
    np.linalg.eigh(np.eye(2))
    return {"threads": [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]}


def rehearse(workspace: Workspace) -> None:
    """What a spare worker does while it waits; that it breaks must keep no run waiting."""
    (workspace.root / "rehearsed").touch()
    raise ZeroDivisionError("a rehearsal that breaks")


def refuse(_run: Run) -> dict[str, Any]:
    """Say that there is not enough data."""
    raise NotEnoughData("This log has 3 events; training needs at least 100.")


def break_down(_run: Run) -> dict[str, Any]:
    """Break as a bug would."""
    raise ZeroDivisionError("a bug")


def interrupted(_run: Run) -> dict[str, Any]:
    """As when somebody presses Ctrl-C."""
    raise KeyboardInterrupt


def ignore_everything(run: Run) -> dict[str, Any]:
    """Never report and never look at a signal's exception."""
    (run.checkpoint / "started").touch()
    while True:
        try:
            time.sleep(0.05)
        except BaseException:  # noqa: BLE001  the test needs a process that only SIGKILL ends
            (run.checkpoint / "asked").touch()
