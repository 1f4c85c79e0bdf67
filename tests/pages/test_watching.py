"""A run that is watched: what it has found is drawn again only when there is more, and to try again is watched, too."""

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st

from core.jobs.queue import cancel, retry, submit
from core.storage.runs import Run, partial_mark
from core.storage.workspace import Workspace
from pages.shared import cached, controls


class DrawnAgainError(Exception):
    """Stands for st.rerun, which ends a script the same way."""


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """The fragments that were drawn, to be looked at again by hand, as a browser does."""
    made: list[Callable[[], None]] = []

    def fragment(**_: Any) -> Callable[[Callable[[], None]], Callable[[], None]]:
        return lambda look: made.append(look) or look  # type: ignore[func-returns-value]

    def again(**_: Any) -> None:
        raise DrawnAgainError

    monkeypatch.setattr(st, "fragment", fragment)
    monkeypatch.setattr(st, "rerun", again)
    return made


def a_study() -> str:
    return submit(cached.workspace(), "study", {"question": {"treatment": "a", "outcome": "b"}}, title="a study")


def test_findings_are_drawn_again_only_when_there_are_more(empty: Workspace, looks: list[Callable[[], None]]) -> None:
    run_id = a_study()
    drawn: list[int | None] = []

    def findings() -> int | None:
        drawn.append(partial_mark(empty, run_id))
        return drawn[-1]

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


def test_a_run_that_is_tried_again_is_watched_again(empty: Workspace, looks: list[Callable[[], None]]) -> None:
    """The button redraws its fragment alone, which had stopped to look: the page sat at "waiting for its turn"."""
    run_id = a_study()
    cancel(empty, run_id)
    assert controls.watch(run_id) == "cancelled"
    looks[-1]()
    retry(empty, run_id)
    with pytest.raises(DrawnAgainError):
        looks[-1]()
    assert controls.watch(run_id) == "queued"
    cancel(empty, run_id)
    with pytest.raises(DrawnAgainError):
        looks[-1]()
