"""A refutation: an attempt to break an estimate, and what came of it. To pass is not to be contradicted, no more."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Refutation:
    """passed: True, False, or None where it could not tell; value, low, high in the outcome's unit (None if not run).

    expected: what the value would be if the estimate were sound; detects: what this attempt can and cannot see.
    """

    name: str
    title: str
    passed: bool | None
    sentence: str
    value: float | None
    low: float | None
    high: float | None
    expected: float
    detects: str

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return dict(vars(self))
