"""Which line of a file each row stands on, told by the places where lines stop counting up with rows."""

import numpy as np


class Breaks:
    """Collects, buffer by buffer, the lines of consecutive rows.

    The result is (n, 2) int64 (row, line): row `row` (from 0) stands on line `line`, and lines count up by one a row
    until the next break.
    """

    def __init__(self) -> None:
        self._found: list[np.ndarray] = []
        self._rows = 0
        self._shift: int | None = None

    def add(self, lines: np.ndarray) -> None:
        """The lines (from 1) of the next rows."""
        rows = np.arange(self._rows, self._rows + len(lines), dtype=np.int64)
        shifts = lines - rows
        changed = np.diff(shifts, prepend=shifts[0] - 1 if self._shift is None else self._shift) != 0
        if changed.any():
            self._found.append(np.column_stack([rows[changed], lines[changed]]))
        self._shift = int(shifts[-1])
        self._rows += len(lines)

    def array(self) -> np.ndarray:
        """All breaks so far."""
        return np.concatenate(self._found) if self._found else np.empty((0, 2), dtype=np.int64)
