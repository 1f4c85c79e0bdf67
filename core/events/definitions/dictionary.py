"""The dictionary of a log: what its event types and attributes are, how often they come, and what people say of them.

Everything about event types is one query, everything about attributes another, and one more per attribute finds its
most frequent values. Descriptions are kept per log, so that they outlive its versions.
"""

from typing import Any, Final, Literal

import ibis
import ibis.expr.types as ir

from core.errors import BadSpec, NotFound
from core.events.columns import EVENT_TYPE, ITEM_ID, OPTIONAL_COLUMNS, VALUE
from core.events.definitions.rules import Rule, kinds_of
from core.near import near
from core.storage.engine import Log
from core.storage.shelf import keep, kept, take_off
from core.storage.workspace import Workspace

SHELF: Final = "descriptions"
EXAMPLES: Final = 3
EXAMPLE_LENGTH: Final = 80
COUNTED_EXACTLY: Final = 2_000_000  # events up to which distinct values are counted, not estimated
Described = Literal["event_type", "attribute"]


def event_types(log: Log) -> list[dict[str, Any]]:
    """[{event_type, events, share, users, first_at, last_at, item_share, value_share}], the most frequent first.

    item_share, value_share: of the type's events, those with an item or a value; value_share is null without values.
    """
    events = log.table()
    valued = VALUE in events.columns
    found = log.fetch(
        events.group_by(EVENT_TYPE).agg(
            events=events.count(),
            users=events.user_id.nunique(),
            first_at=events.timestamp.min(),
            last_at=events.timestamp.max(),
            items=events.item_id.count(),
            values=events[VALUE].count() if valued else ibis.literal(0, "int64"),
        )
    ).sort_values(["events", EVENT_TYPE], ascending=[False, True])
    total = int(found["events"].sum())
    return [
        {
            "event_type": row[EVENT_TYPE],
            "events": int(row["events"]),
            "share": row["events"] / total,
            "users": int(row["users"]),
            "first_at": row["first_at"],
            "last_at": row["last_at"],
            "item_share": row["items"] / row["events"],
            "value_share": row["values"] / row["events"] if valued else None,
        }
        for row in found.to_dict("records")
    ]


def attributes(log: Log) -> list[dict[str, Any]]:
    """[{column, title, kind, role, events, share, users, distinct, distinct_exact, first_at, last_at, low, high,
    examples}], in the order of the log's columns.

    events: those with a value; share: of all events. role: whether the column has a meaning of its own (item, value,
    ...). low, high: of numbers and times. examples: the most frequent values as text, cut to 80 characters.
    """
    kinds = kinds_of(log.manifest)
    titles = {str(a["column"]): str(a["title"]) for a in log.manifest["attributes"]}
    mapped = log.manifest["columns"]
    columns = [name for name in (ITEM_ID, *OPTIONAL_COLUMNS) if name in mapped] + list(titles)
    columns = [name for name in columns if name in log.columns()]
    if not columns:
        return []
    exact = int(log.manifest["events"]) <= COUNTED_EXACTLY
    events = log.table()
    facts = log.fetch(events.agg(**_facts(events, columns, kinds, exact=exact))).iloc[0]
    total = int(log.manifest["events"])
    return [
        {
            "column": name,
            "title": titles.get(name, str(mapped.get(name, name))),
            "kind": kinds[name],
            "role": name not in titles,
            "events": int(facts[f"events_{place}"]),
            "share": int(facts[f"events_{place}"]) / total,
            "users": int(facts[f"users_{place}"]),
            "distinct": int(facts[f"distinct_{place}"]),
            "distinct_exact": exact,
            "first_at": facts[f"first_{place}"],
            "last_at": facts[f"last_{place}"],
            "low": facts.get(f"low_{place}"),
            "high": facts.get(f"high_{place}"),
            "examples": _examples(log, name),
        }
        for place, name in enumerate(columns)
    ]


def _facts(events: ir.Table, columns: list[str], kinds: dict[str, str], *, exact: bool) -> dict[str, ir.Scalar]:
    facts: dict[str, ir.Scalar] = {}
    for place, name in enumerate(columns):
        column = events[name]
        there = column.notnull()
        facts |= {
            f"events_{place}": column.count(),
            f"distinct_{place}": column.nunique() if exact else column.approx_nunique(),
            f"users_{place}": events.user_id.nunique(where=there)
            if exact
            else events.user_id.approx_nunique(where=there),
            f"first_{place}": events.timestamp.min(where=there),
            f"last_{place}": events.timestamp.max(where=there),
        }
        if kinds[name] in ("number", "time"):
            facts |= {f"low_{place}": column.min(), f"high_{place}": column.max()}
    return facts


def _examples(log: Log, column: str) -> list[str]:
    """The most frequent values as text; of equally frequent ones the smallest."""
    events = log.table()
    values = events.filter(events[column].notnull()).group_by(value=events[column]).agg(times=ibis._.count())
    top = values.order_by(ibis.desc("times"), "value").limit(EXAMPLES)
    return [str(value)[:EXAMPLE_LENGTH] for value in log.fetch(top)["value"]]


def counted(log: Log, rule: Rule) -> dict[str, int]:
    """{events, users}: how many a rule means; raises BadSpec for a rule that does not fit the log."""
    events = log.table()
    matched = rule.matches(events)
    row = log.fetch(events.agg(events=events.count(where=matched), users=events.user_id.nunique(where=matched))).iloc[0]
    return {"events": int(row["events"]), "users": int(row["users"])}


def describe(workspace: Workspace, log: Log, what: Described, name: str, text: str) -> None:
    """Keep what people say of an event type or attribute; an empty text takes it away. Raises NotFound."""
    known = {
        "event_type": [str(entry["event_type"]) for entry in log.manifest["event_types"]],
        "attribute": log.columns(),
    }[what]
    if name not in known:
        raise NotFound(f"This log has no {what.replace('_', ' ')} '{name}'; {near(name, known)}.")
    if len(text) > 2_000:
        raise BadSpec(f"A description may have 2,000 characters, but this one has {len(text):,}; shorten it.")
    key = f"{what}:{name}"
    if text.strip():
        keep(workspace, SHELF, key, {"text": text.strip()}, log_id=log.log_id)
    else:
        take_off(workspace, SHELF, key, log_id=log.log_id)


def descriptions(workspace: Workspace, log_id: str, what: Described) -> dict[str, str]:
    """{event type or attribute: what people say of it}."""
    found = kept(workspace, SHELF, log_id=log_id)
    return {
        key.removeprefix(f"{what}:"): str(body["text"]) for key, body in found.items() if key.startswith(f"{what}:")
    }
