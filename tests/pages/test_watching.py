"""A run that is watched: what it has found is drawn again only when there is more of it."""

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st

from core.jobs.queue import submit
from core.storage.runs import Run, partial_mark
from core.storage.workspace import Workspace
from pages.shared import cached, controls


class DrawnAgainError(Exception):
    """Stands for st.rerun, which ends a script the same way."""


def test_findings_are_drawn_again_only_when_there_are_more(empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = submit(cached.workspace(), "study", {"question": {"treatment": "a", "outcome": "b"}}, title="a study")
    looks: list[Callable[[], None]] = []
    drawn: list[int | None] = []

    def fragment(**_: Any) -> Callable[[Callable[[], None]], Callable[[], None]]:
        return lambda look: looks.append(look) or look  # type: ignore[func-returns-value]

    def again(**_: Any) -> None:
        raise DrawnAgainError

    def findings() -> int | None:
        drawn.append(partial_mark(empty, run_id))
        return drawn[-1]

    monkeypatch.setattr(st, "fragment", fragment)
    monkeypatch.setattr(st, "rerun", again)
    controls.watch(run_id, findings=findings)
    (look,) = looks
    look()
    look()
    assert drawn == [None]  # three looks, one drawing
    Run(empty, run_id, "study", {}, None, None).show({"units": 1})
    with pytest.raises(DrawnAgainError):
        look()
    controls.watch(run_id, findings=findings)
    looks[-1]()
    assert len(drawn) == 2 and drawn[-1] is not None
