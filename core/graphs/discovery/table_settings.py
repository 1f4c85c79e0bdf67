"""What the methods for tables can be told. Apart from the methods, so that listing them imports nothing heavy."""

from pydantic import Field

from core.specs import Spec


class BossSettings(Spec):
    """penalty: the price of a parameter, times the BIC's own; higher gives fewer edges. starts: of the order search."""

    penalty: float = Field(2.0, ge=0.5, le=10)
    starts: int = Field(8, ge=1, le=100)


class PcSettings(Spec):
    """alpha: of each test; floor: a partial correlation below it is no edge, however significant; depth: how many
    variables are held fixed at once, at most."""

    alpha: float = Field(0.01, gt=0, lt=0.5)
    floor: float = Field(0.02, ge=0, lt=1)
    depth: int = Field(4, ge=0, le=10)


class FciSettings(PcSettings):
    """As for PC."""


class LingamSettings(Spec):
    """penalty: as for BOSS, of the edges once the order is found."""

    penalty: float = Field(2.0, ge=0.5, le=10)
