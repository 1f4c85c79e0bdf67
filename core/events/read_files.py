"""Read files into `kept`: gather them, decide each row, set aside what is no event."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import BadFile, BadInput
from core.events.building import Building
from core.events.columns import TIMESTAMP
from core.events.import_spec import ImportSpec
from core.events.kept import ORDER, Kept, sort
from core.events.manifest import provenance
from core.events.privacy.hide import hide, hide_rejects
from core.events.reading.gather import Gathered, check_common, check_shapes
from core.events.reading.guesses import guess_roles
from core.events.reading.in_order import (
    Held,
    Lent,
    drop_kept,
    hold,
    keep_in_order,
    leave_out_faults,
    make_table,
    plan_for,
    untidy_columns,
)
from core.events.reading.load import Text, gather, let_go, may_stay_unsieved, out_of_memory, settle, unsieved
from core.events.reading.places import files_at
from core.events.reading.profiles import Profile, profile, take_sample
from core.events.reading.ready import ready
from core.events.reading.rejects import LineRejects, reject_rows, write_rejects
from core.events.reading.rows import Reading, plan_reading
from core.events.reading.sources import Source, inspect
from core.events.reading.unfold import nested_columns, unfold
from core.events.stages import Stage
from core.storage.engine import EngineError, Writer


@dataclass(frozen=True)
class ReadFiles:
    """kept: what the table `kept` now holds; manifest: the entries that say where the rows came from and what was set
    aside (files, spec, columns, attributes, has_*, rejected, reject_reasons, notes); lent: if `kept` is a view on rows
    in memory."""

    kept: Kept
    manifest: dict[str, Any]
    lent: Lent | None = None


@dataclass(frozen=True)
class _Found:
    """How the rows of `kept` were read. notes: of what was unfolded."""

    mapping: dict[str, str]
    reading: Reading
    lent: Lent | None
    notes: tuple[str, ...] = ()


def inspected(spec: ImportSpec) -> tuple[Source, ...]:
    """The spec's files as recognised, those of folders and globs one by one; raises BadFile."""
    paths, notes = files_at(spec.files)
    first, *others = (inspect(path, spec) for path in paths)
    return replace(first, notes=(*first.notes, *notes)), *others


def read_files(
    engine: Writer, made: Building, spec: ImportSpec, sources: tuple[Source, ...], stage: Stage, *,
    key: bytes | None = None, may_lend: bool = False,
) -> ReadFiles:  # fmt: skip
    """Make `kept`, sorted, from the spec's files, and write rejects.parquet; every row is in one of the two.

    key: the log's, where the spec's privacy replaces user ids by keyed hashes; may_lend: whether `kept` may stay a view
    on rows in memory.
    """
    rejects = LineRejects(engine)
    checking = stage.part(0.0, 0.08).named(f"Checking {names_of(sources)}")
    readied = [
        ready(
            source, made.scratch, reject=lambda lines, file=file: rejects.add(file, lines),  # type: ignore[misc]
            watch=checking.part(file / len(sources), (file + 1) / len(sources)),
        )
        for file, source in enumerate(sources)
    ]  # fmt: skip
    rejects.flush()
    sources = check_shapes(engine, readied)
    found = _keep_unsieved(engine, made, spec, sources, stage.part(0.08, 0.94).named(f"Reading {names_of(sources)}"))
    if found is None:
        gathered, texts = gather(
            engine, sources, made.scratch, reject=rejects.add, may_stream=True,
            watch=stage.part(0.08, 0.3).named(f"Reading {names_of(sources)}"),
        )  # fmt: skip
        rejects.flush()
        found = _keep(engine, made, spec, sources, gathered, texts, stage.part(0.3, 0.94))
        let_go(engine, texts, made.scratch)
    mapping, reading = found.mapping, found.reading
    hides = bool(spec.privacy and spec.privacy.hides)
    lent = found.lent if may_lend and not hides else None
    if lent is None:
        make_table(engine, stage.part(0.94, 0.95).named("Reading and sorting events"))
    kept, origin = reading.stored(spec.session_gap_seconds), provenance(spec, mapping, sources, reading)
    hidden: list[str] = []
    if spec.privacy and hides:
        ids = tuple(name for name in (origin["session_column"], origin["insert_id_column"]) if name)
        kept, hidden = hide(engine, kept, spec.privacy, key, stage.part(0.95, 0.97).named("Hiding"), ids=ids)
        sort(engine, stage.part(0.97, 1.0).named("Sorting events"))
        hide_rejects(engine)
        origin["columns"] = {name: title for name, title in origin["columns"].items() if name in kept.columns}
    reasons = write_rejects(engine, sources, made.folder / "rejects.parquet")
    rejected = engine.rows("SELECT count(*) FROM rejects")[0][0]
    notes = [note for source in sources for note in source.notes] + [*found.notes, *reading.notes, *hidden]
    if not spec.mapping:
        notes.append("The roles were guessed: " + ", ".join(f"{c} as {role}" for role, c in mapping.items()) + ".")
    privacy = spec.privacy.plain() if hidden and spec.privacy else None
    entries = {"rejected": rejected, "reject_reasons": reasons, "notes": notes, "privacy": privacy}
    return ReadFiles(kept, {**origin, **entries}, lent)


def names_of(sources: Sequence[Source]) -> str:
    """The files in words: the first one's name, and how many more."""
    first = f"'{sources[0].name}'"
    return first if len(sources) == 1 else f"{first} and {len(sources) - 1} more"


def _keep_unsieved(
    engine: Writer, made: Building, spec: ImportSpec, sources: tuple[Source, ...], stage: Stage
) -> _Found | None:
    """Make `kept` of files that hold nothing but records, each on its line, without looking for records first; None,
    and nothing made, if there is more to them."""
    if not may_stay_unsieved(sources):
        return None
    gathered, texts = unsieved(engine, sources)
    try:
        found = _held_unsieved(engine, spec, sources, gathered, texts, stage.part(0.0, 0.6)) if gathered.rows else None
    except (EngineError, BadInput) as error:
        if out_of_memory(error):
            raise
        found = None  # whoever reads with more care says what is wrong
    kept = None
    if found:
        gathered, mapping, reading, held = found
        kept = _Found(mapping, reading, _keep_rows(engine, sources, gathered, reading, stage.part(0.6, 1.0), held))
    let_go(engine, (), made.scratch)
    return kept


def _held_unsieved(
    engine: Writer,
    spec: ImportSpec,
    sources: tuple[Source, ...],
    gathered: Gathered,
    texts: tuple[Text, ...],
    stage: Stage,
) -> tuple[Gathered, dict[str, str], Reading, Held] | None:
    """The rows in memory and how they are read, with only those columns called tidy that are."""
    take_sample(engine)
    if nested_columns(engine, gathered.columns, "sample"):
        return None
    profiles, mapping = _mapped(engine, spec, sources, gathered)
    moment = next((found for found in profiles if found.column.name == mapping.get(TIMESTAMP)), None)
    if moment is None or not moment.all(moment.moments):
        return None
    reading = _planned(engine, spec, profiles, mapping, stage.part(0.0, 0.1))
    plan = plan_for(engine, texts, reading)
    held = hold(texts, plan, stage.part(0.1, 1.0)) if plan else None
    if plan is None or held is None:
        return None
    if untidy := untidy_columns(engine, held):
        columns = tuple(replace(column, tidy=column.sql not in untidy) for column in gathered.columns)
        gathered = replace(gathered, columns=columns)
        profiles, mapping = _mapped(engine, spec, sources, gathered)
        reading = _planned(engine, spec, profiles, mapping, stage.part(1.0, 1.0))
        if plan_for(engine, texts, reading) != plan:
            return None
    return gathered, mapping, reading, held


class _Misread(Exception):
    """The engine's rows are not those that the sieve counted."""


def _keep(
    engine: Writer, made: Building, spec: ImportSpec, sources: tuple[Source, ...], gathered: Gathered,
    texts: tuple[Text, ...], stage: Stage,
) -> _Found:  # fmt: skip
    """Make `kept` from `raw`. What fails is tried again with `raw` loaded."""
    if not texts:
        return _keep_settled(engine, spec, sources, gathered, stage)
    loading = stage.part(0.0, 0.3).named(f"Reading {names_of(sources)}")
    try:
        take_sample(engine)
        if not nested_columns(engine, gathered.columns, "sample"):
            return _keep_settled(engine, spec, sources, gathered, stage, texts)
    except (EngineError, _Misread) as error:
        if out_of_memory(error):
            raise
    drop_kept(engine)
    for table in ("sample", "breaks"):
        engine.execute(f"DROP TABLE IF EXISTS {table}")
    settle(engine, gathered, texts, made.scratch, loading)
    return _keep_settled(engine, spec, sources, gathered, stage.part(0.3, 1.0))


def _keep_settled(
    engine: Writer, spec: ImportSpec, sources: tuple[Source, ...], gathered: Gathered, stage: Stage,
    texts: Sequence[Text] = (),
) -> _Found:  # fmt: skip
    """texts: what `raw` streams, if it does."""
    gathered, unfolded = unfold(engine, gathered, sources, stage.part(0.0, 0.4))
    if not gathered.rows:
        raise BadFile(_no_rows(engine, sources))
    take_sample(engine)
    profiles, mapping = _mapped(engine, spec, sources, gathered)
    reading = _planned(engine, spec, profiles, mapping, stage.part(0.4, 0.45))
    sorting = stage.part(0.45, 1.0).named("Reading and sorting events")
    plan = plan_for(engine, texts, reading) if texts else None
    held = hold(texts, plan, sorting.part(0.0, 0.6)) if plan else None
    lent = _keep_rows(engine, sources, gathered, reading, sorting.part(0.6, 1.0) if held else sorting, held)
    return _Found(mapping, reading, lent, unfolded)


def _mapped(
    engine: Writer, spec: ImportSpec, sources: Sequence[Source], gathered: Gathered
) -> tuple[tuple[Profile, ...], dict[str, str]]:
    """What `sample` says of the columns, and which role has which."""
    profiles = profile(engine, gathered.columns)
    mapping = spec.mapping or {role: guess.column for role, guess in guess_roles(profiles).items()}
    check_common(sources, mapping)
    return profiles, mapping


def _planned(
    engine: Writer, spec: ImportSpec, profiles: Sequence[Profile], mapping: dict[str, str], stage: Stage
) -> Reading:
    with engine.watching(stage.named("Looking at the columns")):
        return plan_reading(engine, profiles, mapping, spec)


def _no_rows(engine: Writer, sources: Sequence[Source]) -> str:
    broken = engine.rows("SELECT line, reason FROM rejects ORDER BY _file, line LIMIT 1")
    why = f": line {broken[0][0]}: {broken[0][1]}" if broken else ""
    has = "a header but no usable rows" if sources[0].has_header else "no usable rows"
    return f"{names_of(sources)} has {has}{why}; a log needs at least one event."


def _keep_rows(
    engine: Writer, sources: Sequence[Source], gathered: Gathered, reading: Reading, stage: Stage, held: Held | None
) -> Lent | None:
    """Make `kept`. held: the rows of `raw`, if they are in memory."""
    broken = engine.rows("SELECT count(*) FROM rejects")[0][0]
    sorting = stage.part(0.0, 0.85).named("Reading and sorting events")
    lent = None
    if held:
        lent = keep_in_order(engine, held, reading, sorting)
    else:
        engine.watched(f"CREATE TABLE kept AS {reading.events(ORDER)}", sorting)
    rows, kept = engine.rows("SELECT count(*), count(*) FILTER (_fault IS NULL) FROM kept")[0]
    if rows != gathered.rows:
        raise _Misread(f"{rows:,} rows were read where {gathered.rows:,} were counted")
    if kept < gathered.rows:
        leave_out_faults(engine)
        reject_rows(engine, sources, gathered, reading, stage.part(0.85, 1.0).named("Setting bad rows aside"))
    refused = engine.rows("SELECT count(*) FROM rejects")[0][0] - broken
    if kept + refused != gathered.rows:
        raise RuntimeError(f"{gathered.rows} rows became {kept} events and {refused} rejects")
    if not kept:
        reason, times = engine.rows("SELECT reason, count(*) FROM rejects GROUP BY reason ORDER BY 2 DESC LIMIT 1")[0]
        raise BadFile(
            f"None of the {refused + broken:,} rows of {names_of(sources)} is an event ({times:,} times: {reason}); "
            "check which column is mapped to which role."
        )
    return lent
