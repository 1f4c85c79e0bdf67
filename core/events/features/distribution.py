"""How one feature is spread over all users: counts in the engine, whatever the number of users."""

from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from core.events.features.answer import Population, population_of
from core.events.features.at import features_at, one_moment
from core.events.features.feature import HOUR, Feature
from core.events.features.spec import FeaturesSpec
from core.storage.engine import Log

BINS: Final = 30
SHOWN_WORDS: Final = 20
ABOVE_SHARE: Final = 0.99  # what lies above this point shares the last bin, so that one user does not hide the rest,
TAIL: Final = 1.25  # ... where the greatest value is this much further away


@dataclass(frozen=True)
class Distribution:
    """feature: what is said of it (`Feature.plain`). frame: label, users, share (of users with a value) and, for bins
    of a number, low and high; middle: median, if the feature is a number; missing: users without a value."""

    feature: dict[str, Any]
    frame: pd.DataFrame
    population: Population
    missing: int
    middle: float | None

    @property
    def caption(self) -> str:
        """Population, definition and gaps."""
        users = self.population.users
        last = self.frame.iloc[-1] if len(self.frame) > BINS and "low" in self.frame else None
        above = "" if last is None else f" The last bar holds all above: {last['label']}."
        without = (
            f"{self.missing:,} users ({100 * self.missing / max(users, 1):.2g} %) have no value and are not drawn."
        )
        at = self.population.at[:19].replace("T", " ")
        return (
            f"{users:,} users with an event before {at} (UTC). {self.feature['words']} "
            f"{without if self.missing else 'Every user has a value.'}{above}"
        )


def distribution_of(log: Log, spec: FeaturesSpec, feature: Feature) -> Distribution:
    """Users per value where there are few, per bin where there are many; words by their number of users.

    Raises as `population_of`.
    """
    population = population_of(log, spec)
    moments = one_moment(log, population.at_us, spec.user_ids)
    table = features_at(log, moments, [feature], timezone=spec.timezone)
    is_time = feature.kind == "time"
    value = table[feature.name].epoch_seconds() if is_time else table[feature.name]
    values = table.select(value=value if feature.kind in ("number", "time") else value.cast("string"))
    known = values.filter(values["value"].notnull())
    whole = known.agg(n=known.count(), kinds=known["value"].nunique())
    n, kinds = (int(count) for count in log.fetch(whole).iloc[0])
    middle = None
    if feature.kind in ("number", "time") and n:
        frame, middle = _numbers(log, known, kinds, is_time=is_time)
    else:
        frame = _words(log, known, kinds)
    frame["share"] = frame["users"] / max(n, 1)
    return Distribution(
        feature.plain(), frame, population, population.users - n, None if is_time or feature.unit == HOUR else middle
    )


def _words(log: Log, known: ir.Table, kinds: int) -> pd.DataFrame:
    counted = known.group_by(label=known["value"]).agg(users=known.count())
    frame = log.fetch(counted.order_by(ibis.desc("users"), "label").limit(SHOWN_WORDS))
    if kinds > SHOWN_WORDS:
        rest = int(log.fetch(known.agg(n=known.count()))["n"].iloc[0]) - int(frame["users"].sum())
        others = pd.DataFrame({"label": [f"{kinds - SHOWN_WORDS:,} other values"], "users": [rest]})
        frame = pd.concat([frame, others], ignore_index=True)
    return frame


def _numbers(log: Log, known: ir.Table, kinds: int, *, is_time: bool) -> tuple[pd.DataFrame, float]:
    whole = known["value"].type().is_integer() and not is_time
    value = known["value"].cast("float64")
    ends = known.agg(least=value.min(), most=value.max(), high=value.quantile(ABOVE_SHARE), middle=value.median())
    least, most, high, middle = (float(end) for end in log.fetch(ends).iloc[0])
    if kinds <= BINS:
        frame = log.fetch(known.group_by(low=value).agg(users=known.count()).order_by("low"))
        frame["high"] = frame["low"]
        frame["label"] = [_text(low, is_time=is_time) for low in frame["low"]]
        return frame[["label", "users", "low", "high"]], middle
    top = high if high > least and most - least > TAIL * (high - least) else most
    width = float(ceil((top - least + 1) / BINS)) if whole else (top - least) / BINS
    top = least + BINS * width
    last = BINS - (not top < most)  # the place of the last bin, which is open above if one is needed
    place = ibis.least(((value - least) / width).floor().cast("int64"), last)
    counted = log.fetch(known.group_by(place=place).agg(users=known.count()))
    users = counted.set_index("place")["users"].reindex(range(last + 1), fill_value=0)
    lows = [least + width * at for at in users.index]
    highs = [low + width for low in lows[:BINS]] + [most] * (len(lows) - BINS)
    ends_shown = [end - 1 if whole and end < most else end for end in highs]
    labels = [
        f"{_text(low, is_time=is_time)} to {_text(end, is_time=is_time)}" if low != end else _text(low, is_time=is_time)
        for low, end in zip(lows, ends_shown, strict=True)
    ]
    return pd.DataFrame({"label": labels, "users": users.to_numpy(), "low": lows, "high": highs}), middle


def _text(value: float, *, is_time: bool) -> str:
    return f"{pd.Timestamp(value, unit='s'):%Y-%m-%d}" if is_time else f"{value:.4g}"
