"""Do the estimators of other structures find planted truths, and do their 95 % intervals hold them as often as they say?

    python -m tests.benchmarks structures [draws] [name]

One design each: several arms, doses (counts; slopes that differ), an instrument (strong; weak) beside a hidden cause, time to
the outcome (with loss that knows the covariates), uptake within a grace period (nothing planted; an effect), controls who
go over, a jump on a steep curve (sharp; fuzzy), mediators, and the front door. Coverage comes with its own 95 % interval
(Wilson); bias in standard errors; beside them what the plain analysis says. A weak instrument's refusals are counted.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, AnalysisTable, Covariate
from core.errors import NotEnoughData
from core.patterns.intervals import wilson
from tests.effects import test_arms, test_dose_response, test_instrument, test_mediators, test_uptake_strategies
from tests.effects import test_survival as timed
from tests.effects.planted import as_table

LEE_BELOW = (0.48, 1.27, 7.18, 20.21, 21.54, 7.33)  # the curve of Lee (2008), as in Imbens and Kalyanaraman (2012)
LEE_ABOVE = (0.48, 0.84, -3.0, 7.99, -9.01, 3.56)


@dataclass(frozen=True)
class Planted:
    """make(draw) -> table; plain: what the plain analysis says, from the estimate's details."""

    estimator: str
    make: Callable[[int], AnalysisTable]
    truth: float
    plain: Callable[[Estimate], float] = lambda found: float("nan")


def varying_doses(draw: int) -> AnalysisTable:
    rng = np.random.default_rng(draw)
    x = rng.normal(size=(1500, 3))
    dose = x[:, 0] + np.exp(0.4 * x[:, 1]) * rng.normal(size=1500)
    outcome = x @ [1.0, 1.0, 0.5] + dose * (1 + 0.5 * x[:, 1]) + rng.normal(size=1500)
    return test_dose_response.dosed(x, dose, outcome)


def lee(draw: int, *, fuzzy: bool = False) -> AnalysisTable:
    rng = np.random.default_rng(draw)
    running, hidden = 2 * rng.beta(2, 4, size=2000) - 1, rng.normal(size=2000)
    chosen = rng.random(2000) < np.where(running >= 0, 0.8, 0.25) + 0.1 * (hidden > 0)
    treated = chosen if fuzzy else running >= 0
    bend = np.where(running < 0, np.polynomial.polynomial.polyval(running, LEE_BELOW),
                    np.polynomial.polynomial.polyval(running, LEE_ABOVE))  # fmt: skip
    outcome = bend + 2 * treated + 0.3 * fuzzy * hidden + 0.1295 * rng.normal(size=2000)
    table = as_table(rng.normal(size=(2000, 1)), treated, outcome)
    frame = table.frame.assign(score=running)
    return replace(table, frame=frame, running=Covariate("score", "score", "score"), cutoff=0.0)


def lost(draw: int) -> AnalysisTable:
    """As `waiting`, but lost at a rate that knows x0."""
    table = timed.waiting(1500, seed=draw)
    leaves = np.random.default_rng([draw, 1]).exponential(size=1500) * np.exp(3 - 0.5 * table.matrix()[:, 0])
    event = table.frame[EVENT_DAYS].to_numpy()
    seen = np.where(event <= leaves, event, np.nan)
    return replace(table, frame=table.frame.assign(**{EVENT_DAYS: seen, FOLLOWED_DAYS: leaves}))


def per_protocol_truth() -> float:
    shop = test_uptake_strategies.Shop(400_000, 0.7, 98)
    always, never = (shop.bought(np.full(400_000, at)) for at in (0.0, 99.0))
    return float((always <= 7).mean() - (never <= 7).mean())


def front_door_truth() -> float:
    return test_mediators.hidden(400_000, seed=97)[1]


def designs() -> dict[str, Planted]:
    """Name -> design; truths that need a simulation are made here."""
    grace, strategies = test_uptake_strategies.grace_period, test_uptake_strategies.truth_of_strategies(0.7)
    return {
        "arms": Planted("arms", lambda draw: test_arms.three_arms(1500, seed=draw), 1.0),
        "counts": Planted("dose_response", lambda draw: test_dose_response.searches(1500, seed=draw), 0.5,
                          lambda found: found.details["partially_linear"]["value"]),
        "doses": Planted("dose_response", varying_doses, 1.0,
                         lambda found: found.details["partially_linear"]["value"]),
        "strong": Planted("instrument", lambda draw: test_instrument.encouraged(2000, seed=draw), 1.0,
                          lambda found: found.details["adjusted"]["value"]),
        "weak": Planted("instrument", lambda draw: test_instrument.encouraged(500, push=0.6, seed=draw), 1.0,
                        lambda found: found.details["adjusted"]["value"]),
        "waiting": Planted("survival", lambda draw: timed.waiting(1500, seed=draw), timed.TRUTH,
                           lambda found: found.details["unadjusted"]["value"]),
        "lost": Planted("survival", lost, timed.TRUTH, lambda found: found.details["unadjusted"]["value"]),
        "grace_null": Planted("clone_censor_weight", lambda draw: grace(2500, effect=0.0, seed=draw), 0.0,
                              lambda found: found.details["as_taken"]["value"]),
        "grace": Planted("clone_censor_weight", lambda draw: grace(2500, seed=draw), strategies,
                         lambda found: found.details["as_taken"]["value"]),
        "over": Planted("per_protocol", lambda draw: test_uptake_strategies.late_takers(2500, seed=draw),
                        per_protocol_truth(), lambda found: found.details["intention_to_treat"]["value"]),
        "sharp": Planted("discontinuity", lee, 2.0, lambda found: found.details["local_line"]["value"]),
        "fuzzy": Planted("discontinuity", lambda draw: lee(draw, fuzzy=True), 2.0,
                         lambda found: found.details["local_line"]["value"]),
        "indirect": Planted("mediation", lambda draw: test_mediators.cart(1000, seed=draw), 0.8),
        "front_door": Planted("front_door", lambda draw: test_mediators.hidden(1500, seed=draw)[0], front_door_truth()),
    }  # fmt: skip


def main(draws: int, only: str | None) -> None:
    for name, design in designs().items():
        if only not in (None, name):
            continue
        values, errors, hits, plain, refused = [], [], 0, [], 0
        for draw in range(draws):
            try:
                found = ESTIMATORS[design.estimator].load()(
                    design.make(10_000 + draw), estimand=ESTIMATORS[design.estimator].estimands[0], seed=draw
                )
            except NotEnoughData:
                refused += 1
                continue
            values.append(found.value)
            errors.append(found.se)
            hits += found.low < design.truth < found.high
            plain.append(design.plain(found))
        held = len(values)
        low, high = wilson(hits, held)
        spread = float(np.std(values, ddof=1))
        bias = float(np.mean(values)) - design.truth
        print(
            f"{name:10s} {design.estimator:20s} truth {design.truth:+.3f}  coverage {hits / held:.3f} ({low:.3f} to "
            f"{high:.3f})  bias {bias:+.4f} = {bias / spread:+.2f} se  mean se {np.mean(errors):.4f}  spread "
            f"{spread:.4f}  plain {np.mean(plain):+.3f}  refused {refused} of {draws}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10, sys.argv[2] if len(sys.argv) > 2 else None)
