"""Outliers by a model of several columns at once: isolation forest, or density (DBSCAN's noise).

Both learn on a seeded sample and then judge every row, in batches. Columns are brought to standard deviations first.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from core.errors import NotEnoughData
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

SAMPLES = {"isolation_forest": 200_000, "clusters": 5_000}  # rows learnt from; clusters compare each with each
BATCH = 200_000
FEWEST_ROWS = 20
NEIGHBOURS = 10  # rows within reach that make a row part of a dense cluster
SEED = 0
Judge = Callable[[np.ndarray], np.ndarray]  # (rows, columns) -> (rows,) whether it is odd


def find_odd_events(engine: Writer, columns: Sequence[str], detect: str, share: float, watch: Watch) -> tuple[str, ...]:
    """Make the table `odd` (event_id) of the events that stand out in these columns; returns notes."""
    return find_odd(engine, "kept", "event_id", columns, detect=detect, share=share, watch=watch)


def find_odd(
    engine: Writer, table: str, key: str, columns: Sequence[str], *, detect: str, share: float, watch: Watch
) -> tuple[str, ...]:
    """Make the table `odd` (key) of the rows of `table` that stand out; rows that lack a value are not judged.

    share: of the sample, the rows taken for outliers (forest), or at most that (clusters). Raises NotEnoughData.
    """
    complete = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in columns)
    rows, total = engine.rows(f"SELECT count(*) FILTER ({complete}), count(*) FROM {table}")[0]
    if rows < FEWEST_ROWS:
        raise NotEnoughData(f"Only {rows:,} rows have {', '.join(columns)}; finding outliers needs {FEWEST_ROWS}.")
    most = SAMPLES[detect]
    sample = _values(engine, table, key, columns, f"{complete} ORDER BY hash({key}), {key} LIMIT {most}")[1]
    middle, width = sample.mean(axis=0), sample.std(axis=0)
    width[width == 0] = 1.0
    learn = _forest if detect == "isolation_forest" else _clusters
    is_odd = learn((sample - middle) / width, share)
    engine.execute(f"CREATE OR REPLACE TABLE odd AS SELECT {key} FROM {table} WHERE false")
    engine.execute(f"CREATE OR REPLACE TABLE judged AS SELECT {key}, row_number() OVER (ORDER BY {key}) AS _place "
                   f"FROM {table} WHERE {complete}")  # fmt: skip
    for start in range(0, rows, BATCH):
        ids, values = _values(
            engine,
            f"{table} JOIN judged USING ({key})",
            key,
            columns,
            f"_place > {start} AND _place <= {start + BATCH}",
        )
        odd = is_odd((values - middle) / width)
        engine.add("odd_batch", pa.table({key: pa.array(ids[odd])}))
        engine.execute("INSERT INTO odd SELECT * FROM odd_batch")
        engine.execute("DROP TABLE odd_batch")
        watch((start + BATCH) / rows)
    return (
        *((f"Learnt from a seeded sample of {most:,} of {rows:,}; all were judged.",) if rows > most else ()),
        *((f"{total - rows:,} lack a value and were not judged.",) if total > rows else ()),
    )


def _values(engine: Writer, table: str, key: str, columns: Sequence[str], where: str) -> tuple["pd.Series", np.ndarray]:
    selected = ", ".join(f"CAST({quoted(column)} AS DOUBLE) AS {quoted(column)}" for column in columns)
    frame = engine.frame(f"SELECT {key}, {selected} FROM {table} WHERE {where}")
    return frame[key], frame[list(columns)].to_numpy(dtype=float)


def _forest(sample: np.ndarray, share: float) -> Judge:
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(contamination=share, random_state=SEED).fit(sample)
    return lambda values: np.asarray(forest.predict(values) == -1)


def _clusters(sample: np.ndarray, share: float) -> Judge:
    """DBSCAN's rule: a row is in a cluster if a core row is within reach, and a row is core if NEIGHBOURS are.

    The reach is the distance within which all but `share` of the sample have their NEIGHBOURS.
    """
    from sklearn.cluster import DBSCAN
    from sklearn.neighbors import NearestNeighbors

    count = min(NEIGHBOURS, len(sample) - 1)
    distances = NearestNeighbors(n_neighbors=count).fit(sample).kneighbors(sample)[0][:, -1]
    reach = max(float(np.quantile(distances, 1 - share)), np.finfo(float).eps)
    found = DBSCAN(eps=reach, min_samples=count).fit(sample)
    cores = NearestNeighbors(n_neighbors=1).fit(sample[found.core_sample_indices_])
    return lambda values: np.asarray(cores.kneighbors(values)[0][:, 0] > reach)
