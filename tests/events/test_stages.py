"""Work that nothing can interrupt goes on in a thread; whoever waits for it can leave at any moment."""

import threading
from collections.abc import Callable

import pytest

from core.events.stages import meanwhile


class Stop(Exception):
    pass


def test_what_is_made_comes_back_and_progress_is_told_meanwhile() -> None:
    told: list[float] = []
    heard = threading.Event()

    def watch(share: float) -> None:
        told.append(share)
        if share == 0.5:
            heard.set()

    def work(report: Callable[[float], None]) -> str:
        report(0.5)
        heard.wait()
        return "made"

    assert meanwhile(work, watch) == "made"
    assert 0.5 in told


def test_a_watch_that_raises_leaves_at_once_and_the_work_ends_at_its_next_report() -> None:
    left, ended = threading.Event(), threading.Event()

    def watch(share: float) -> None:
        raise Stop

    def work(report: Callable[[float], None]) -> None:
        left.wait()  # it would never end by itself
        try:
            report(0.5)
        finally:
            ended.set()

    with pytest.raises(Stop):
        meanwhile(work, watch)
    left.set()
    assert ended.wait(60)


def test_what_goes_wrong_in_the_work_is_raised() -> None:
    def work(report: Callable[[float], None]) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        meanwhile(work, lambda share: None)
