"""What can be asked for: which features, of whom, at what moment, over what lookback."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from core.events.features.own import MOST_LOOKBACK_DAYS, OwnFeature
from core.specs import Spec


class FeaturesSpec(Spec):
    """at: the moment, null for just after the log's last event; a time without a zone is UTC. lookback_days: null for
    the whole history. names: null for all features. user_ids: null for everybody whose history has begun.
    timezone: IANA name, decides what night, weekend, hour and day are. own: the analyst's
    features, their references resolved, so that the spec needs no shelf."""

    at: datetime | None = None
    lookback_days: float | None = Field(default=28, gt=0, le=MOST_LOOKBACK_DAYS)
    names: tuple[str, ...] | None = None
    user_ids: tuple[str, ...] | None = None
    timezone: str = "UTC"
    own: tuple[OwnFeature, ...] = ()

    @field_validator("at")
    @classmethod
    def _utc(cls, moment: datetime | None) -> datetime | None:
        return moment if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("give an IANA time zone such as UTC, Europe/London or America/New_York") from None
        return name
