"""Work in a thread, and somebody who looks in ten times a second and may leave, but never with it half stopped."""

import threading
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def in_thread(work: Callable[[], Made], look: Callable[[], None], stop: Callable[[threading.Thread], None]) -> Made:
    """What `work` makes. What `look` raises, or a signal does, is raised once `stop(thread)` has returned.

    `stop` is called again until it returns by itself: a run is told to stop by its status and by a signal, and the
    second of them must not leave a thread at work on what the first makes others close.
    """
    made: list[Made] = []
    failures: list[BaseException] = []

    def carry_out() -> None:
        try:
            made.append(work())
        except BaseException as error:  # noqa: BLE001  raised again below, in the caller's thread
            failures.append(error)

    thread = threading.Thread(target=carry_out, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.1)
            look()
    except BaseException:
        _leave(thread, stop)
        raise
    if failures:
        raise failures[0]
    return made[0]


def _leave(thread: threading.Thread, stop: Callable[[threading.Thread], None]) -> None:
    while True:
        try:
            return stop(thread)
        except BaseException:  # noqa: BLE001  somebody asks once more; the first reason is what is raised
            continue
