"""Do the estimators of other structures find planted truths, and do their 95 % intervals hold them as often as they say?

    python -m tests.benchmarks structures [draws=40] [name ...]

One design each: several arms, doses (counts; slopes that differ), an instrument (strong; weak) beside a hidden cause, time to
the outcome (with loss that knows the covariates), uptake within a grace period (nothing planted; an effect), controls who
go over, a jump on a steep curve (sharp; fuzzy), mediators, and the front door. Coverage comes with its own 95 % interval
(Wilson); bias in standard errors; beside them what the plain analysis says. A weak instrument's refusals are counted.
Those that learn get a tenth of the draws. Targets: coverage and bias as in `coverage`.

A weak instrument pulls the estimate towards the plain one whatever is done; only its interval is to be believed.
`over_thin` has no target either: there uptake follows the covariates so closely that hardly anybody like the keenest stays
without, so no weight can stand for them; what is asked is that the estimate says so ("Few stand for many"). The curves
of the sharp cutoffs are those of Calonico, Cattaneo and Titiunik (2014): Lee's, Ludwig and Miller's, and their third.
"""

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, AnalysisTable, Covariate
from core.errors import NotEnoughData
from core.patterns.intervals import wilson
from tests.benchmarks.printed import coverage_lines, line
from tests.effects import test_arms, test_dose_response, test_instrument, test_mediators, test_uptake_strategies
from tests.effects import test_survival as timed
from tests.effects.planted import as_table

CURVES = {  # below and above the cutoff
    "lee": ((0.48, 1.27, 7.18, 20.21, 21.54, 7.33), (0.52, 0.84, -3.0, 7.99, -9.01, 3.56)),
    "mortality": ((3.71, 2.30, 3.28, 1.45, 0.23, 0.03), (0.26, 18.49, -54.81, 74.30, -45.02, 9.83)),
    "third": ((0.48, 1.27, -3.59, 14.147, 23.694, 10.995), (0.52, 0.84, -0.30, -2.397, -0.901, 3.56)),
}
FEW = "Few stand for many"


@dataclass(frozen=True)
class Planted:
    """make(draw) -> table; plain: what the plain analysis says, from the estimate's details; learns: gets fewer draws;
    judged: has targets; admits: what the notes of nearly every estimate must say where it has none."""

    estimator: str
    make: Callable[[int], AnalysisTable]
    truth: float
    plain: Callable[[Estimate], float] = lambda found: float("nan")
    learns: bool = False
    judged: bool = True
    admits: str | None = None


def varying_doses(draw: int) -> AnalysisTable:
    rng = np.random.default_rng(draw)
    x = rng.normal(size=(1500, 3))
    dose = x[:, 0] + np.exp(0.4 * x[:, 1]) * rng.normal(size=1500)
    outcome = x @ [1.0, 1.0, 0.5] + dose * (1 + 0.5 * x[:, 1]) + rng.normal(size=1500)
    return test_dose_response.dosed(x, dose, outcome)


def cut(draw: int, *, curve: str = "lee", units: int = 2000, fuzzy: bool = False) -> AnalysisTable:
    """The curve's own jump where the cutoff decides alone; 2 for those it brought to be treated where it does not."""
    rng = np.random.default_rng(draw)
    running, hidden = 2 * rng.beta(2, 4, size=units) - 1, rng.normal(size=units)
    chosen = rng.random(units) < np.where(running >= 0, 0.8, 0.25) + 0.1 * (hidden > 0)
    treated = chosen if fuzzy else running >= 0
    below, above = (np.polynomial.polynomial.polyval(running, each) for each in CURVES[curve])
    bend = np.where(running < 0, below, above)
    if fuzzy:  # without the curve's own jump
        bend = bend - (CURVES[curve][1][0] - CURVES[curve][0][0]) * (running >= 0) + 2 * treated + 0.3 * hidden
    table = as_table(rng.normal(size=(units, 1)), treated, bend + 0.1295 * rng.normal(size=units))
    frame = table.frame.assign(score=running)
    return replace(table, frame=frame, running=Covariate("score", "score", "score"), cutoff=0.0)


def sharp(curve: str, units: int) -> Planted:
    jump = CURVES[curve][1][0] - CURVES[curve][0][0]
    return Planted("discontinuity", lambda draw: cut(draw, curve=curve, units=units), jump,
                   lambda found: found.details["local_line"]["value"])  # fmt: skip


def lost(draw: int) -> AnalysisTable:
    """As `waiting`, but lost at a rate that knows x0."""
    table = timed.waiting(1500, seed=draw)
    leaves = np.random.default_rng([draw, 1]).exponential(size=1500) * np.exp(3 - 0.5 * table.matrix()[:, 0])
    event = table.frame[EVENT_DAYS].to_numpy()
    seen = np.where(event <= leaves, event, np.nan)
    return replace(table, frame=table.frame.assign(**{EVENT_DAYS: seen, FOLLOWED_DAYS: leaves}))


def over(follows: float) -> Planted:
    """Controls go over, `follows` times as much by the covariates as in the tests."""
    made = test_uptake_strategies.late_takers
    return Planted("per_protocol", lambda draw: made(2500, seed=draw, follows=follows), per_protocol_truth(),
                   lambda found: found.details["intention_to_treat"]["value"], judged=follows < 1, admits=FEW if follows >= 1 else None)  # fmt: skip


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
        "arms": Planted("arms", lambda draw: test_arms.three_arms(1500, seed=draw), 1.0, learns=True),
        "counts": Planted("dose_response", lambda draw: test_dose_response.searches(1500, seed=draw), 0.5,
                          lambda found: found.details["partially_linear"]["value"], learns=True),
        "doses": Planted("dose_response", varying_doses, 1.0,
                         lambda found: found.details["partially_linear"]["value"], learns=True),
        "strong": Planted("instrument", lambda draw: test_instrument.encouraged(2000, seed=draw), 1.0,
                          lambda found: found.details["adjusted"]["value"]),
        "weak": Planted("instrument", lambda draw: test_instrument.encouraged(500, push=0.6, seed=draw), 1.0,
                        lambda found: found.details["adjusted"]["value"], judged=False),
        "waiting": Planted("survival", lambda draw: timed.waiting(1500, seed=draw), timed.TRUTH,
                           lambda found: found.details["unadjusted"]["value"], learns=True),
        "lost": Planted("survival", lost, timed.TRUTH, lambda found: found.details["unadjusted"]["value"], learns=True),
        "grace_null": Planted("clone_censor_weight", lambda draw: grace(2500, effect=0.0, seed=draw), 0.0,
                              lambda found: found.details["as_taken"]["value"]),
        "grace": Planted("clone_censor_weight", lambda draw: grace(2500, seed=draw), strategies,
                         lambda found: found.details["as_taken"]["value"]),
        "over": over(1 / 3),
        "over_thin": over(1.0),
        **{f"{curve} {units:,}": sharp(curve, units) for curve in CURVES for units in (500, 2000)},
        "fuzzy": Planted("discontinuity", lambda draw: cut(draw, fuzzy=True), 2.0,
                         lambda found: found.details["local_line"]["value"]),
        "indirect": Planted("mediation", lambda draw: test_mediators.cart(1000, seed=draw), 0.8, learns=True),
        "front_door": Planted("front_door", lambda draw: test_mediators.hidden(1500, seed=draw)[0], front_door_truth(), learns=True),
    }  # fmt: skip


def main(draws: int, only: list[str]) -> None:
    warnings.simplefilter("ignore")
    for name, design in designs().items():
        if not only or name.split()[0] in only:
            show(name, design, max(draws // 10, 3) if design.learns else draws)


def show(name: str, design: Planted, draws: int) -> None:
    entry, values, errors, hits, plain, noted, refused = ESTIMATORS[design.estimator], [], [], 0, [], 0, 0
    for draw in range(draws):
        try:
            found = entry.load()(design.make(10_000 + draw), estimand=entry.estimands[0], seed=draw)
        except NotEnoughData:
            refused += 1
            continue
        values.append(found.value)
        errors.append(found.se)
        hits += found.low < design.truth < found.high
        plain.append(design.plain(found))
        noted += any((design.admits or FEW) in note for note in found.notes)
    held = len(values)
    low, high = wilson(hits, held)
    spread, bias, error = float(np.std(values, ddof=1)), float(np.mean(values)) - design.truth, float(np.mean(errors))
    print(
        f"{name:15s} {design.estimator:20s} truth {design.truth:+.3f}, {held} draws: coverage {hits / held:.3f} ({low:.3f} "
        f"to {high:.3f})  bias {bias:+.4f} = {bias / error:+.2f} se  mean se {error:.4f}  spread "
        f"{spread:.4f}  plain {np.mean(plain):+.3f}  refused {refused} of {draws}  said that few stand for many: {noted}",
        flush=True,
    )
    if design.judged:
        coverage_lines(f"{name}, {design.estimator}", hits, held, bias / error)
    elif design.admits:
        line(f"{name}, {design.estimator}: estimates that say so", noted / held, at_least=0.9)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40, sys.argv[2:])
