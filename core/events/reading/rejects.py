"""The rejects of an import: every line or row that is no event, with its place, its value and the reason.

rejects    file VARCHAR, line BIGINT (from 1, the header included; the row from 1 for Parquet), column, value, reason,
           raw VARCHAR (the row as text, at most RAW_CHARACTERS)
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.events.reading.gather import Gathered, RawColumn
from core.events.reading.rows import Reading
from core.events.reading.sieve import RAW_CHARACTERS, RejectedLine
from core.events.reading.sources import Source
from core.events.stages import Watch
from core.storage.engine import Writer, literal

BATCH = 50_000
TABLE = (
    'CREATE TABLE rejects (_file INTEGER, line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR, raw VARCHAR)'
)


class LineRejects:
    """Takes the lines that the sieve rejects, in batches."""

    def __init__(self, engine: Writer) -> None:
        self._engine = engine
        self._waiting: list[tuple[int, RejectedLine]] = []
        engine.execute(TABLE)

    def add(self, file: int, lines: Sequence[RejectedLine]) -> None:
        """Note rejected lines of a file."""
        self._waiting += [(file, line) for line in lines]
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if not self._waiting:
            return
        batch = pa.table(
            {
                "_file": pa.array([file for file, _ in self._waiting], pa.int32()),
                "line": pa.array([line.line for _, line in self._waiting], pa.int64()),
                "reason": [line.reason for _, line in self._waiting],
                "raw": [line.raw for _, line in self._waiting],
            }
        )
        self._engine.add("broken_lines", batch)
        self._engine.execute("INSERT INTO rejects BY NAME SELECT * FROM broken_lines")
        self._engine.execute("DROP TABLE broken_lines")
        self._waiting = []


def reject_rows(engine: Writer, sources: Sequence[Source], gathered: Gathered, reading: Reading, watch: Watch) -> None:
    """Add the rows of `raw` that the reading found at fault."""
    gathered.add_breaks(engine)
    column = _by_fault(reading, lambda fault: literal(fault.column.name))
    value = _by_fault(reading, lambda fault: f"CAST({fault.column.sql} AS VARCHAR)")
    reason = _by_fault(reading, lambda fault: literal(fault.reason))
    raw = _row_as_text(gathered.columns, sources[0])
    engine.watched(
        f"INSERT INTO rejects SELECT _file, b.line + _row - b.row, {column}, left({value}, {RAW_CHARACTERS}), "
        f"{reason}, left({raw}, {RAW_CHARACTERS}) FROM ({reading.judged()}) j ASOF JOIN breaks b "
        "ON j._file = b.file AND j._row >= b.row WHERE _fault IS NOT NULL",
        watch,
    )
    engine.execute("DROP TABLE breaks")


def write_rejects(engine: Writer, sources: Sequence[Source], path: Path) -> list[dict[str, Any]]:
    """Write rejects.parquet and return [{reason, rows}], the most frequent first."""
    names = ", ".join(literal(source.name) for source in sources)
    engine.execute(
        f'COPY (SELECT list_extract([{names}], _file + 1) AS file, line, "column", value, reason, raw FROM rejects '
        f"ORDER BY _file, line) TO {literal(str(path))} (FORMAT parquet)"
    )
    rows = engine.rows("SELECT reason, count(*) FROM rejects GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 100")
    return [{"reason": reason, "rows": count} for reason, count in rows]


def _by_fault(reading: Reading, sql: Callable[[Any], str]) -> str:
    return "CASE _fault " + " ".join(f"WHEN {n} THEN {sql(fault)}" for n, fault in enumerate(reading.faults)) + " END"


def _row_as_text(columns: Sequence[RawColumn], source: Source) -> str:
    """SQL of a row as the file might have written it: CSV again, or JSON for another format."""
    if source.format != "csv":
        return f"CAST(to_json({{{', '.join(f'{literal(c.name)}: {c.sql}' for c in columns)}}}) AS VARCHAR)"
    special = f"'[\"\\r\\n' || {literal(source.delimiter)} || ']'"
    fields = [
        f"CASE WHEN regexp_matches({c.sql}, {special}) THEN '\"' || replace({c.sql}, '\"', '\"\"') || '\"' "
        f"ELSE coalesce({c.sql}, '') END"
        for c in columns
    ]
    return f" || {literal(source.delimiter)} || ".join(fields)
