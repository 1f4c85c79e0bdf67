"""Users of a log as rows of variables: features of what lies before a moment, and what they did after it.

What comes before the moment is one time tier, what comes after it the next, so no edge can run back in time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pandas as pd

from core.errors import BadSpec, NotEnoughData
from core.events.definitions.references import resolved, rule_of, title_of
from core.events.features.answer import EPOCH, moment_of, moment_text, table_of
from core.events.features.feature import DAY_US
from core.events.features.listing import features_of, request, standard_features
from core.events.features.spec import FeaturesSpec
from core.graphs.halves import Half, in_half
from core.graphs.sources import Tiers, UsersSpec, halved
from core.graphs.variables import MOST_LEVELS, VariableTable, variables_of_frame
from core.storage.engine import Log
from core.storage.workspace import Workspace

MOST_USERS: Final = 100_000  # more would not change a graph that is worth having, and fit in a worker's memory
TYPES: Final = 6
LATER: Final = " later"
SIMPLE: Final = ("tenure_days", "active_days", "days_since_last", "items")


def variables_of_users(workspace: Workspace, log: Log, asked: UsersSpec, half: Half) -> tuple[VariableTable, Tiers]:
    """One row per user whose history began before the moment, and the two tiers. Raises BadSpec, NotEnoughData."""
    at_us = _moment(log, asked)
    settings: dict[str, Any] = {
        "at": moment_text(at_us), "lookback_days": asked.lookback_days,
        "names": asked.features if asked.features is not None else simple_features(log, asked.lookback_days),
    }  # fmt: skip
    spec, _ = request(workspace, log, settings)
    found = table_of(log, spec, features_of(log, spec), rows=MOST_USERS)
    before = found.frame.set_index("user_id")
    later = asked.later if asked.later is not None else tuple(_common_types(log.manifest))
    after = _happened(workspace, log, later, at_us, asked.later_days).reindex(before.index, fill_value=0.0)
    everything = pd.concat([before, after], axis=1)
    chosen = everything[in_half(everything.index, half)]
    leave_out, said = _unusable(chosen, keep=asked.features or ())
    table = variables_of_frame(
        chosen.drop(columns=leave_out).reset_index(drop=True),
        f"users of {log.manifest['name']} at {moment_text(at_us)}, and the {asked.later_days:g} days after",
    )
    table = replace(table, notes=(*table.notes, *found.notes, *said))
    if half != "all":
        table = halved(table, half, len(chosen), len(everything))
    tiers = (tuple(before.columns), tuple(after.columns))
    return table, tuple(tuple(str(name) for name in tier if name in table.names) for tier in tiers)


def _moment(log: Log, asked: UsersSpec) -> int:
    """The moment asked for; by default `later_days` before the end of the log. Raises NotEnoughData."""
    first, last = (_microseconds(log.manifest[name]) for name in ("first_at", "last_at"))
    window_us = round(asked.later_days * DAY_US)
    at_us = last - window_us if asked.at is None else moment_of(log, FeaturesSpec(at=asked.at))
    if at_us <= first:
        raise NotEnoughData(
            f"The log covers {(last - first) / DAY_US:.3g} days, too few to look {asked.later_days:g} days past a "
            "moment in it; ask for fewer."
        )
    if at_us + window_us > last + 1:
        raise NotEnoughData(
            f"{asked.later_days:g} days after {moment_text(at_us)} lie beyond the log, which ends at "
            f"{moment_text(last)}; choose an earlier moment or fewer days."
        )
    return at_us


def _microseconds(text: str) -> int:
    return int((pd.Timestamp(text).to_pydatetime() - EPOCH) // timedelta(microseconds=1))


def _common_types(manifest: Mapping[str, Any]) -> list[str]:
    ordered = sorted(manifest["event_types"], key=lambda entry: -entry["events"])
    return [str(entry["event_type"]) for entry in ordered[:TYPES]]


def simple_features(log: Log, lookback_days: float | None) -> list[str]:
    """Features that none follows from the others: counts by type, a few of time and breadth, the attributes."""
    made = standard_features(log, lookback_days)
    counts = [feature.name for feature in made.values() if feature.family == "counts" and feature.name != "events"]
    attributes = [feature.name for feature in made.values() if feature.family == "attribute"]
    return [*(counts[:TYPES] or ["events"]), *(name for name in SIMPLE if name in made), *attributes]


def _happened(workspace: Workspace, log: Log, references: Iterable[str], at_us: int, later_days: float) -> pd.DataFrame:
    """A row per user with an event in the days after the moment: 1.0 where the event asked for is among them."""
    events = log.table("events")
    after = events.filter(
        events.timestamp_us >= at_us, events.timestamp_us < at_us + round(later_days * DAY_US), events.user_id.notnull()
    )
    asked = {}
    for reference in references:
        rule = resolved(workspace, log.log_id, reference)
        asked[title_of(rule) + LATER] = rule_of(rule, log.manifest).matches(after).any().cast("float64")
    if not asked:
        raise BadSpec("Name at least one event to look for after the moment.")
    return log.fetch(after.group_by("user_id").agg(**asked)).set_index("user_id")


def _unusable(frame: pd.DataFrame, keep: Iterable[str]) -> tuple[list[str], list[str]]:
    """Columns that were not asked for by name and cannot serve, each with the reason."""
    found, said = [], []
    for name in frame.columns:
        empty = int(frame[name].isna().sum())
        values = frame[name].nunique()
        text = not pd.api.types.is_numeric_dtype(frame[name])
        if name in keep:
            continue
        if values < 2:
            reason = "it has one value only"
        elif empty:
            reason = f"{empty:,} users have none"
        elif text and values > MOST_LEVELS:
            reason = f"it is text with {values:,} values"
        else:
            continue
        found.append(str(name))
        said.append(f"Not a variable: {name}, because {reason}.")
    return found, said
