"""All users' features as a file: read from the engine batch by batch, so that they never fill the memory."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from core.events.features.answer import population_of
from core.events.features.at import features_at, one_moment
from core.events.features.listing import features_of
from core.events.features.spec import FeaturesSpec
from core.events.stages import Progress
from core.storage.engine import Log, open_log
from core.storage.runs import Run

FILE: Final = "features.parquet"  # in a run's folder; a Parquet file loses a user's row when the user is forgotten
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a text
BATCH_ROWS: Final = 32_768


def work(run: Run) -> dict[str, Any]:
    """The job's procedure: the run's spec is a FeaturesSpec, its version the one to describe."""
    spec = FeaturesSpec.read(run.spec)
    log = open_log(run.workspace, str(run.log_id), run.version_id)
    try:
        with _written(run.folder / FILE) as path:
            told = _export(log, spec, lambda schema: pq.ParquetWriter(path, schema), run.progress)
    finally:
        log.close()
    return {"log_id": log.log_id, "version_id": log.version_id, "spec": spec.plain(), "file": FILE, **told}


def write_csv(log: Log, spec: FeaturesSpec, path: Path, progress: Progress) -> dict[str, Any]:
    """Write {user_id, features} of everybody asked for as CSV; returns {rows, at, notes}. Raises as `table_of`."""
    with _written(path) as part:
        return _export(log, spec, lambda schema: _Csv(part, schema), progress)


def csv_of(path: Path) -> bytes:
    """A run's file as CSV."""
    made = io.BytesIO()
    with pq.ParquetFile(path) as file, _Csv(made, file.schema_arrow) as written:
        for batch in file.iter_batches(BATCH_ROWS):
            written.write(batch)
    return made.getvalue()


def _export(log: Log, spec: FeaturesSpec, opened: Callable[[pa.Schema], Any], progress: Progress) -> dict[str, Any]:
    progress(0.01, "Counting the users")
    features = features_of(log, spec)
    population = population_of(log, spec)
    moments = one_moment(log, population.at_us, spec.user_ids)
    rows = 0
    progress(0.05, "Describing the histories")
    found = features_at(log, moments, features, timezone=spec.timezone).drop("at_us").order_by("user_id")
    with log.batches(found, BATCH_ROWS) as batches:
        schema = _plain(batches.schema)
        with opened(schema) as file:
            for batch in batches:
                file.write(batch.cast(schema))
                rows += batch.num_rows
                progress(0.3 + 0.65 * rows / max(population.users, 1), f"{rows:,} of {population.users:,} users")
    return {"rows": rows, "columns": list(schema.names), "at": population.at, "notes": list(population.notes)}


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema with text for what the engine stores as a dictionary."""
    return pa.schema(
        [pa.field(field.name, pa.string()) if pa.types.is_dictionary(field.type) else field for field in schema]
    )


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """A path to write to, which becomes `path` when it is whole; what fails leaves nothing behind."""
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class _Csv:
    """A CSV file that a spreadsheet can open without running anything: formulas in texts get an apostrophe."""

    def __init__(self, sink: Path | io.BytesIO, schema: pa.Schema) -> None:
        self._writer = pyarrow.csv.CSVWriter(sink, schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of a batch."""
        columns = [_harmless(column) if pa.types.is_string(column.type) else column for column in batch.columns]
        self._writer.write(pa.RecordBatch.from_arrays(columns, names=batch.schema.names))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def _harmless(texts: pa.Array) -> pa.Array:
    risky = pc.is_in(pc.utf8_slice_codeunits(texts, 0, 1), value_set=pa.array(FORMULA_STARTS))
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)
