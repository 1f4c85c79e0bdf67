"""What every pattern returns: one tidy table, and the sentences without which it could be misread."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.specs import Spec
from core.storage.workspace import jsonable

ROWS_AT_MOST = 10_000


@dataclass(frozen=True)
class KeyFigure:
    """One number beside the table.

    unit: "events", "seconds", "share", ...; low, high: 95 % interval, where there is one.
    """

    name: str
    title: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class PatternTable:
    """A regularity in the log.

    frame: one observation a row. title: the finding as a sentence. population: whom it is about. caption: population,
    denominator, period, time zone. notes: what was left out, grouped or flagged. summary: numbers beside the table.
    spec: the request with its defaults resolved, so that the same spec gives the same table.
    """

    pattern: str
    frame: pd.DataFrame
    title: str
    population: str
    caption: str
    notes: tuple[str, ...]
    spec: Spec
    log_id: str
    version_id: str
    summary: tuple[KeyFigure, ...] = ()

    def plain(self, cap: int = ROWS_AT_MOST) -> dict[str, Any]:
        """JSON-ready values with at most `cap` rows; `capped` says whether rows are missing, `rows_total` how many are.

        Columns of moments (ending in `_at`) are ISO 8601 UTC; local calendar labels are ISO text without a zone.
        """
        shown = self.frame.head(cap)
        cells = [_cells(shown[column]) for column in shown.columns]
        return {
            "pattern": self.pattern,
            "columns": list(shown.columns),
            "rows": [list(row) for row in zip(*cells, strict=True)],
            "rows_total": len(self.frame),
            "capped": len(self.frame) > cap,
            "title": self.title,
            "population": self.population,
            "caption": self.caption,
            "notes": list(self.notes),
            "summary": [jsonable(vars(figure)) for figure in self.summary],
            "log_id": self.log_id,
            "version_id": self.version_id,
            "spec": self.spec.plain(),
        }


def _cells(column: "pd.Series[Any]") -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column) and not str(column.name).endswith("_at"):
        return [None if pd.isna(label) else label.isoformat() for label in column]
    return [jsonable(value) for value in column.tolist()]
