"""The demo log as a run, so that the first page need not wait for it."""

from typing import Any

from core.storage.runs import Run

DEMO_LOG = "demo"


def work(run: Run) -> dict[str, Any]:
    """Simulate and import the demo log unless it is there."""
    from core.events.demo.shop import ensure_demo

    return {"run_id": run.run_id, "log_id": ensure_demo(run.workspace, run.progress)}
