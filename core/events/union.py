"""Two sets of events side by side: the columns of a log's events and of new ones, made to agree.

    old_side    view: `kept`, the events there are
    new_side    view: `arrived`, the events of new files
Both have the columns of the union, with the same types. An attribute is known by the analyst's own name for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.events.columns import OPTIONAL_COLUMNS
from core.events.kept import Kept, StoredAttribute, session_column
from core.storage.engine import Writer, quoted


@dataclass(frozen=True)
class Union:
    """kept: what both sides hold; renamed: {attribute of the new events: its name in the union}; notes: what had to be
    decided."""

    kept: Kept
    renamed: dict[str, str]
    notes: tuple[str, ...]

    def session_column(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
        """The attribute that holds the session column's values, if either manifest has one."""
        if old["has_sessions"]:
            return session_column(old)
        column = new.get("session_column")
        return self.renamed.get(column, column) if column else None


def unite(engine: Writer, old: Kept, new: Kept) -> Union:
    """Make the views `old_side` and `new_side` over `kept` and `arrived`."""
    by_title = {attribute.title: attribute for attribute in old.attributes}
    attributes = {attribute.column: attribute for attribute in old.attributes}
    renamed: dict[str, str] = {}
    notes = []
    for attribute in new.attributes:
        known = by_title.get(attribute.title)
        column = known.column if known else _free_name(attribute.column, attributes)
        renamed[attribute.column] = column
        attributes[column] = attribute if known is None else known
        if known is None:
            attributes[column] = replace(attribute, column=column)
        elif known.kind != attribute.kind:
            kind = _common_kind(engine, known, attribute)
            attributes[column] = replace(known, kind=kind)
            if kind == "text":
                notes.append(
                    f"'{known.title}' was {known.kind} in the log and {attribute.kind} in the appended files; it is "
                    f"{kind} from now on."
                )
    kept = Kept(
        tuple(name for name in OPTIONAL_COLUMNS if name in (*old.optional, *new.optional)), tuple(attributes.values()),
        old.has_session or new.has_session, old.session_gap_seconds,
    )  # fmt: skip
    old_side = _Side("kept", {column: column for column in old.columns}, {a.column: a.kind for a in old.attributes})
    new_side = _Side(
        "arrived", {renamed.get(column, column): column for column in new.columns},
        {renamed[a.column]: a.kind for a in new.attributes},
    )  # fmt: skip
    _view(engine, "old_side", kept, old_side, new_side)
    _view(engine, "new_side", kept, new_side, old_side)
    return Union(kept, {column: name for column, name in renamed.items() if name != column}, tuple(notes))


@dataclass(frozen=True)
class _Side:
    """names: {column of the union: its name in the table}; kinds: of the attributes, by their names in the union."""

    table: str
    names: Mapping[str, str]
    kinds: Mapping[str, str]

    def types(self, engine: Writer) -> dict[str, str]:
        types = {row[0]: str(row[1]) for row in engine.rows(f"DESCRIBE {self.table}")}
        return {column: types[name] for column, name in self.names.items()}


def _view(engine: Writer, name: str, kept: Kept, side: _Side, other: _Side) -> None:
    """A side under the union's names. What it lacks is null, of the other side's type."""
    types, selected = other.types(engine), []
    for column in kept.columns:
        kind = kept.kind_of(column)
        value = quoted(side.names[column]) if column in side.names else f"CAST(NULL AS {types[column]})"
        if column in side.kinds and side.kinds[column] != kind:  # one side is empty, or both become text
            value = f"CAST({value} AS VARCHAR)" if kind == "text" else f"CAST(NULL AS {types[column]})"
        selected.append(f"{value} AS {quoted(column)}")
    engine.execute(f"CREATE VIEW {name} AS SELECT {', '.join(selected)} FROM {side.table}")


def _common_kind(engine: Writer, old: StoredAttribute, new: StoredAttribute) -> str:
    """The kind of an attribute that has different ones: that of the side which has values, else text."""
    for empty, table, other in ((old, "kept", new), (new, "arrived", old)):
        if not engine.rows(f"SELECT count({quoted(empty.column)}) FROM {table}")[0][0]:
            return other.kind
    return "text"


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    choice, number = name, 2
    while choice in taken:
        choice, number = f"{name}_{number}", number + 1
    return choice
