"""From raw to adjusted: how much of the way each covariate group explains, whatever the order they are taken in.

Two answers that need no order. Shapley's shares of the linear effect that resembles the headline (`adjustments`) draw
the bars, and what is left to the headline is the last one: what weighting and the flexible model add. Gelbach's parts
of one regression stand beside them in the table; where the two differ, the covariates act differently in the arms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, isfinite
from typing import Any

import numpy as np

from core.effects.diagnosis.adjustments import Effects, effects, regression_for
from core.effects.diagnosis.gelbach import gelbach
from core.effects.diagnosis.shapley import ADJUSTED, RAW, game
from core.effects.estimate import Estimate, clustered_error
from core.effects.groups import group_title
from core.effects.interval import NORMAL_975
from core.effects.table import TREATMENT, WEIGHT, AnalysisTable
from core.effects.verdict import shown

BARS = 8  # groups with a bar of their own, the largest; the others share one
REGRESSIONS = {
    "interacted": "a regression in each arm (Lin)",
    "controls": "a regression of the controls",
    "common": "one regression with common slopes",
}


@dataclass(frozen=True)
class Waterfall:
    """bars: from raw to headline, dicts of title, kind (total, group, rest, model), value, low, high; those between the
    totals add up to their difference. rows: what every group changes from raw to adjusted, by Shapley and by Gelbach.
    method: what was done, in words; drawing_error: the largest error of a share because orders were drawn. arms: of
    several arms one such way for each against the control, with its `arm`; the bars and rows are those of the first.
    """

    passed: bool | None
    sentence: str
    unit: str
    method: str = ""
    drawing_error: float = 0.0
    bars: tuple[dict[str, Any], ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    arms: tuple[dict[str, Any], ...] = ()

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return dict(vars(self))


@dataclass(frozen=True)
class _Part:
    """What a group (or the others, or the model) changes on the way from raw to adjusted."""

    title: str
    kind: str
    value: float
    influence: np.ndarray
    drawing_error: float = 0.0

    def interval(self, clusters: np.ndarray) -> dict[str, float]:
        error = hypot(clustered_error(self.influence, clusters), self.drawing_error)
        return {"value": self.value, "low": self.value - NORMAL_975 * error, "high": self.value + NORMAL_975 * error}


def waterfall(table: AnalysisTable, headline: Estimate, *, seed: int = 0) -> Waterfall:
    """The way from the raw difference (or slope) to the headline, by covariate group.

    Failed: the last bar is certain (its interval excludes 0) and larger than all groups together, so the groups do not
    tell the story. Unknown where there are no covariates, or a number is missing. Of several arms each has its own way
    from the control, which passes if all do.
    """
    if not table.covariates:
        return Waterfall(None, "Nothing was adjusted for: there are no covariates.", table.outcome_unit)
    if table.treatment_kind == "arms":
        return _of_arms(table, headline, seed=seed)
    return _way(table, headline, regression_for(table, headline.estimand), seed=seed)


def _of_arms(table: AnalysisTable, headline: Estimate, *, seed: int) -> Waterfall:
    """One way per arm. Each arm's regression is averaged over the units of all arms, as the headline is."""
    rows = headline.details.get("against_control") or ()
    if headline.gaps is None or len(rows) != headline.gaps.shape[1]:
        said = "The way from raw to adjusted is told for one pair of arms, and this estimator does not have them all."
        return Waterfall(None, said, table.outcome_unit)
    ways = []
    for place, row in enumerate(rows):
        own = replace(headline, value=row["value"], se=row["se"], influence=headline.gaps[:, place])
        pair, kind = _pair(table, place + 1)
        ways.append(_way(pair, headline if place == 0 else own, kind, seed=seed))
    passes = [way.passed for way in ways]
    passed = None if None in passes else all(passes)
    told = "; ".join(f"{row['arm']}: {way.sentence.removesuffix('.')}" for row, way in zip(rows, ways, strict=True))
    arms = tuple({"arm": row["arm"], **vars(way)} for row, way in zip(rows, ways, strict=True))
    return replace(ways[0], passed=passed, sentence=f"Each against {table.arms[0]}. {told}.", arms=arms)


def _pair(table: AnalysisTable, arm: int) -> tuple[AnalysisTable, str]:
    """The table with this arm as treated (1), the control (0) and the others apart (2), and the regression that it
    feeds; where slopes have to be shared, the others count for nothing."""
    own = np.where(table.treatment == arm, 1.0, np.where(table.treatment == 0, 0.0, 2.0))
    pair = replace(table, frame=table.frame.assign(**{TREATMENT: own}), treatment_kind="binary", arms=())
    kind = regression_for(pair, "ATE")
    if kind == "common":
        frame = pair.frame.assign(**{WEIGHT: table.weights * (own < 2), TREATMENT: np.minimum(own, 1.0)})
        pair = replace(pair, frame=frame)
    return pair, kind


def _way(table: AnalysisTable, headline: Estimate, kind: str, *, seed: int) -> Waterfall:
    """From the raw difference of units with 1 and units with 0 as their treatment to the headline's value."""
    unit = table.outcome_unit
    groups = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    played = game(groups, seed=seed)
    known = effects(table, played.sets, kind=kind)
    errors = played.drawing_error(known.values)
    # a mix adds up to what a group takes away from the raw effect; the bars say what it adds
    parts = [
        _Part(group_title(group), "group", -float(mix @ known.values), -known.influence(mix), float(error))
        for group, mix, error in zip(groups, played.mixes, errors, strict=True)
    ]
    method = f"Shapley shares of {REGRESSIONS[known.kind]}"
    if len(played.steps):
        method += f"; {len(played.steps)} orders were drawn, which adds an error of up to {errors.max():.2g}"
    bars = _bars(known, parts, headline, table.clusters)
    passed = _passed(bars)
    return Waterfall(
        passed, _sentence(bars, unit, passed), unit, method, float(errors.max()), bars, _rows(table, groups, parts)
    )


def _bars(
    known: Effects, parts: Sequence[_Part], headline: Estimate, clusters: np.ndarray
) -> tuple[dict[str, Any], ...]:
    ranked = sorted(parts, key=lambda part: -abs(part.value))
    many = len(ranked) > BARS + 1
    own, others = (ranked[:BARS], ranked[BARS:]) if many else (ranked, [])
    raw, adjusted = (_total(known, place) for place in (RAW, ADJUSTED))
    last = _Part("Adjusted, by regression", "total", adjusted.value, adjusted.influence)
    steps = list(own)
    if others:
        steps.append(_together(others))
    if headline.unit is None:  # else it is on another scale, and the way ends at the linear effect
        flexible = headline.value - adjusted.value
        steps.append(_Part("Weighting, flexible model", "model", flexible, headline.influence - adjusted.influence))
        last = _Part(headline.title, "total", headline.value, headline.influence)
    bars = [
        {"title": each.title, "kind": each.kind, **each.interval(clusters)}
        for each in (_Part("Raw", "total", raw.value, raw.influence), *steps, last)
    ]
    if headline.unit is None:
        bars[-1] |= {"low": headline.low, "high": headline.high}
    return tuple(bars)


def _total(known: Effects, place: int) -> _Part:
    mix = np.zeros(len(known.values))
    mix[place] = 1.0
    return _Part("", "total", float(known.values[place]), known.influence(mix))


def _together(others: Sequence[_Part]) -> _Part:
    value = sum(part.value for part in others)
    error = hypot(*(part.drawing_error for part in others))
    return _Part(f"{len(others)} other groups", "rest", value, sum(part.influence for part in others), error)  # type: ignore[arg-type]


def _rows(table: AnalysisTable, groups: Sequence[str], parts: Sequence[_Part]) -> tuple[dict[str, Any], ...]:
    two = table.treatment < 2 if table.treatment_kind == "binary" else np.ones(table.units, dtype=bool)
    linear, clusters, own = gelbach(table.only_units(two, "of the two arms")), table.clusters, table.clusters[two]
    rows = []
    for group, part in zip(groups, parts, strict=True):
        other = _Part(part.title, "group", -linear.parts[group], linear.influences[group])
        rows.append(
            {"group": group, "title": part.title, **part.interval(clusters)}
            | {f"gelbach_{name}": value for name, value in other.interval(own).items()}
        )
    return tuple(sorted(rows, key=lambda row: -abs(row["value"])))


def _passed(bars: Sequence[dict[str, Any]]) -> bool | None:
    if not all(isfinite(bar["value"]) and isfinite(bar["low"]) for bar in bars):
        return None
    by_groups = sum(bar["value"] for bar in bars if bar["kind"] in ("group", "rest"))
    model = next((bar for bar in bars if bar["kind"] == "model"), None)
    if model is None:
        return True
    certain = model["low"] > 0 or model["high"] < 0
    return not (certain and abs(model["value"]) > abs(by_groups))


def _sentence(bars: Sequence[dict[str, Any]], unit: str, passed: bool | None) -> str:
    if passed is None:
        return "The way from raw to adjusted cannot be told: a number is missing."
    name = " percentage points" if unit == "share" else f" {unit}" if unit else ""
    raw, last, groups = bars[0]["value"], bars[-1]["value"], [bar for bar in bars if bar["kind"] == "group"]
    most = max(groups, key=lambda bar: abs(bar["value"]))
    said = (
        f"From {shown(raw, unit)} raw to {shown(last, unit)}{name} adjusted; the largest step is {most['title']} "
        f"({shown(most['value'], unit)}, {shown(most['low'], unit)} to {shown(most['high'], unit)})"
    )
    if passed:
        return f"{said}."
    return f"{said}, but weighting and the flexible model move it more than all groups do by straight lines."
