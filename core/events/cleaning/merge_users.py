"""Merge users: anonymous and known ids of one person, by a mapping or by an event that tells both (identify)."""

import pyarrow as pa
from pydantic import model_validator

from core.events.cleaning.edits import check_columns, take_changes
from core.events.cleaning.step import Cleaned, StepSettings, asked
from core.events.columns import USER_ID
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted


class MergeUsers(StepSettings):
    """pairs: {anonymous id: known id}; anonymous_column: holds the anonymous id on events of the known user;
    event_type: of those events only this type (identify)."""

    pairs: dict[str, str] = asked(
        {}, "Anonymous id and known id", pick="pairs", why="Or leave it empty and name the column below."
    )
    event_type: str | None = asked(None, "Identify event type", pick="event types", why="Any type, if none is chosen.")
    anonymous_column: str | None = asked(
        None, "Column with the anonymous id", pick="texts", why="On an event of the known user."
    )

    @model_validator(mode="after")
    def _has_a_source(self) -> "MergeUsers":
        if not self.pairs and self.anonymous_column is None:
            raise ValueError("merging needs pairs of ids, or the column that holds the anonymous id")
        return self

    @property
    def looks_ahead(self) -> bool:
        return self.anonymous_column is not None  # who identifies later gets a longer history

    def words(self) -> str:
        by_pairs = f"{len(self.pairs):,} pairs of ids" if self.pairs else ""
        event = f" of {self.event_type}" if self.event_type else ""
        by_event = f"the id in {self.anonymous_column}{event}" if self.anonymous_column else ""
        return " and ".join(part for part in (by_pairs, by_event) if part)


def merge_users(engine: Writer, kept: Kept, settings: MergeUsers, watch: Watch) -> Cleaned:
    """Give the events of anonymous ids to the known user, through chains of ids. An anonymous id with several known
    ones, or in a circle, stays apart and is counted."""
    _gather_links(engine, kept, settings)
    circles = _resolve(engine)
    several = "SELECT anonymous FROM links GROUP BY anonymous HAVING count(DISTINCT known) > 1"
    apart = engine.rows(f"SELECT count(*) FROM ({several})")[0][0]
    present = "SELECT count(DISTINCT user_id) FROM kept WHERE user_id IN (SELECT anonymous FROM chains)"
    merged = engine.rows(present)[0][0]
    engine.watched(
        "CREATE OR REPLACE TABLE changes AS SELECT event_id, chains.known AS new_value FROM kept "
        "JOIN chains ON user_id = chains.anonymous",
        watch,
    )
    changed = take_changes(engine, USER_ID, watch)
    notes = [f"{merged:,} anonymous users became known ones."]
    notes += [f"{apart:,} anonymous ids have several known ones and stay apart."] if apart else []
    notes += [f"{circles:,} ids lead in a circle and stay apart."] if circles else []
    return Cleaned(kept, changed, tuple(notes))


def _gather_links(engine: Writer, kept: Kept, settings: MergeUsers) -> None:
    """Make the table `links` (anonymous, known) of all pairs that differ."""
    given = pa.table({"anonymous": list(settings.pairs), "known": list(settings.pairs.values())})
    engine.execute("DROP TABLE IF EXISTS links")
    engine.add("links", given.cast(pa.schema([("anonymous", pa.string()), ("known", pa.string())])))
    if settings.anonymous_column is not None:
        check_columns(kept, [settings.anonymous_column], "to hold an anonymous id", "text")
        column = quoted(settings.anonymous_column)
        of_type = "AND event_type = ?" if settings.event_type else ""
        engine.execute(
            f"INSERT INTO links SELECT {column}, user_id FROM kept WHERE {column} IS NOT NULL {of_type} GROUP BY ALL",
            [settings.event_type] if settings.event_type else [],
        )
    engine.execute("DELETE FROM links WHERE anonymous = known")


def _resolve(engine: Writer) -> int:
    """Make the table `chains` (anonymous, known): ids with one known id, followed to its end; counts the circular.

    An id may have several known ids only until these turn out to be one person; so it goes on until nothing changes.
    """
    while True:
        engine.execute(
            "CREATE OR REPLACE TABLE chains AS SELECT anonymous, min(known) AS known FROM links GROUP BY anonymous "
            "HAVING count(DISTINCT known) = 1"
        )
        circles = _follow(engine)
        if not engine.rows("SELECT count(*) FROM links WHERE known IN (SELECT anonymous FROM chains)")[0][0]:
            return circles
        engine.execute(
            "CREATE OR REPLACE TABLE links AS SELECT DISTINCT * FROM (SELECT l.anonymous, coalesce(c.known, l.known) "
            "AS known FROM links l LEFT JOIN chains c ON l.known = c.anonymous) WHERE anonymous <> known"
        )


def _follow(engine: Writer) -> int:
    """Let every chain lead to its end, twice as far each round; drops and counts those that lead in circles."""
    unfinished = "SELECT anonymous FROM chains WHERE known IN (SELECT anonymous FROM chains)"
    left, before = int(engine.rows(f"SELECT count(*) FROM ({unfinished})")[0][0]), -1
    while left and left != before:
        engine.execute(
            "CREATE OR REPLACE TABLE chains AS SELECT a.anonymous, coalesce(b.known, a.known) AS known "
            "FROM chains a LEFT JOIN chains b ON a.known = b.anonymous"
        )
        left, before = int(engine.rows(f"SELECT count(*) FROM ({unfinished})")[0][0]), left
    engine.execute(f"DELETE FROM chains WHERE anonymous IN ({unfinished})")
    return left
