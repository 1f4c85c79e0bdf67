"""A number with its standard error and 95 % interval: what estimates, averages and rows of details have in common."""

from dataclasses import dataclass

NORMAL_975 = 1.959963984540054  # 97.5 % point of the normal distribution


class Ranged:
    """What has a `value` and its standard error `se` has an interval."""

    value: float
    se: float

    @property
    def low(self) -> float:
        return self.value - NORMAL_975 * self.se

    @property
    def high(self) -> float:
        return self.value + NORMAL_975 * self.se


@dataclass(frozen=True)
class Interval(Ranged):
    """A number, its standard error and its 95 % interval."""

    value: float
    se: float

    def plain(self) -> dict[str, float]:
        """JSON-ready values."""
        return {"value": self.value, "se": self.se, "low": self.low, "high": self.high}
