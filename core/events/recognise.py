"""What a file probably is, before anything is imported: format, columns, roles, first rows, and what is in doubt."""

import codecs
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.errors import BadFile
from core.events.columns import EVENT_TYPE, TIMESTAMP, USER_ID, VALUE
from core.events.import_spec import ImportSpec
from core.events.reading.gather import RawColumn, csv_reader, parquet_columns, text_columns
from core.events.reading.guesses import Guess, guess_roles, rivals
from core.events.reading.moments import SAMPLE_ROWS, read_moments
from core.events.reading.profiles import Profile, profile
from core.events.reading.records import GOOD, split
from core.events.reading.sources import Source, inspect
from core.storage.engine import EngineError, Writer, first_line, literal, quoted, writer
from core.storage.workspace import Workspace

SHOWN_ROWS = 20
SAMPLE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Recognised:
    """columns: (name, type in the file, up to three example values); mapping: {role: column} as guessed, the reasons in
    `guesses`; first_rows: up to 20 rows under the file's own names; notes: what was taken for granted; doubts: what the
    analyst had better check."""

    format: str  # "csv", "tsv" or "parquet"
    delimiter: str | None
    encoding: str | None
    columns: tuple[tuple[str, str, tuple[str, ...]], ...]
    mapping: dict[str, str]
    guesses: dict[str, Guess]
    first_rows: pd.DataFrame
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


def recognise(workspace: Workspace, path: str | Path) -> Recognised:
    """Look at the first rows of a CSV, TSV or Parquet file; raises BadFile with one sentence if it is none."""
    source = inspect(Path(path))
    with writer(workspace) as engine:
        columns = _sample(engine, workspace, source)
        profiles = profile(engine, columns)
        if not profiles or not profiles[0].rows:
            raise BadFile(f"'{source.name}' has a header but no rows; a log needs at least one event.")
        guesses = guess_roles(profiles)
        notes, doubts = describe(engine, profiles, guesses, ImportSpec(files=(str(path),)))
        text = source.format == "csv"
        return Recognised(
            format="tsv" if text and source.delimiter == "\t" else source.format,
            delimiter=source.delimiter if text else None, encoding=source.encoding if text else None,
            columns=tuple((p.column.name, p.column.kind, p.examples) for p in profiles),
            mapping={role: guess.column for role, guess in guesses.items()}, guesses=guesses,
            first_rows=_first_rows(engine, columns), notes=(*source.notes, *notes), doubts=tuple(doubts),
        )  # fmt: skip


def completed(workspace: Workspace, path: Path, mapping: dict[str, str]) -> dict[str, str]:
    """A mapping that lacks the timestamp, filled with guesses for the roles and columns it does not name.

    One that names the timestamp is taken as it stands, and an empty one is left to the import.
    """
    given = ImportSpec.in_full(mapping)
    if not given or TIMESTAMP in given:
        return given
    guessed = recognise(workspace, path).mapping
    return {role: column for role, column in guessed.items() if column not in given.values()} | given


def describe(
    engine: Writer, profiles: Sequence[Profile], guesses: dict[str, Guess], spec: ImportSpec
) -> tuple[list[str], list[str]]:
    """Notes and doubts about guessed roles, judged on `sample`."""
    by_name = {profile.column.name: profile for profile in profiles}
    notes, doubts = [], []
    if TIMESTAMP in guesses:
        guess = guesses[TIMESTAMP]
        try:
            moments = read_moments(engine, by_name[guess.column].column, spec, table="sample")
            notes.append(moments.says)
            doubts += [moments.doubt] if moments.doubt else []
        except BadFile as error:
            doubts.append(str(error))
        others = rivals(TIMESTAMP, guess, profiles)
        doubts += [f"'{guess.column}' was taken as the timestamp; '{others[0]}' holds moments too."] if others else []
    else:
        doubts.append("No column looks like a timestamp; map the column that says when each event happened.")
    price = guesses[VALUE].column if VALUE in guesses else ""
    if "price" in price.lower() and any(name.strip().lower() in ("quantity", "qty") for name in by_name):
        doubts.append(f"'{price}' was taken as the value; it is a price, not the row's total with its quantity.")
    if USER_ID not in guesses:
        doubts.append("No column looks like a user; without one, every row counts as a user of its own.")
    if EVENT_TYPE not in guesses:
        notes.append("No column looks like an event type; every event gets the type 'event'.")
    return notes, doubts


def _sample(engine: Writer, workspace: Workspace, source: Source) -> tuple[RawColumn, ...]:
    """Load the first rows as `sample` and return the columns."""
    if source.format == "parquet":
        columns = parquet_columns(engine, source)
        reader = f"read_parquet({literal(str(source.path))})"
        names = ", ".join(f"{quoted(column.name)} AS {column.sql}" for column in columns)
        _load_sample(engine, source, f"SELECT {names} FROM {reader}")
        return columns
    columns = text_columns(source)
    with tempfile.NamedTemporaryFile(dir=workspace.spill, suffix=".csv") as file:
        file.write(_whole_records(source))
        file.flush()
        reader = csv_reader(Path(file.name), source, [column.sql for column in columns])
        _load_sample(engine, source, f"SELECT * FROM {reader}")
    return columns


def _load_sample(engine: Writer, source: Source, rows: str) -> None:
    try:
        engine.execute(
            f"CREATE TABLE sample AS SELECT row_number() OVER () AS _row, * FROM ({rows} LIMIT {SAMPLE_ROWS})"
        )
    except EngineError as error:
        raise BadFile(f"'{source.name}' cannot be read ({first_line(error)}); write it again.") from None


def _whole_records(source: Source) -> bytes:
    """The unbroken records among the first megabytes of a text file, as UTF-8."""
    with source.path.open("rb") as file:
        raw = file.read(SAMPLE_BYTES)
    text = codecs.getincrementaldecoder(source.encoding)(errors="replace").decode(raw).removeprefix("\ufeff")
    head = (text.replace("\r", "\n") if source.old_line_ends else text).encode()
    complete = len(raw) == source.bytes
    head = head if head.endswith(b"\n") or not complete else head + b"\n"
    records = split(head, source.delimiter, len(source.columns), last=complete)
    good = records.spans[records.verdicts == GOOD][: SAMPLE_ROWS + 1].tolist()
    return b"".join(head[start : end + 1] for start, end in good)


def _first_rows(engine: Writer, columns: Sequence[RawColumn]) -> pd.DataFrame:
    chosen = ", ".join(column.sql for column in columns)
    rows = engine.frame(f"SELECT {chosen} FROM sample ORDER BY _row LIMIT {SHOWN_ROWS}")
    return rows.set_axis([column.name for column in columns], axis=1)
