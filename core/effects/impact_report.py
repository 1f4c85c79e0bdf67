"""The number of a propensity-stratified impact report, as product analytics tools give it, for the same question.

New adopters (no treatment in the first half of the log, some in the second) against users who never took it up, by what
followed anywhere in the second half; stratified into fifths of the propensity learnt from behaviour in the first half
(Rosenbaum and Rubin 1984), each stratum counting by its adopters. It has a lookback and no time zero: what came before
the adoption counts as its effect, and adopters had to be around to adopt.
"""

from dataclasses import dataclass
from typing import Any, Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.special import expit

from core.effects.designs.marks import IS_OUTCOME, IS_TREATMENT, marked_events
from core.effects.designs.units import bounds
from core.effects.history import counted_event_types
from core.effects.interval import NORMAL_975
from core.effects.logistic import fit_logistic
from core.effects.question import MICROSECONDS_PER_DAY, CausalQuestion
from core.effects.question_parts import amount_of, summed_column
from core.errors import NotEnoughData
from core.storage.engine import Log

STRATA: Final = 5
FEWEST: Final = 20  # adopters, and users who never adopted
FEWEST_IN_STRATUM: Final = 2  # what a variance needs
PENALTY: Final = 1.0
HOW: Final = (
    "Users who took it up for the first time in the second half of the log, compared with users who never did, by what "
    "followed in that half; alike in how they behaved in the first half (fifths of the propensity)."
)


@dataclass(frozen=True)
class Impact:
    """value with its interval in `unit`; treated, control: how many users on each side; left_out: of the adopters, in
    strata with nobody to compare with."""

    value: float
    low: float
    high: float
    treated_mean: float
    control_mean: float
    treated: int
    control: int
    unit: str
    left_out: int

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "says": HOW}


def impact_report(log: Log, question: CausalQuestion) -> Impact:
    """The report's number; raises NotEnoughData when a side has too few users."""
    unit = _unit(question)
    users = log.fetch(_users(log, question, unit))
    users = users[users["seen"] & ~users["adopted_before"]].sort_values("user_id", ignore_index=True)
    adopted = users["adopted"].to_numpy(dtype=float)
    if min(adopted.sum(), (1 - adopted).sum()) < FEWEST:
        raise NotEnoughData(
            f"{int(adopted.sum()):,} users took {question.taken_up} up in the second half of the log and "
            f"{int((1 - adopted).sum()):,} never did; an impact report needs {FEWEST} of each."
        )
    amount = users["amount"].to_numpy(dtype=float)
    design = _design(users)
    propensity = expit(fit_logistic(design, adopted, penalty=PENALTY).score)
    edges = np.quantile(propensity, np.linspace(0, 1, STRATA + 1)[1:-1])
    stratum = np.searchsorted(edges, propensity)
    return _stratified(stratum, adopted, amount, unit)


def _users(log: Log, question: CausalQuestion, unit: str) -> ir.Table:
    """One row per user: behaviour in the first half, adoption and amount of outcome in the second."""
    events = marked_events(log, question)
    first_us, last_us = bounds(log)
    early = events.timestamp_us < (first_us + last_us) // 2
    outcome = events[IS_OUTCOME] & ~early
    amounts = {
        "events": lambda: events.count(where=outcome).cast("float64"),
        "value": lambda: (
            events[summed_column(question.outcome_measure)].sum(where=outcome).cast("float64").fill_null(0.0)
        ),
        "share": lambda: outcome.any().cast("float64"),
    }
    counts = {
        f"count_{at}": events.count(where=early & (events.event_type == name))
        for at, name in enumerate(counted_event_types(log))
    }
    return events.group_by("user_id").aggregate(
        seen=early.any(),
        adopted_before=(events[IS_TREATMENT] & early).any(),
        adopted=(events[IS_TREATMENT] & ~early).any(),
        amount=amounts[unit](),
        days=(events.timestamp_us // MICROSECONDS_PER_DAY).nunique(where=early),
        last_us=events.timestamp_us.max(where=early),
        **counts,
    )


def _design(users: pd.DataFrame) -> np.ndarray:
    """(n, k): a constant and the standardised behaviour."""
    last = users["last_us"].to_numpy(dtype=float)
    columns = [np.log1p((last.max() - last) / MICROSECONDS_PER_DAY), np.log1p(users["days"].to_numpy(dtype=float))]
    columns += [np.log1p(users[name].to_numpy(dtype=float)) for name in users if str(name).startswith("count_")]
    matrix = np.column_stack(columns)
    spread = matrix.std(axis=0)
    standard = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.column_stack([np.ones(len(matrix)), standard])


def _stratified(stratum: np.ndarray, adopted: np.ndarray, amount: np.ndarray, unit: str) -> Impact:
    weights, means, variances, left_out = [], [], [], 0
    for which in range(STRATA):
        arms = [amount[(stratum == which) & (adopted == arm)] for arm in (1, 0)]
        if min(len(arm) for arm in arms) < FEWEST_IN_STRATUM:
            left_out += len(arms[0])
            continue
        weights.append(len(arms[0]))
        means.append([arm.mean() for arm in arms])
        variances.append(sum(arm.var(ddof=1) / len(arm) for arm in arms))
    if not weights:
        raise NotEnoughData("No fifth of the propensity holds both adopters and users who never adopted.")
    share = np.array(weights) / np.sum(weights)
    treated, control = (float(share @ side) for side in np.array(means).T)
    error = float(np.sqrt(share**2 @ np.array(variances)))
    value = treated - control
    return Impact(
        value=value,
        low=value - NORMAL_975 * error,
        high=value + NORMAL_975 * error,
        treated_mean=treated,
        control_mean=control,
        treated=int(adopted.sum()),
        control=int((1 - adopted).sum()),
        unit=unit,
        left_out=left_out,
    )


def _unit(question: CausalQuestion) -> str:
    """As `naive.ever_against_never`: without a time zero, times and retention become the share who ever did."""
    return amount_of(question.outcome_measure) or "share"
