"""Runs a job again and again in processes of its own and kills each at a random moment; started by test_kills.py.

    python -m tests.events.kills WORKSPACE SEED KIND TIMES < specs, one JSON object {"spec", "log_id", "version_id"} a line

Everything is imported once; each try is a fork, killed with SIGKILL after a random share of the time that an
undisturbed one took. Prints one JSON line: how many died in the middle, and how many were done before.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from core.events import import_job  # noqa: F401  so that a fork need not import it
from core.events.cleaning import clean  # noqa: F401
from core.jobs.queue import insert_run
from core.jobs.work import work_on
from core.storage.workspace import Workspace


def main(root: str, seed: int, kind: str, times: int) -> None:
    """Carry out the asked run once undisturbed, then `times` more, each killed on its way."""
    workspace, chance = Workspace(Path(root)), random.Random(seed)
    asked = json.loads(sys.stdin.readline())

    def start() -> tuple[int, str]:
        run_id = insert_run(workspace, kind, title=kind, dedupe=None, **asked)
        child = os.fork()
        if child == 0:
            work_on(workspace, run_id)
            os._exit(0)
        return child, run_id

    started = time.monotonic()
    os.waitpid(start()[0], 0)
    usual = time.monotonic() - started
    killed = []
    for _ in range(times):
        child, run_id = start()
        time.sleep(usual * chance.random())
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed.append(run_id)
    print(json.dumps({"killed": killed, "seconds": usual}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
