"""The groups of covariates that a log offers: each is one node of the causal graph, whatever columns it becomes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.errors import BadSpec
from core.events.columns import SESSION_ID
from core.near import near

PAST_ACTIVITY: Final = "past_activity"
THIS_SESSION: Final = "this_session"
CALENDAR: Final = "calendar"
TENURE: Final = "tenure"
EVENT_ORDER: Final = "event_order"  # on request: what a sequence model reads from the history

FEATURE: Final = "feature:"  # before the name of an analyst-made feature among covariates

USED_KINDS: Final = ("text", "number", "boolean")  # an attribute that is a time of its own is not a covariate yet


@dataclass(frozen=True)
class CovariateGroup:
    """name: as questions and graphs write it; title: in a few words; column: the attribute it is made from, if any.

    says: what is in it, where the title does not tell.
    """

    name: str
    title: str
    column: str | None = None
    says: str = ""


HISTORY_GROUPS: Final = (
    CovariateGroup(TENURE, "Tenure", says="Time since the user's first event"),
    CovariateGroup(PAST_ACTIVITY, "Past activity", says="Activity in the lookback window, before this session"),
    CovariateGroup(CALENDAR, "Calendar", says="Hour, weekday and date of time zero"),
    CovariateGroup(THIS_SESSION, "This session", says="This session before time zero"),
)
ORDER_GROUP: Final = CovariateGroup(
    EVENT_ORDER, "Order of events", says="What the order of a user's events before time zero foretells"
)


def covariate_groups(manifest: Mapping[str, Any]) -> list[CovariateGroup]:
    """The groups of a log, from its manifest alone: four made from history, then one per attribute, named after it."""
    taken = {group.name for group in (*HISTORY_GROUPS, ORDER_GROUP)}
    sessions_of = manifest.get("spec", {}).get("mapping", {}).get(SESSION_ID)  # an id is no cause
    attributes = [
        CovariateGroup(
            f"{entry['column']}_attribute" if entry["column"] in taken else entry["column"],
            str(entry.get("title") or entry["column"]),
            entry["column"],
        )
        for entry in manifest.get("attributes", [])
        if entry["kind"] in USED_KINDS and entry["title"] != sessions_of
    ]
    return [*HISTORY_GROUPS, *attributes]


def called(name: str) -> str:
    """A group in a sentence: those made from history in words, an analyst's feature or an attribute by its own name."""
    ours = {group.name: group.title.lower() for group in (*HISTORY_GROUPS, ORDER_GROUP)}
    return ours.get(name, name.removeprefix(FEATURE))


def check_groups(names: Iterable[str], groups: Iterable[CovariateGroup], setting: str) -> None:
    """Raise BadSpec when a name is not one of the groups; it lists those that are. Features are looked up later."""
    known = [group.name for group in groups]
    unknown = [name for name in names if name not in known and not name.startswith(FEATURE)]
    if unknown:
        raise BadSpec(
            f"Setting '{setting}': there is no covariate group '{unknown[0][:80]}'; {near(unknown[0], known, 20)}."
        )


def group_title(name: str) -> str:
    """A group in words: one made from history by its title, any other by its name."""
    return next((group.title for group in (*HISTORY_GROUPS, ORDER_GROUP) if group.name == name), name)
