"""Progress of a long procedure: each stage reports its own 0 to 1, the analyst sees the whole."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from core.storage.background import Made, in_thread

Progress = Callable[[float, str], None]  # (share of the whole, message); may raise Cancelled
Watch = Callable[[float], None]  # (share of one stage)


@dataclass(frozen=True)
class Stage:
    """A stretch of the whole, from `start` to `end`; calling it with a share of itself reports."""

    progress: Progress
    start: float
    end: float
    message: str

    def __call__(self, share: float) -> None:
        self.progress(self._place(share), self.message)

    def part(self, start: float, end: float) -> "Stage":
        """A stretch of this stage."""
        return Stage(self.progress, self._place(start), self._place(end), self.message)

    def named(self, message: str) -> "Stage":
        """The same stretch under another message."""
        return Stage(self.progress, self.start, self.end, message)

    def _place(self, share: float) -> float:
        return self.start + (self.end - self.start) * min(share, 1.0)


def meanwhile(work: Callable[[Watch], Made], watch: Watch) -> Made:
    """What `work(report)` makes, in a thread; `watch` is called ten times a second with the share last reported.

    For work that nothing can interrupt, such as a sort in memory. What `watch` raises is raised at once, and the work
    ends at its next report. It must share nothing with what comes after.
    """
    share, stopped = [0.0], threading.Event()

    def report(done: float) -> None:
        if stopped.is_set():
            raise _Stopped
        share[0] = done

    return in_thread(lambda: work(report), lambda: watch(share[0]), lambda ended: stopped.set())


class _Stopped(Exception):
    """Nobody waits for this work any more."""
