"""Small cells: counts of fewer than 10 users leave no browser and no command; under 30 they are flagged on screen.

The one place that decides. A table with a column `users` is an aggregate: its rows of too few users lose their numbers.
If only one row of a table lost them, its numbers could be computed from a total, so the smallest other row follows.
"""

from dataclasses import dataclass

import pandas as pd

WITHHELD_BELOW = 10
FLAGGED_BELOW = 30
USERS, EVENTS = "users", "events"


@dataclass(frozen=True)
class Withheld:
    """frame: the table without what is withheld; rows: how many lost their numbers."""

    frame: pd.DataFrame
    rows: int

    @property
    def sentence(self) -> str:
        """What was withheld, in words; empty if nothing was."""
        if not self.rows:
            return ""
        rows = "row counts" if self.rows == 1 else "rows count"
        return f"{self.rows:,} {rows} fewer than {WITHHELD_BELOW} users, or would give such a count away: withheld."


def withhold(frame: pd.DataFrame, *, counted: str | None = USERS) -> Withheld:
    """The table as it may leave: numbers of rows that count 1 to 9 users are null.

    counted: the column with the users of a row; where a table counts only events, theirs (so few events are of so few
    users). Without that column the table is unchanged.
    """
    if counted not in frame.columns or frame.empty:
        return Withheld(frame, 0)
    users = pd.to_numeric(frame[counted], errors="coerce")
    small = (users > 0) & (users < WITHHELD_BELOW)
    if int(small.sum()) == 1:
        others = users[~small & (users > 0)]
        if len(others):
            small = small | (frame.index == others.idxmin())
    if not small.any():
        return Withheld(frame, 0)
    kept = frame.copy()
    for column in kept.columns:
        if pd.api.types.is_numeric_dtype(kept[column]) and not pd.api.types.is_bool_dtype(kept[column]):
            kept[column] = kept[column].astype("Float64" if kept[column].dtype.kind == "f" else "Int64")
            kept.loc[small, column] = pd.NA
    return Withheld(kept, int(small.sum()))


def counted_in(frame: pd.DataFrame) -> str | None:
    """The column that says how many an aggregate row counts: users, else events."""
    return next((name for name in (USERS, EVENTS) if name in frame.columns), None)
