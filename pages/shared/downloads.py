"""Tables as CSV that a spreadsheet can open without running anything."""

import csv
from typing import Any

import pandas as pd

RISKY = ("=", "+", "-", "@", "\t", "\r")


def safe_csv(frame: pd.DataFrame) -> bytes:
    """The table as UTF-8 CSV, text quoted; what a spreadsheet would take for a formula gets a leading apostrophe."""
    escaped = {
        _escaped(str(name)): frame[name] if _is_harmless(frame[name]) else [_escaped(value) for value in frame[name]]
        for name in frame.columns
    }
    return pd.DataFrame(escaped).to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC).encode("utf-8")


def _is_harmless(column: "pd.Series[Any]") -> bool:
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)


def _escaped(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(RISKY) else value
