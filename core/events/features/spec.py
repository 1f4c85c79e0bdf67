"""What can be asked for: which features, of whom, at what moment, over what lookback."""

from pydantic import Field

from core.events.features.own import MOST_LOOKBACK_DAYS, OwnFeature
from core.events.local_time import UtcMoment, ZoneName
from core.specs import Spec


class FeaturesSpec(Spec):
    """at: the moment, null for just after the log's last event; a time without a zone is UTC. lookback_days: null for
    the whole history. names: null for all features. user_ids: null for everybody whose history has begun.
    timezone: IANA name, decides what night, weekend, hour and day are. own: the analyst's
    features, their references resolved, so that the spec needs no shelf."""

    at: UtcMoment | None = None
    lookback_days: float | None = Field(default=28, gt=0, le=MOST_LOOKBACK_DAYS)
    names: tuple[str, ...] | None = None
    user_ids: tuple[str, ...] | None = None
    timezone: ZoneName = "UTC"
    own: tuple[OwnFeature, ...] = ()
