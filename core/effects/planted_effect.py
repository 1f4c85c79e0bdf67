"""The planted-effect check: would each estimator recover an effect that is known, on these very units?

Covariates and treatment stay; outcomes with a known effect (none, and one as large as the raw difference, even and
uneven) are simulated (`planted_outcomes`), and each estimator runs on them. It is run before the headline is seen. It
answers whether the estimator can adjust for what was measured; it is silent on hidden causes.

Chance is taken out of the bias: what an estimator's own weights make of the simulated noise is known, has mean 0, and
is subtracted, so that few draws tell much.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.stats import beta
from scipy.stats import t as student

from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.many_outcomes import design_of, quick_propensities
from core.effects.nuisances import Nuisances, deal_folds
from core.effects.planted_outcomes import SCENARIOS, Plant, Scenario, plants, sampled_users
from core.effects.table import OUTCOME, AnalysisTable
from core.errors import NotEnoughData

DRAWS: Final = 3  # per scenario
UNITS: Final = 8_000  # tried on so many units at most
SLOW_UNITS: Final = 1_500
BIAS_ALLOWED: Final = 0.5  # standard errors: coverage is then still 92 %
COVERAGE_NEEDED: Final = 0.85
SILENT: Final = "It holds if the covariates suffice: it is silent on hidden causes."


@dataclass(frozen=True)
class Recovered:
    """How one estimator did.

    bias: in the outcome's unit; bias_in_se: in standard errors on the units tried (with more units it is no larger if
    the estimator learns from them), with its 95 % interval low, high over the draws; covered: intervals that held the
    truth, of `runs`; squared_error: the mean of it.
    """

    estimator: str
    title: str
    estimand: str
    passed: bool | None
    runs: int
    units: int
    bias: float
    bias_in_se: float
    low: float
    high: float
    covered: int
    squared_error: float

    @property
    def covered_share(self) -> float:
        return self.covered / self.runs

    @property
    def covered_bounds(self) -> tuple[float, float]:
        """Clopper and Pearson's 95 % bounds of the coverage."""
        missed = self.runs - self.covered
        low = float(beta.ppf(0.025, self.covered, missed + 1)) if self.covered else 0.0
        high = float(beta.ppf(0.975, self.covered + 1, missed)) if missed else 1.0
        return low, high

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        low, high = self.covered_bounds
        return {
            **vars(self),
            "rmse": float(np.sqrt(self.squared_error)),
            "covered_share": self.covered_share,
            "covered_low": low,
            "covered_high": high,
        }


@dataclass(frozen=True)
class Planted:
    """passed, sentence: of the headline's estimator; rows: one per estimator that was tried."""

    passed: bool | None
    sentence: str
    headline: str | None
    rows: tuple[Recovered, ...]
    effects: dict[str, float]
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """JSON-ready values; scenarios: each with its title and the effect that was planted in all units."""
        return {
            "passed": self.passed, "sentence": self.sentence, "headline": self.headline,
            "rows": [row.plain() for row in self.rows],
            "scenarios": [
                {"name": name, "title": title, "effect": self.effects[name]}
                for name, title in SCENARIOS.items()
                if name in self.effects
            ],
            "bias_allowed": BIAS_ALLOWED, "silent": SILENT, "notes": list(self.notes),
        }  # fmt: skip


@dataclass(frozen=True)
class _Run:
    """One estimate of a planted effect: its error, the part of it that is chance, its standard error."""

    error: float
    chance: float
    se: float

    @property
    def covered(self) -> bool:
        return abs(self.error) <= 1.96 * self.se


class _SamePropensity(Nuisances):
    """Nuisances of another outcome of the same units, whose treatment need not be learnt again."""

    def __init__(self, table: AnalysisTable, known: Nuisances) -> None:
        vars(self).update(vars(known))  # what it sees of the covariates is costly, and the same
        self._outcome, self._known, self._both, self._axes = table.outcome, {}, {}, None
        self._shared, self.splits = known, 1
        self._is_share = bool(np.isin(table.outcome, (0.0, 1.0)).all())

    def propensity(self, split: int) -> np.ndarray:
        return self._shared.propensity(split)


@dataclass(frozen=True)
class _Trial:
    """Where estimators are tried: units, what is learnt of their treatment, estimand and seed."""

    table: AnalysisTable
    known: Nuisances | None
    estimand: str
    seed: int

    def runs(
        self, names: Sequence[str], planted: dict[Scenario, Plant], draws: int, until: float
    ) -> tuple[dict[str, list[_Run]], int]:
        """Each draw of each scenario by every estimator, until the time is up; and how many were not reached."""
        runs: dict[str, list[_Run]] = {name: [] for name in names}
        late, propensity = 0, self._propensity()
        for draw in range(draws):
            for place, plant in enumerate(planted.values()):
                rng = np.random.default_rng([self.seed, 3, draw, place])
                outcome = plant.draw(self.table.treatment, rng)
                table = replace(self.table, frame=self.table.frame.assign(**{OUTCOME: outcome}))
                nuisances = None if self.known is None else _SamePropensity(table, self.known)
                for name in names:
                    if time.perf_counter() > until:
                        late += 1
                        continue
                    with suppress(NotEnoughData):  # it has no number on these units, so none that could be wrong
                        runs[name].append(self._run(name, table, nuisances, plant, propensity))
        return runs, late

    def _run(
        self, name: str, table: AnalysisTable, nuisances: Nuisances | None, plant: Plant, propensity: np.ndarray
    ) -> _Run:
        asked = _asked(name, self.estimand)
        found: Estimate = ESTIMATORS[name].load()(table, estimand=asked, seed=self.seed, nuisances=nuisances)
        target = {"ATT": table.treatment, "ATO": propensity * (1 - propensity)}.get(
            self.estimand if asked == "difference" else asked, np.ones(table.units)
        )
        noise, chance = table.outcome - plant.expected(table.treatment), 0.0
        for arm, sign in ((1, 1.0), (0, -1.0)):
            rows = table.treatment == arm
            if found.weights[rows].sum() > 0:
                chance += sign * float(np.average(noise[rows], weights=found.weights[rows]))
        return _Run(found.value - plant.effect(target * table.weights), chance, found.se)

    def _propensity(self) -> np.ndarray:
        """(n,) of the overlap population, for estimators that have no other."""
        if self.known is not None:
            return self.known.propensity(0)
        table = self.table
        fold = deal_folds(table.treatment, table.clusters, np.random.default_rng([self.seed, 0]))
        return quick_propensities(design_of(table.matrix()), table.treatment, fold, table.weights)


def planted_effect(
    table: AnalysisTable,
    estimators: Sequence[str],
    *,
    nuisances: Nuisances | None = None,
    headline: str | None = None,
    estimand: str = "ATE",
    seed: int = 0,
    draws: int = DRAWS,
    seconds: float = 8.0,
) -> Planted:
    """Try the estimators, those like the headline first; `seconds` is a stop, and what it cut short is said.

    headline: whose answer the check's is, by default that of "aipw" where it is tried, else of the last one.
    Only for a treatment of two arms, and for estimators that adjust; raises nothing for others, it says so.
    """
    names = [name for name in estimators if _suits(name)]
    if table.treatment_kind != "binary" or not names:
        said = "Not checked: effects are planted for a treatment of two arms and for estimators that adjust."
        return Planted(None, said, None, (), {})
    chief = headline if headline in names else "aipw" if "aipw" in names else names[-1]
    until, rows, notes = time.perf_counter() + seconds, list[Recovered](), list[str]()
    effects: dict[str, float] = {}
    for slow in sorted((False, True), key=lambda slow: slow != _slow(chief)):
        group = [name for name in names if _slow(name) == slow]
        if not group:
            continue
        part = sampled_users(table, SLOW_UNITS if slow else UNITS, seed)
        known = nuisances if nuisances is not None and part is table else None
        trial = _Trial(part, known or (Nuisances(part, seed=seed, splits=1) if slow else None), estimand, seed)
        planted = plants(part, seed=seed)
        effects = effects or {name: plant.effect(part.weights) for name, plant in planted.items()}
        if part is not table:
            which = "The slower" if slow else "The fast"
            notes.append(
                f"{which} estimators were tried on a chance sample of {part.units:,} of {table.units:,} units."
            )
        runs, late = trial.runs(group, planted, draws, until)
        rows += [_recovered(name, runs[name], part, estimand) for name in group if runs[name]]
        unanswered = [ESTIMATORS[name].title for name in group if not runs[name] and not late]
        if unanswered:
            notes.append(f"No number on these units: {', '.join(unanswered)}.")
        if late:
            notes.append(f"{late} of {draws * len(planted) * len(group)} runs were not reached in the time given.")
    order = {name: place for place, name in enumerate(names)}
    rows.sort(key=lambda row: order[row.estimator])
    main = next((row for row in rows if row.estimator == chief), None)
    passed, said = (main.passed, _sentence(main)) if main else (None, "Not checked: there was no time for it.")
    return Planted(passed, f"{said} {SILENT}", chief, tuple(rows), effects, tuple(notes))


def _suits(name: str) -> bool:
    entry = ESTIMATORS[name]
    adjusts = bool({"ATE", "ATT", "ATO", "difference"} & set(entry.estimands))
    return "binary" in entry.treatments and not entry.needs and not entry.adapter and adjusts


def _asked(name: str, estimand: str) -> str:
    """The estimand of an estimator: the one asked for, or its own."""
    offered = ESTIMATORS[name].estimands
    return estimand if estimand in offered else offered[0]


def _slow(name: str) -> bool:
    return not ESTIMATORS[name].screening


def _recovered(name: str, runs: Sequence[_Run], part: AnalysisTable, estimand: str) -> Recovered:
    errors, se = np.array([run.error for run in runs]), float(np.mean([run.se for run in runs]))
    systematic = errors - np.array([run.chance for run in runs])
    bias, reach = float(systematic.mean()), float("nan")
    if len(runs) > 1:
        reach = float(student.ppf(0.975, len(runs) - 1) * systematic.std(ddof=1) / np.sqrt(len(runs)))
    low, middle, high = ((each / se if se > 0 else float("nan")) for each in (bias - reach, bias, bias + reach))
    row = Recovered(
        estimator=name,
        title=ESTIMATORS[name].title,
        estimand=_asked(name, estimand),
        passed=None,
        runs=len(runs),
        units=part.units,
        bias=bias,
        bias_in_se=middle,
        low=low,
        high=high,
        covered=sum(run.covered for run in runs),
        squared_error=float((errors**2).mean()),
    )
    return replace(row, passed=_passed(row))


def _passed(row: Recovered) -> bool | None:
    """Fails where the bias is surely beyond half a standard error, or the coverage surely below COVERAGE_NEEDED; passes
    where the bias is surely within and the coverage may be 95 %."""
    if not np.isfinite([row.bias_in_se, row.low, row.high]).all():
        return None
    if row.low > BIAS_ALLOWED or row.high < -BIAS_ALLOWED or row.covered_bounds[1] < COVERAGE_NEEDED:
        return False
    surely = max(abs(row.low), abs(row.high)) <= BIAS_ALLOWED
    return True if surely and row.covered_bounds[1] >= 0.95 else None


def _sentence(row: Recovered) -> str:
    head = {
        True: f"{row.title} recovers planted effects on these units",
        False: f"{row.title} does not recover planted effects on these units",
        None: f"Whether {row.title} recovers planted effects on these units cannot be told yet",
    }[row.passed]
    return (
        f"{head}: bias {row.bias_in_se:+.2f} standard errors ({row.low:+.2f} to {row.high:+.2f}), "
        f"{row.covered} of {row.runs} intervals hold the truth."
    )
