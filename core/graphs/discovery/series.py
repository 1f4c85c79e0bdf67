"""Series over time: the columns of a table in time order, or a log's event counts per hour or day."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import BadSpec, NotEnoughData
from core.events.reading.ready_tables import read_table
from core.graphs.discovery.spec import SeriesSpec
from core.graphs.variables import Floats
from core.near import near
from core.storage.engine import Log
from core.storage.workspace import Workspace

FEWEST_STEPS: Final = 50
TYPES: Final = 12
BUCKET_US: Final = {"hour": 3_600_000_000, "day": 86_400_000_000}
CYCLE: Final = {"hour": 168, "day": 7}  # steps of a week


@dataclass(frozen=True)
class Series:
    """values: (steps, series), standardised; segments: (steps,) codes, a new one after each gap, so that no lag
    reaches across it."""

    names: tuple[str, ...]
    values: Floats
    segments: NDArray[np.int64]
    population: str
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.values)


def load_series(workspace: Workspace, spec: SeriesSpec, log: Log | None) -> Series:
    """The series that a spec names; raises BadFile, BadSpec, NotEnoughData."""
    if spec.table is not None:
        return _of_table(workspace, spec)
    if log is None:
        raise BadSpec("These series are made from a log; say which one.")
    return _of_log(log, spec)


def series_of_frame(frame: pd.DataFrame, population: str, notes: tuple[str, ...] = ()) -> Series:
    """Series of the columns of a frame whose rows are in time order. A row with an empty cell is left out and ends a
    segment. Raises BadSpec for a column that is no number or constant, NotEnoughData for too few steps."""
    if frame.shape[1] < 2:
        raise BadSpec("A graph needs two series or more; name more columns.")
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise BadSpec(f"The series '{name}' is not a column of numbers; leave it out, or name it as --time.")
        if frame[name].isna().all():
            raise BadSpec(f"The series '{name}' is empty in all {len(frame):,} rows; leave it out.")
        if frame[name].nunique() < 2:
            raise BadSpec(f"The series '{name}' holds one value only; leave it out.")
    complete = frame.notna().all(axis=1).to_numpy()
    segments = np.cumsum(~complete).astype(np.int64)[complete]
    values = frame[complete].to_numpy(dtype=np.float64)
    if len(values) < max(FEWEST_STEPS, 3 * frame.shape[1]):
        raise NotEnoughData(
            f"{len(values):,} complete time steps for {frame.shape[1]} series are too few; a graph over time needs "
            f"{max(FEWEST_STEPS, 3 * frame.shape[1])} or more."
        )
    gaps = (f"{int((~complete).sum()):,} time steps have an empty cell: left out, and no lag crosses them.",)
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    return Series(
        tuple(map(str, frame.columns)), standard, segments, population, (*notes, *(gaps if not complete.all() else ()))
    )


def _of_table(workspace: Workspace, spec: SeriesSpec) -> Series:
    path = Path(spec.table or "")
    frame, read_notes = read_table(workspace, path)
    frame.columns = [str(column) for column in frame.columns]
    for name in (*(spec.columns or ()), *spec.leave_out, *([spec.time] if spec.time else [])):
        if name not in frame.columns:
            raise BadSpec(f"The table has no column '{name}'; it has {', '.join(frame.columns[:20])}.")
    notes: tuple[str, ...] = ("The rows were taken in the order of the file; name a time column if they are not.",)
    if spec.time is not None:
        if frame[spec.time].isna().any():
            raise BadSpec(f"{int(frame[spec.time].isna().sum()):,} rows have no '{spec.time}'; leave those rows out.")
        if frame[spec.time].duplicated().any():
            raise BadSpec(
                f"'{spec.time}' repeats, so the rows are not one time step each; give one row a step and a column a "
                "series."
            )
        frame, notes = frame.sort_values(spec.time), ()
    used = [name for name in spec.columns or frame.columns if name not in (spec.time, *spec.leave_out)]
    return series_of_frame(frame[used], f"{path.name}: one row a time step", (*read_notes, *notes))


def _of_log(log: Log, spec: SeriesSpec) -> Series:
    """Counts per event type and step, as log(1 + count), less the mean of the hour of the week (or weekday)."""
    types = chosen_types(log.manifest, spec.event_types)
    width = BUCKET_US[spec.bucket]
    events = log.table("events")
    counted = (
        events.filter(events.event_type.cast("string").isin(types))
        .group_by(step=(events.timestamp_us // width).cast("int64"), event_type=events.event_type.cast("string"))
        .agg(events=ibis._.count())
    )
    wide = log.fetch(counted).pivot(index="step", columns="event_type", values="events")
    steps = range(int(wide.index.min()) + 1, int(wide.index.max()))  # the first and the last are not whole
    counts = wide.reindex(steps).fillna(0.0)[types].transform(np.log1p)
    rhythm = counts.groupby(np.asarray(counts.index) % CYCLE[spec.bucket]).transform("mean")
    notes = (
        f"Series are log(1 + events per {spec.bucket}) less the mean of the same {_place(spec.bucket)}, so that a "
        "shared weekly rhythm is not read as an edge.",
    )
    return series_of_frame(counts - rhythm, f"events per {spec.bucket} in {log.manifest['name']}", notes)


def _place(bucket: str) -> str:
    return "hour of the week (UTC)" if bucket == "hour" else "weekday (UTC)"


def chosen_types(manifest: Mapping[str, Any], asked: tuple[str, ...] | None) -> list[str]:
    """The event types to look at: those asked for, or the commonest; raises BadSpec."""
    known = [str(entry["event_type"]) for entry in sorted(manifest["event_types"], key=lambda each: -each["events"])]
    for name in asked or ():
        if name not in known:
            raise BadSpec(f"This log has no event type '{name}'; {near(name, known)}.")
    chosen = list(asked) if asked is not None else known[:TYPES]
    if len(chosen) < 2:
        raise BadSpec("A graph needs two event types or more.")
    return chosen
