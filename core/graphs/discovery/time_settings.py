"""Settings of the methods that work over time, apart from them, so that listing them imports no compiler."""

from typing import Final

from pydantic import Field

from core.specs import Spec

MOST_LAGS: Final = 8


class GrangerSettings(Spec):
    """lags: how many past steps, null picks by BIC among 1 to most_lags. q: false discovery rate of the edges."""

    lags: int | None = Field(default=None, ge=1, le=200)
    most_lags: int = Field(default=MOST_LAGS, ge=1, le=200)
    q: float = Field(default=0.05, gt=0, lt=1)


class HawkesSettings(Spec):
    """mean_delay_hours: of an event set off by another, null to estimate it. q: false discovery rate. least: events set
    off per event below which an edge is too small to matter."""

    mean_delay_hours: float | None = Field(default=None, gt=0)
    q: float = Field(default=0.01, gt=0, lt=1)
    least: float = Field(default=0.01, ge=0)
