"""What the analyst says of pairs of event types: causal, not causal or unknown; kept per log as background knowledge.

Discover and Draw may read causal pairs as edges that must be there, and pairs that are not as edges that must not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, get_args

from core.errors import BadSpec
from core.graphs.background import edges_among
from core.storage.catalogue import find_manifest
from core.storage.shelf import keep, kept, take_off
from core.storage.workspace import Workspace

SHELF: Final = "pair_labels"
Label = Literal["causal", "not causal", "unknown"]
LABELS: Final[tuple[Label, ...]] = get_args(Label)
Edges = list[tuple[str, str]]


@dataclass(frozen=True)
class PairLabel:
    """label: of the pair; "unknown" means that somebody looked and could not say."""

    cause: str
    effect: str
    label: Label


def label_pair(workspace: Workspace, log_id: str, cause: str, effect: str, label: str) -> PairLabel:
    """Label a pair of the log's event types, in place of an earlier label.

    Raises BadSpec for another label, an event type with itself, or one that the log lacks.
    """
    known = [str(entry["event_type"]) for entry in find_manifest(workspace, log_id)["event_types"]]
    for name in (cause, effect):
        if name not in known:
            raise BadSpec(f"This log has no event type '{name}'; choose from {', '.join(known[:20])}.")
    if cause == effect:
        raise BadSpec(f"'{cause}' cannot be its own cause here; name two event types.")
    for allowed in LABELS:
        if label == allowed:
            keep(workspace, SHELF, _name(cause, effect), {"cause": cause, "effect": effect, "label": label},
                 log_id=log_id)  # fmt: skip
            return PairLabel(cause, effect, allowed)
    raise BadSpec(f"There is no label '{label}'; choose from {', '.join(LABELS)}.")


def forget_label(workspace: Workspace, log_id: str, cause: str, effect: str) -> None:
    """Take a pair's label away, if it has one."""
    take_off(workspace, SHELF, _name(cause, effect), log_id=log_id)


def labels_of(workspace: Workspace, log_id: str) -> list[PairLabel]:
    """The labelled pairs of a log, by name."""
    return [PairLabel(**body) for body in kept(workspace, SHELF, log_id=log_id).values()]


def labelled(workspace: Workspace, log_id: str) -> tuple[Edges, Edges]:
    """(causal pairs, pairs that are not) of a log."""
    found: dict[str, Edges] = {"causal": [], "not causal": [], "unknown": []}
    for pair in labels_of(workspace, log_id):
        found[pair.label].append((pair.cause, pair.effect))
    return found["causal"], found["not causal"]


def edges_known(workspace: Workspace, log_id: str, names: Collection[str]) -> tuple[Edges, Edges]:
    """(edges that must be there, edges that must not) among variables of these names, from the labels of a log."""
    causal, not_causal = labelled(workspace, log_id)
    return edges_among(causal, names), edges_among(not_causal, names)


def _name(cause: str, effect: str) -> str:
    return f"{len(cause)} {cause} > {effect}"  # the length keeps "a > b" and "c" apart from "a" and "b > c"
