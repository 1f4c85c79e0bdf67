"""What an analyst may say about how times are written (part of an ImportSpec)."""

from typing import Literal, Protocol

TimestampUnit = Literal["nanoseconds", "microseconds", "milliseconds", "seconds", "minutes", "hours", "days"]


class TimeSettings(Protocol):
    """day_first, timestamp_unit: None to decide from the data; time_zone: of times that carry none."""

    @property
    def day_first(self) -> bool | None: ...
    @property
    def timestamp_unit(self) -> TimestampUnit | None: ...
    @property
    def time_zone(self) -> str: ...
