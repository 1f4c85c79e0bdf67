"""What a file probably is, before anything is imported: format, columns, roles, first rows, and what is in doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from core.errors import BadFile
from core.events.columns import EVENT_TYPE, ITEM_ID, PROPENSITY, TIMESTAMP, USER_ID, VALUE
from core.events.import_spec import ImportSpec
from core.events.read_files import inspected
from core.events.reading.gather import RawColumn
from core.events.reading.guesses import Guess, guess_roles, known_schema
from core.events.reading.head import load_head
from core.events.reading.moments import read_moments
from core.events.reading.names import SIGN
from core.events.reading.profiles import Profile, profile
from core.events.reading.two_columns import holds_days, mapped_profile, times_of_day
from core.storage.engine import Writer, writer
from core.storage.workspace import Workspace

SHOWN_ROWS = 20
OTHER_FILES = 9  # of a folder, beside the first, whose columns are looked at
LIKELY_ENOUGH = 0.9  # below it, another column that fits is worth a doubt


@dataclass(frozen=True)
class Recognised:
    """columns: (name, type in the file, up to three example values); mapping: {role: column} as guessed, the reasons in
    `guesses`; first_rows: up to 20 rows under the file's own names; notes: what was taken for granted; doubts: what the
    analyst had better check; times_of_day: the columns that hold them, which may stand beside one of days."""

    format: str  # "csv", "tsv", "parquet", "json" or "excel"
    delimiter: str | None
    encoding: str | None
    columns: tuple[tuple[str, str, tuple[str, ...]], ...]
    mapping: dict[str, str]
    guesses: dict[str, Guess]
    first_rows: pd.DataFrame
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    times_of_day: tuple[str, ...] = ()


def recognise(workspace: Workspace, path: str | Path, reading: Mapping[str, Any] | None = None) -> Recognised:
    """Look at the first rows of a file, or of the files of a folder or glob; raises BadFile with one sentence.

    reading: what is known of how it is written (encoding, delimiter, has_header, sheet), as an ImportSpec says it.
    """
    spec = ImportSpec.read({**(reading or {}), "files": [str(path)]})
    source, *others = inspected(spec)
    with writer(workspace) as engine:
        head = load_head(engine, workspace, source, others=others[:OTHER_FILES])
        profiles = profile(engine, head.columns)
        guesses = guess_roles(profiles)
        notes, doubts = describe(engine, profiles, guesses, spec)
        if len(others) > OTHER_FILES:
            notes = [f"Of {len(others) + 1:,} files the first {OTHER_FILES + 1} were looked at.", *notes]
        text = source.format == "csv"
        return Recognised(
            format="tsv" if text and source.delimiter == "\t" else source.format,
            delimiter=source.delimiter if text else None, encoding=source.encoding if text else None,
            columns=tuple((p.column.name, p.column.kind, p.examples) for p in profiles),
            mapping={role: guess.column for role, guess in guesses.items()}, guesses=guesses,
            first_rows=first_rows(engine, head.columns),
            notes=tuple(dict.fromkeys((*source.notes, *head.notes, *notes))), doubts=tuple(doubts),
            times_of_day=times_of_day(profiles),
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
    schema = known_schema(profiles)
    notes, doubts = ([f"This looks like {schema.title}."] if schema else []), []
    if TIMESTAMP in guesses:
        guess = guesses[TIMESTAMP]
        try:
            chosen = mapped_profile(engine, profiles, guess.column) or by_name[guess.column]
            moments = read_moments(engine, chosen.column, spec, table="sample")
            notes.append(moments.says)
            doubts += _apart(chosen, times_of_day(profiles))
            doubts += [moments.doubt] if moments.doubt else []
        except BadFile as error:
            doubts.append(str(error))
        if guess.rivals:
            doubts.append(f"'{guess.column}' was taken as the timestamp; '{guess.rivals[0]}' holds moments too.")
    else:
        doubts.append("No column looks like a timestamp; map the column that says when each event happened.")
    for role, what in ((USER_ID, "user"), (EVENT_TYPE, "event type"), (ITEM_ID, "item")):
        if role in guesses and guesses[role].rivals and guesses[role].confidence < LIKELY_ENOUGH:
            guess = guesses[role]
            doubts.append(f"'{guess.column}' was taken as the {what}; '{guess.rivals[0]}' would fit too.")
    price = guesses[VALUE].column if VALUE in guesses else ""
    if "price" in price.lower() and any(name.strip().lower() in ("quantity", "qty") for name in by_name):
        doubts.append(f"'{price}' was taken as the value; it is a price, not the row's total with its quantity.")
    if USER_ID not in guesses and PROPENSITY in guesses:
        notes.append("A bandit log names no users, so every row counts as a user of its own.")
    elif USER_ID not in guesses:
        doubts.append("No column looks like a user; without one, every row counts as a user of its own.")
    if EVENT_TYPE not in guesses:
        notes.append("No column looks like an event type; every event gets the type 'event'.")
    return notes, doubts


def _apart(chosen: Profile, times: Sequence[str]) -> list[str]:
    """A doubt if times of day stand beside the days that were taken for the timestamp."""
    if chosen.column.joined or not times or not holds_days(chosen):
        return []
    name = chosen.column.name
    return [
        f"'{name}' holds days without a time of day and '{times[0]}' times of day; if they belong together, map the "
        f"timestamp to '{name}{SIGN}{times[0]}'."
    ]


def first_rows(engine: Writer, columns: Sequence[RawColumn]) -> pd.DataFrame:
    """The first rows of `sample` under the file's own names."""
    chosen = ", ".join(column.sql for column in columns)
    rows = engine.frame(f"SELECT {chosen} FROM sample ORDER BY _row LIMIT {SHOWN_ROWS}")
    return rows.set_axis([column.name for column in columns], axis=1)
