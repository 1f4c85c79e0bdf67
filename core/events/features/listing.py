"""The features that a log has: those of every family, and the analyst's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import BadSpec, NotEnoughData, NotFound, WhypathError
from core.events.definitions.near import near
from core.events.features import FEATURES
from core.events.features.feature import Feature
from core.events.features.own import SHELF, OwnFeature, own_feature, own_features
from core.events.features.subject import Subject
from core.storage.engine import Log
from core.storage.shelf import keep
from core.storage.workspace import Workspace

TAKEN: Final = ("user_id", "at_us")


@dataclass(frozen=True)
class Listing:
    """features: by name, families in their order; broken: {analyst-made feature: why this version cannot give it}."""

    features: Mapping[str, Feature]
    broken: Mapping[str, str]

    def chosen(self, names: Sequence[str] | None) -> list[Feature]:
        """The features of these names, all without names; raises BadSpec, NotFound."""
        if names is None:
            return list(self.features.values())
        for name in names:
            if name in self.broken:
                raise BadSpec(self.broken[name])
            if name not in self.features:
                raise NotFound(f"There is no feature '{name}' of this log; {near(name, list(self.features))}.")
        if not names:
            raise BadSpec("No feature is chosen; name at least one.")
        return [self.features[name] for name in dict.fromkeys(names)]


def listing(workspace: Workspace, log: Log, lookback_days: float | None) -> Listing:
    """Every feature of a log with this lookback; raises NotEnoughData for a log without users."""
    made = standard_features(log, lookback_days)
    broken = {}
    for name, spec in own_features(workspace, log.log_id).items():
        try:
            made[name] = own_feature(workspace, log.manifest, spec, lookback_days)
        except WhypathError as error:
            broken[name] = str(error)
    return Listing(made, broken)


def standard_features(log: Log, lookback_days: float | None) -> dict[str, Feature]:
    """The features of all families, by name; raises NotEnoughData for a log without users."""
    if not log.manifest["has_users"]:
        raise NotEnoughData("This log names no users, so there are no histories to describe.")
    made: dict[str, Feature] = {}
    for family, choice in FEATURES.items():
        for feature in choice.load()(Subject(log, lookback_days, family)):
            made[feature.name] = feature
    return made


def define_feature(workspace: Workspace, log: Log, body: Mapping[str, Any]) -> OwnFeature:
    """Keep an analyst-made feature in the place of one of the same name; raises BadSpec, NotFound."""
    made = OwnFeature.read(body)
    if made.name in TAKEN or made.name in standard_features(log, None):
        raise BadSpec(f"'{made.name}' is a feature that this log has already; choose another name.")
    own_feature(workspace, log.manifest, made, None)
    keep(workspace, SHELF, made.name, made.plain(), log_id=log.log_id)
    return made
