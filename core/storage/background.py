"""Work in a thread, and somebody who looks in ten times a second and may leave, but never with it half stopped."""

import threading
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def in_thread(work: Callable[[], Made], look: Callable[[], None], stop: Callable[[threading.Event], None]) -> Made:
    """What `work` makes. What `look` raises, or a signal does, is raised once `stop(ended)` has returned.

    ended: set when the work is over. `Thread.is_alive` is not asked: after a signal that raises in `Thread.join` it
    says no of a thread at work (Python 3.11). `stop` is called again until it returns by itself: a run is told to stop
    by its status and by a signal, and the second must not leave a thread at work on what the first makes others close.
    """
    began, left, ended = threading.Event(), threading.Event(), threading.Event()
    made: list[Made] = []
    failures: list[BaseException] = []

    def carry_out() -> None:
        began.set()
        try:
            if not left.is_set():
                made.append(work())
        except BaseException as error:  # noqa: BLE001  raised again below, in the caller's thread
            failures.append(error)
        finally:
            ended.set()

    try:
        threading.Thread(target=carry_out, daemon=True).start()
        over = False
        while not over:  # once at least, so that a row of short works can be left too
            over = ended.wait(0.1)
            look()
    except BaseException:
        left.set()
        if began.is_set():
            _leave(ended, stop)
        raise
    if failures:
        raise failures[0]
    return made[0]


def _leave(ended: threading.Event, stop: Callable[[threading.Event], None]) -> None:
    while True:
        try:
            return stop(ended)
        except BaseException:  # noqa: BLE001  somebody asks once more; the first reason is what is raised
            continue
