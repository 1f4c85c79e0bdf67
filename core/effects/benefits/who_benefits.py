"""Who benefits: segments, learners on trial, sorted groups, targeting and a rule, from one analysis table.

Nothing is predicted for a unit by a model that saw its user, and a learner is offered only where its held-out
predictions beat one constant effect. Individual effects have no intervals: what a group of alike units gained has.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from core.effects.benefits import CATE_LEARNERS, DEFAULT_LEARNERS
from core.effects.benefits.crossed import FITS, CrossFit, Learnt, cross_fit, judging_scores
from core.effects.benefits.judged import (
    UNPROVEN,
    Judge,
    beats_constant,
    calibration,
    caution,
    overall,
    pair_rows,
    sorted_groups,
)
from core.effects.benefits.policy import policy
from core.effects.benefits.projection import projection
from core.effects.benefits.segments import by_segment
from core.effects.benefits.targeting import Targeting, target
from core.effects.diagnosis.overlap import outside, overlap
from core.effects.nuisances import Nuisances
from core.effects.opening import refuse_too_little
from core.effects.table import AnalysisTable
from core.errors import BadSpec, NotEnoughData

SMALLEST_GROUP = 100
SMALLEST_ARM = 50  # fewer units of an arm cannot be dealt into folds twice over and leave something to learn
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Watch:
    """Who is told how it goes: progress, as it works; show, what is known before any learner is on trial: the average,
    segments and projection."""

    progress: Progress = lambda share, message: None
    show: Callable[[dict[str, Any]], None] = lambda known: None


NOBODY: Final = Watch()


@dataclass(frozen=True)
class Benefits:
    """found: JSON-ready; table: the units that were used; effects, groups, treat (n,): predicted effect, sorted group
    (1 is the lowest) and whether the tree treats, or None where no learner earned it."""

    found: dict[str, Any]
    table: AnalysisTable
    effects: np.ndarray | None
    groups: np.ndarray | None
    treat: np.ndarray


def who_benefits(
    table: AnalysisTable,
    nuisances: Nuisances | None = None,
    *,
    seed: int = 0,
    learners: Sequence[str] = DEFAULT_LEARNERS,
    cost_per_treated: float = 0.0,
) -> dict[str, Any]:
    """How the effect differs between units, as JSON-ready values: the `cate` part of a study. Raises as `benefits`."""
    return benefits(table, nuisances, seed=seed, learners=learners, cost_per_treated=cost_per_treated).found


def benefits(
    table: AnalysisTable,
    nuisances: Nuisances | None = None,
    *,
    seed: int = 0,
    learners: Sequence[str] = DEFAULT_LEARNERS,
    cost_per_treated: float = 0.0,
    smallest_group: int = SMALLEST_GROUP,
    segment_groups: Collection[str] | None = None,
    watch: Watch = NOBODY,
) -> Benefits:
    """Everything of this room for one table of a binary treatment.

    nuisances: those of the study's headline, whose scores are then judged by. cost_per_treated: in the outcome's unit.
    segment_groups: covariate groups to make segments of, None for all. Raises BadSpec for another kind of treatment,
    NotEnoughData without covariates or with under 50 units in an arm.
    """
    _refuse(table)
    progress = watch.progress
    progress(0.02, "Learning who was treated")
    fits = nuisances or Nuisances(table, seed=seed)
    used, fits, said = _comparable(table, fits, seed)
    notes = [*said]
    values, moved = judging_scores(used, fits, _ticks(progress, 0.05, 0.3, fits.splits, "Scoring the units"))
    if moved:
        notes.append(f"{moved:,} propensities lay close to certainty and were moved to the limit of the estimator.")
    crossed = cross_fit(used, seed=seed, tick=_ticks(progress, 0.3, 0.5, FITS, "Learning outcomes without each user"))
    judge = Judge(values, used.weights, used.clusters, crossed.fold)
    progress(0.5, "Looking at segments")
    segments = by_segment(used, judge, smallest=smallest_group, seed=seed, groups=segment_groups)
    projected = projection(used, judge, seed=seed)
    known = {
        "units": used.units,
        "users": int(used.clusters.max()) + 1,
        "population": used.population,
        "outcome_title": used.outcome_title,
        "outcome_unit": used.outcome_unit,
        "treatment_title": used.treatment_title,
        "seed": seed,
        "smallest_group": smallest_group,
        "average": overall(judge).plain(),
        "segments": segments,
        "projection": projected,
    }
    watch.show(known)
    learnt = _learn(crossed, learners, seed, progress)
    notes += [note for each in learnt.values() for note in each.notes]
    effects = np.vstack([judge.levelled(each.effects) for each in learnt.values()])
    progress(0.8, "Judging the learners on held-out users")
    rows, losses = beats_constant(judge, effects, seed=seed)
    targeting = target(judge, effects, cost=cost_per_treated, seed=seed)
    best = _best(rows)
    tried = [
        _learner(judge, name, effects[at], rows[at], targeting, at, smallest_group, seed)
        for at, name in enumerate(learnt)
    ]
    progress(0.95, "Growing a rule")
    chosen = None if best is None else effects[best]
    widen = UNPROVEN if best is None else 1.0
    rule, treat = policy(crossed, judge, chosen, cost=cost_per_treated, smallest=smallest_group, widen=widen)
    found = {
        **known,
        "heterogeneity": _heterogeneity(list(learnt), rows, best, segments, projected),
        "learners": [{key: value for key, value in row.items() if key != "which"} for row in tried],
        "pairs": pair_rows(dict(zip(learnt, rows, strict=True)), losses, targeting.qini, targeting.qini_draws),
        "policy": rule,
        "notes": notes,
    }
    return Benefits(found, used, chosen, None if best is None else tried[best]["which"] + 1, treat)


def _refuse(table: AnalysisTable, which: str = "") -> None:
    if table.treatment_kind != "binary":
        raise BadSpec(
            f"Who benefits is answered for a treatment that is taken or not, and '{table.treatment_title}' is "
            f"{'an amount' if table.treatment_kind == 'dose' else 'one of several arms'}; ask about one value of it."
        )
    if not table.covariates:
        raise NotEnoughData("There is no covariate, so nothing says in what the units differ; add some.")
    treated = int(table.treatment.sum())
    if min(treated, table.units - treated) < SMALLEST_ARM:
        raise NotEnoughData(
            f"There are {treated:,} treated and {table.units - treated:,} control units{which}; to tell who benefits, "
            f"{SMALLEST_ARM} of each are needed."
        )
    refuse_too_little(table)


def _comparable(table: AnalysisTable, fits: Nuisances, seed: int) -> tuple[AnalysisTable, Nuisances, list[str]]:
    """The units that could have been in either arm: all of them where overlap holds, else those inside, counted."""
    propensity = fits.propensity(0)
    if overlap(table, propensity, estimand="ATE").passed:
        return table, fits, []
    never, always = outside(table.treatment, propensity, table.weights)
    kept = table.only_units(~never & ~always, "with comparable units in the other arm")
    kept = replace(kept, population=f"{table.population}, with comparable units in the other arm")
    _refuse(kept, " with comparable units in the other arm")
    said = (
        f"{table.units - kept.units:,} of {table.units:,} units have next to no comparable unit in the other arm; "
        "what is said here is about the others."
    )
    return kept, Nuisances(kept, seed=seed), [said]


def _learn(crossed: CrossFit, learners: Sequence[str], seed: int, progress: Progress) -> dict[str, Learnt]:
    found = {}
    for at, name in enumerate(dict.fromkeys(learners)):
        progress(
            0.55 + 0.25 * at / len(learners), f"{CATE_LEARNERS[name].title}: predicting effects for held-out users"
        )
        found[name] = CATE_LEARNERS[name].load()(crossed, seed=seed)
    return found


def _learner(
    judge: Judge,
    name: str,
    effects: np.ndarray,
    row: dict[str, Any],
    targeting: Targeting,
    at: int,
    smallest: int,
    seed: int,
) -> dict[str, Any]:
    return {
        "learner": name,
        "title": CATE_LEARNERS[name].title,
        "offered": row["passed"] is True,
        **row,
        "calibration": calibration(judge, effects, widen=caution(row)),
        **targeting.plain(at, widen=caution(row)),
        **_groups(judge, effects, smallest, seed, caution(row)),
    }


def _groups(judge: Judge, effects: np.ndarray, smallest: int, seed: int, widen: float) -> dict[str, Any]:
    found = sorted_groups(judge, effects, smallest=smallest, seed=seed, widen=widen)
    which = found.pop("which")
    return {"groups": found, "which": which}


def _best(rows: list[dict[str, Any]]) -> int | None:
    """The learner with the smallest loss among those that beat the constant."""
    offered = [at for at, row in enumerate(rows) if row["passed"]]
    return max(offered, key=lambda at: rows[at]["gain"]) if offered else None


def _heterogeneity(
    names: list[str], rows: list[dict[str, Any]], best: int | None, segments: dict[str, Any], projected: dict[str, Any]
) -> dict[str, Any]:
    """passed: True where a learner beats one constant effect on held-out users; None where none does (a difference
    may be there and too small to be found)."""
    if best is None:
        why = "no learner predicts it better than one constant."
        seen = [other["sentence"] for other in (segments, projected) if other["found"]]
        if not seen:
            said = f"No evidence that the effect differs between users: {why}"
        else:
            said = " ".join((*seen, f"Yet from user to user {why}"))
        return {"passed": None, "learner": None, "sentence": said}
    beaten = sum(row["passed"] is True for row in rows)
    said = (
        f"The effect differs between users: {beaten:,} of {len(rows):,} learners predict held-out effects better than "
        f"one constant, the {CATE_LEARNERS[names[best]].title} with the smallest loss."
    )
    return {"passed": True, "learner": names[best], "sentence": said}


def _ticks(progress: Progress, start: float, end: float, count: int, message: str) -> Callable[[], None]:
    """A function to call `count` times, that moves the progress from start to end."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(start + (end - start) * min(done / count, 1.0), message)

    return tick
