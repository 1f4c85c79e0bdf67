"""The features that a log has: those of every family, and the analyst's own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from core.errors import BadSpec, NotEnoughData, NotFound, WhypathError
from core.events.definitions.references import resolved_spec
from core.events.features import FEATURES
from core.events.features.feature import Feature
from core.events.features.own import SHELF, OwnFeature, own_feature, own_features
from core.events.features.spec import FeaturesSpec
from core.events.features.subject import Subject
from core.near import near
from core.storage.engine import Log
from core.storage.shelf import keep
from core.storage.workspace import Workspace

TAKEN: Final = ("user_id", "at_us")


def standard_features(log: Log, lookback_days: float | None) -> dict[str, Feature]:
    """The features of all families, by name; raises NotEnoughData for a log without users."""
    if not log.manifest["has_users"]:
        raise NotEnoughData(
            "This log names no users, so there are no histories to describe; import it with its user column."
        )
    made: dict[str, Feature] = {}
    for family, choice in FEATURES.items():
        for feature in choice.load()(Subject(log, lookback_days, family)):
            name, number = feature.name, 2
            while name in made:  # an event type may be called `last` or `per session`
                name, number = f"{feature.name}_{number}", number + 1
            made[name] = replace(feature, name=name)
    return made


def features_of(log: Log, spec: FeaturesSpec) -> list[Feature]:
    """The features that a spec asks for; raises NotEnoughData, BadSpec, NotFound."""
    known = standard_features(log, spec.lookback_days)
    for own in spec.own:
        known[own.name] = own_feature(log.manifest, own, spec.lookback_days)
    if spec.names is None:
        return list(known.values())
    for name in spec.names:
        if name not in known:
            raise NotFound(f"There is no feature '{name}' of this log; {near(name, list(known))}.")
    if not spec.names:
        raise BadSpec("No feature is chosen; name at least one.")
    return [known[name] for name in dict.fromkeys(spec.names)]


def request(workspace: Workspace, log: Log, settings: Mapping[str, Any]) -> tuple[FeaturesSpec, dict[str, str]]:
    """A spec with the analyst's own features in it, and {name: why} of those that this version cannot give."""
    own, broken = [], {}
    for name, feature in own_features(workspace, log.log_id).items():
        try:
            asked = resolved_spec(workspace, log.log_id, feature)
            own_feature(log.manifest, asked, None)
            own.append(asked.plain())
        except WhypathError as error:
            broken[name] = str(error)
    spec = FeaturesSpec.read({**settings, "own": own})
    for name in spec.names or ():
        if name in broken:
            raise BadSpec(f"The feature '{name}' cannot be computed: {broken[name]}")
    return spec, broken


def offered_features(workspace: Workspace, log: Log) -> list[tuple[str, str]]:
    """(name, title) of every feature that this log gives now, the analyst's own included; none without users."""
    try:
        spec, _ = request(workspace, log, {})
        return [(feature.name, feature.title) for feature in features_of(log, spec)]
    except WhypathError:
        return []


def define_feature(workspace: Workspace, log: Log, body: Mapping[str, Any]) -> OwnFeature:
    """Keep an analyst-made feature in the place of one of the same name; raises BadSpec, NotFound."""
    made = OwnFeature.read(body)
    if made.name in TAKEN or made.name in standard_features(log, None):
        raise BadSpec(f"'{made.name}' is a feature that this log has already; choose another name.")
    own_feature(log.manifest, resolved_spec(workspace, log.log_id, made), None)
    keep(workspace, SHELF, made.name, made.plain(), log_id=log.log_id)
    return made
