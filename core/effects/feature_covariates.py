"""The analyst's own features as covariates, measured at the end of each unit's covariate window; each is a group.

A question names one as `feature:NAME` in its `covariates`. It is computed by the code of the Data section from events
strictly before that moment, so that it is the same number there and here.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from core.effects.covariates import Column, number_columns, text_columns
from core.effects.designs.units import Units
from core.effects.designs.windows import Windows
from core.effects.groups import FEATURE, CovariateGroup
from core.effects.question import MICROSECONDS_PER_DAY
from core.errors import NotFound
from core.events.definitions.references import resolved_spec
from core.events.features.at import Moments, features_at
from core.events.features.own import own_feature, own_features
from core.near import near
from core.storage.engine import Log


def feature_groups(log: Log, names: Iterable[str]) -> list[CovariateGroup]:
    """The groups of the features among the names of covariates; raises NotFound with the features there are."""
    asked = [name.removeprefix(FEATURE) for name in names if name.startswith(FEATURE)]
    if not asked:
        return []
    known = own_features(log.workspace, log.log_id)
    for name in asked:
        if name not in known:
            hint = near(name, list(known)) if known else "define one first"
            raise NotFound(f"There is no feature '{name}' of this log to be a covariate; {hint}.")
    return [CovariateGroup(f"{FEATURE}{name}", name, says=known[name].words) for name in asked]


def feature_columns(
    log: Log, units: Units, frame: pd.DataFrame, offsets: Windows, groups: Iterable[CovariateGroup]
) -> list[Column]:
    """The columns of the groups that are features, for the fetched units; frame: `trial_user_id, time_zero_us`."""
    asked = [group for group in groups if group.name.startswith(FEATURE)]
    if not asked:
        return []
    known, lookback_days = own_features(log.workspace, log.log_id), offsets.lookback_us / MICROSECONDS_PER_DAY
    specs = [resolved_spec(log.workspace, log.log_id, known[group.title]) for group in asked]
    features = [own_feature(log.manifest, spec, lookback_days) for spec in specs]
    table = units.table
    moments = table.select(user_id=table.trial_user_id, at_us=table.time_zero_us + offsets.covariates_end_us)
    found = log.fetch(features_at(log, Moments(moments.distinct()), features)).set_index(["user_id", "at_us"])
    keys = pd.MultiIndex.from_arrays([frame["trial_user_id"], frame["time_zero_us"] + offsets.covariates_end_us])
    values = found.reindex(keys).reset_index(drop=True)
    columns = []
    for group, feature in zip(asked, features, strict=True):
        if feature.kind in ("number", "boolean"):
            numbers = pd.Series(values[feature.name].to_numpy(dtype=float, na_value=np.nan))
            columns += number_columns(numbers, group.name, group.title, group.name)
        elif feature.kind == "text":
            columns += text_columns(values[feature.name], group.name, group.title, group.name)
    return columns
