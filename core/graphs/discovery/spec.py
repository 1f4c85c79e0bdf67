"""What can be asked of a discovery: which data, which method, what is known before, how many bootstrap draws."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from core.graphs.sources import VariablesSpec
from core.specs import Spec

PAIRS = tuple[tuple[str, str], ...]


class SeriesSpec(Spec):
    """Series over time: the columns of a table in the order of one of them, or a log's counts per event type.

    table: a file, one row a time step; time: its column of moments or step numbers, null where the rows
    are in order; columns: null for all others. bucket: what a step of a log's counts is. event_types: null for the
    commonest.
    """

    table: str | None = None
    time: str | None = None
    columns: tuple[str, ...] | None = None
    leave_out: tuple[str, ...] = ()
    bucket: Literal["hour", "day"] = "hour"
    event_types: tuple[str, ...] | None = None


class EventsSpec(Spec):
    """The raw events of a log. event_types: null for the commonest; timezone decides what an hour of the week is."""

    event_types: tuple[str, ...] | None = None
    timezone: str = "UTC"


class DiscoverSpec(Spec):
    """Exactly one of `variables`, `series` and `events` says what to look at.

    method: a name in DISCOVERERS, null lets the data decide; settings: of the method. hidden: whether hidden common
    causes are possible. tiers: null for those that the source knows. required, forbidden: (source, target) edges
    between variables. causal, not_causal: labelled pairs of event types, used where these are variables. draws:
    bootstrap draws behind each stability. compare: further methods to set beside it, null for one more.
    """

    variables: VariablesSpec | None = None
    series: SeriesSpec | None = None
    events: EventsSpec | None = None
    method: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    hidden: bool = False
    tiers: tuple[tuple[str, ...], ...] | dict[str, int] | None = None
    required: PAIRS = ()
    forbidden: PAIRS = ()
    causal: PAIRS = ()
    not_causal: PAIRS = ()
    draws: int = Field(default=100, ge=0, le=2000)
    compare: tuple[str, ...] | None = None
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_input(self) -> Self:
        if sum(each is not None for each in (self.variables, self.series, self.events)) != 1:
            raise ValueError("give exactly one of variables, series and events")
        return self

    @property
    def needs(self) -> str:
        """What kind of data it is: table, series or events."""
        return "table" if self.variables is not None else "series" if self.series is not None else "events"

    @property
    def needs_log(self) -> bool:
        """Whether a log is read."""
        if self.variables is not None:
            return self.variables.needs_log
        return self.series is None or self.series.table is None
