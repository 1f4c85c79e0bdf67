"""Whoever leaves work in a thread leaves it stopped, however often he is told to leave."""

import signal
import threading
from types import FrameType
from typing import NoReturn

import pytest

from core.storage.background import in_thread
from core.storage.engine import writer
from core.storage.workspace import Workspace


class Stop(Exception):
    pass


class Again(Exception):
    pass


def test_a_second_word_to_stop_does_not_leave_the_work_running() -> None:
    """A run is told by its status and by a signal; the engine was closed under a statement that still ran."""
    may_end, said = threading.Event(), list[threading.Event]()

    def look() -> None:
        raise Stop

    def stop(ended: threading.Event) -> None:
        said.append(ended)
        if len(said) < 3:
            raise Again
        may_end.set()
        ended.wait()

    with pytest.raises(Stop):
        in_thread(may_end.wait, look, stop)
    assert len(said) == 3
    assert said[0].is_set()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs POSIX signals")
def test_a_signal_that_raises_leaves_no_statement_running(workspace: Workspace) -> None:
    """At whatever moment of the waiting it comes."""

    def raise_stop(number: int, frame: FrameType | None) -> NoReturn:
        raise Stop

    before = signal.signal(signal.SIGUSR1, raise_stop)
    main = threading.main_thread().ident
    assert main is not None
    try:
        with writer(workspace) as engine:
            for delay in (0.02, 0.05, 0.13, 0.17):
                threading.Timer(delay, signal.pthread_kill, (main, signal.SIGUSR1)).start()
                with pytest.raises(Stop):
                    engine.watched(
                        "SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 7", lambda share: None
                    )
                assert engine.rows("SELECT 1") == [(1,)]
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_an_engine_told_twice_to_stop_answers_the_next_query(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writer(workspace) as engine:
        real, told = engine.interrupt, list[int]()

        def interrupt() -> None:
            told.append(1)
            if len(told) == 1:
                raise Again
            real()

        def watch(share: float) -> None:
            raise Stop

        monkeypatch.setattr(engine, "interrupt", interrupt)
        with pytest.raises(Stop):
            engine.watched("CREATE TABLE t AS SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 7", watch)
        assert engine.rows("SELECT 1") == [(1,)]
