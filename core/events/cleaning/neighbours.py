"""Filling gaps from the most similar events: scikit-learn's k-nearest-neighbours imputation on the number columns.

The neighbours are looked for among a seeded sample of the events that have the value; every gap is filled.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from core.errors import BadSpec
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

DONORS = 5_000  # each gap is compared with every donor
BATCH = 20_000


def fill_from_neighbours(engine: Writer, kept: Kept, column: str, neighbours: int, watch: Watch) -> tuple[str, ...]:
    """Make the table `changes` (event_id, new_value) for the gaps of a column; returns notes."""
    from sklearn.impute import KNNImputer

    numbers = [column, *(name for name in kept.columns if kept.kind_of(name) == "number" and name != column)]
    if len(numbers) == 1:
        raise BadSpec(
            f"'{column}' is the only number column, so nothing says which events are similar; use the median."
        )
    engine.execute("CREATE OR REPLACE TABLE changes (event_id BIGINT, new_value DOUBLE)")
    known = _numbers(engine, numbers, f"{quoted(column)} IS NOT NULL ORDER BY hash(event_id), event_id LIMIT {DONORS}")
    if known.empty:
        return ()
    with_any = known[numbers].notna().any()
    used = [name for name in numbers if with_any[name]]
    middle, width = known[used].mean(), known[used].std(ddof=0).replace(0.0, 1.0)
    imputer = KNNImputer(n_neighbors=neighbours).fit((known[used] - middle) / width)
    alone = 0
    engine.execute(
        "CREATE OR REPLACE TABLE gaps AS SELECT event_id, row_number() OVER (ORDER BY event_id) AS place FROM kept "
        f"WHERE {quoted(column)} IS NULL"
    )
    gaps = engine.rows("SELECT count(*) FROM gaps")[0][0]
    for start in range(0, gaps, BATCH):
        batch = f"SELECT event_id FROM gaps WHERE place > {start} AND place <= {start + BATCH}"
        rows = _numbers(engine, numbers, f"event_id IN ({batch})")
        filled = imputer.transform((rows[used] - middle) / width)[:, 0] * width[column] + middle[column]
        alone += int(rows[used].isna().all(axis=1).sum())
        values = {"event_id": rows["event_id"].to_numpy(), "new_value": np.asarray(filled, dtype=float)}
        engine.add("batch", pa.table(values))
        engine.execute("INSERT INTO changes SELECT * FROM batch")
        engine.execute("DROP TABLE batch")
        watch((start + BATCH) / gaps)
    return _notes(engine, column, len(known), alone, used)


def _numbers(engine: Writer, numbers: list[str], where: str) -> pd.DataFrame:
    selected = ", ".join(f"CAST({quoted(name)} AS DOUBLE) AS {quoted(name)}" for name in numbers)
    return engine.frame(f"SELECT event_id, {selected} FROM kept WHERE {where}")


def _notes(engine: Writer, column: str, donors: int, alone: int, used: list[str]) -> tuple[str, ...]:
    known = engine.rows(f"SELECT count({quoted(column)}) FROM kept")[0][0]
    others = f"Similar in {', '.join(used[1:6])}{' and more' if len(used) > 6 else ''}."
    sampled = (f"Neighbours come from a seeded sample of {donors:,} of {known:,} events with a value.",)
    lonely = (f"{alone:,} gaps have no other number to be similar in and got the mean.",)
    return (others, *(sampled if donors < known else ()), *(lonely if alone else ()))
