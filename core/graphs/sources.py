"""Where the variables of a graph come from: a ready table, the users of a log at a moment, or a causal question."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

from pyarrow import parquet
from pydantic import Field, model_validator

from core.errors import BadSpec, NotEnoughData
from core.events.local_time import UtcMoment
from core.events.reading.ready_tables import TEXT, ReadyTable, read_table
from core.graphs.halves import Half, in_half
from core.graphs.variables import FEWEST_ROWS, VariableTable, variables_of_frame
from core.specs import Spec, load_function
from core.storage.engine import Log, open_log
from core.storage.runs import Run
from core.storage.workspace import Workspace

Tiers = tuple[tuple[str, ...], ...]
QUESTIONS: Final = "core.effects.graph_variables:variables_of_question"  # effects is above this room
PACKED: Final = 10
USERS: Final = "core.graphs.user_variables:variables_of_users"


class UsersSpec(Spec):
    """Users at a moment: features of what lies before it, and what they did in the days after it.

    at: null leaves `later_days` between it and the log's end. lookback_days: null for the whole history. features: null
    for a choice of simple ones. later: events (types, rules, names) of which it is asked whether they happened after
    the moment; null for the commonest types.
    """

    at: UtcMoment | None = None
    lookback_days: float | None = Field(default=None, gt=0, le=3650)
    features: tuple[str, ...] | None = None
    later: tuple[str, ...] | None = None
    later_days: float = Field(default=14, gt=0, le=3650)


class VariablesSpec(Spec):
    """Exactly one of `table` (a file), `users` and `question` says what one row is.

    columns: the variables to use, null for all; leave_out: those not to. cluster: the column of a table whose equal
    values belong together. half: only the users (clusters, rows) of one half.
    """

    table: str | None = None
    users: UsersSpec | None = None
    question: dict[str, Any] | None = None
    columns: tuple[str, ...] | None = None
    leave_out: tuple[str, ...] = ()
    cluster: str | None = None
    half: Half = "all"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("table", "users", "question") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of table, users and question")
        if self.cluster is not None and self.table is None:
            raise ValueError("only a table has a cluster column; the units of a log belong to its users anyway")
        return self

    @property
    def needs_log(self) -> bool:
        """Whether a log is read."""
        return self.table is None


@contextmanager
def log_of(run: Run, *, needed: bool) -> Iterator[Log | None]:
    """The version that a run is about, open as long as it is read; None where no log is needed."""
    if not needed:
        yield None
        return
    log = open_log(run.workspace, str(run.log_id), run.version_id)
    try:
        yield log
    finally:
        log.close()


def load_variables(workspace: Workspace, spec: VariablesSpec, log: Log | None = None) -> tuple[VariableTable, Tiers]:
    """The variables, and the time tiers that their source knows (none for a table).

    Raises BadFile, BadSpec, NotEnoughData as the sources do.
    """
    if spec.table is not None:
        path = Path(spec.table)
        return variables_of_table(read_table(workspace, path), path, spec), ()
    if log is None:
        raise BadSpec("These variables are made from a log; say which one.")
    asked = spec.users if spec.users is not None else spec.question
    table, tiers = load_function(USERS if spec.users is not None else QUESTIONS)(workspace, log, asked, spec.half)
    kept = [name for name in spec.columns or table.names if name not in spec.leave_out]
    return table.only(kept), tuple(tuple(name for name in tier if name in kept) for tier in tiers)


def variables_of_table(read: ReadyTable, path: Path, spec: VariablesSpec) -> VariableTable:
    """The variables of a table that was read from `path`; raises BadSpec, NotEnoughData."""
    frame = read.frame.set_axis([str(column) for column in read.frame.columns], axis=1)
    clusters = None
    if spec.cluster is not None:
        if spec.cluster not in frame.columns:
            raise BadSpec(f"The table has no column '{spec.cluster}' to be the cluster; it has "
                          f"{', '.join(frame.columns[:20])}.")  # fmt: skip
        clusters = frame.pop(spec.cluster)
    rows = len(frame)
    chosen = in_half(frame.index if clusters is None else clusters, spec.half)
    frame, clusters = frame[chosen], None if clusters is None else clusters[chosen]
    table = variables_of_frame(
        frame, f"{path.name}: one row a unit", columns=spec.columns, leave_out=spec.leave_out, clusters=clusters
    )
    table = replace(table, notes=(*read.notes, *table.notes))
    return table if spec.half == "all" else halved(table, spec.half, len(frame), rows)


def halved(table: VariableTable, half: Half, kept: int, of: int) -> VariableTable:
    """The table with its half said; raises NotEnoughData when the half is too small."""
    if table.rows < FEWEST_ROWS:
        raise NotEnoughData(f"The {half} half has {table.rows:,} units; a graph needs {FEWEST_ROWS} or more.")
    note = (
        f"Only the {half} half: {kept:,} of {of:,} rows; rows that belong together (of one user, say) are in one half."
    )
    return replace(table, notes=(note, *table.notes))


def rows_at_most(path: str, columns: int) -> int:
    """How many rows a table can have, without reading it: in text a cell takes two bytes or more.

    What is packed is taken to hold ten times its size.
    """
    if Path(path).suffix.lower() == ".parquet":
        return int(parquet.read_metadata(path).num_rows)
    packed = Path(path).suffix.lower() not in TEXT
    return Path(path).stat().st_size * (PACKED if packed else 1) // (2 * columns)
