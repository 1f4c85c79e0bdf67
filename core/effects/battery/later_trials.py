"""Null pairs from later trials: what users take up in a later trial cannot change what followed an earlier one.

Units are the question's own trials, with their covariates and outcomes, less those that took the treatment up in their
own outcome window (whose outcomes it may have changed). "Treated" is who takes it up in the user's k-th trial after
that window. All is as in the question but the order of cause and effect: a trait of users, or a cause that lasts from
trial to trial, biases these pairs as it does the headline.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from core.effects.battery.adjusted import Adjusted
from core.effects.battery.null_pair import Asked, Drawn, Place, estimated, measured, summed
from core.effects.designs.windows import Windows
from core.effects.question import EVERYBODY, CausalQuestion
from core.effects.question_parts import Took
from core.effects.screen.scan import Followed, Rules, follow, windows_of
from core.events.definitions.references import rule_of, title_of
from core.events.definitions.rules import Rule
from core.storage.engine import Log

KIND: Final = "treatment in a later trial"
UNITS_AT_MOST: Final = 30_000


def later_trials(log: Log, question: CausalQuestion, asked: Asked, *, groups: Adjusted, lags: int) -> Iterator[Drawn]:
    """The pairs of one lag after another, from one scan."""
    offsets = windows_of(
        lookback_us=question.lookback_us,
        treatment_us=question.treatment_window_us,
        outcome_us=question.outcome_window_us,
    )
    seen = followed(log, question, asked, offsets, groups)
    times = question.treatment_measure.times if isinstance(question.treatment_measure, Took) else 1
    eligible = seen.taken_before[:, 0] == 0
    usable = eligible & (seen.counts[:, 0] == 0)
    outcomes = measured(question, seen.counts[:, 1:])
    for lag in range(1, lags + 1):
        later = trial_after(seen, eligible, question.outcome_window_us, lag)
        rows = np.flatnonzero(usable & (later >= 0))
        treated = (seen.taken[later[rows], 0] >= times).astype(float)
        when = f"{lag} {'trial' if lag == 1 else 'trials'} before {question.taken_up}"
        found = estimated(
            seen.matrix[rows], treated, outcomes[rows], seen.clusters[rows], asked,
            Place(KIND, lag, [f"{title_of(name)}, {when}" for name in asked.outcomes]),
        )  # fmt: skip
        yield Drawn(found.pairs, 0, found.left_out, seen.sampled_share)


def followed(log: Log, question: CausalQuestion, asked: Asked, offsets: Windows, groups: Adjusted) -> Followed:
    """The question's trials and what was counted in these windows: the treatment, then every outcome asked for."""
    treatment = rule_of(question.treatment, log.manifest)
    return follow(
        log,
        landmark_event=question.landmark_event,
        offsets=offsets,
        rules=Rules(
            [treatment],
            [treatment, *(rule_of(name, log.manifest) for name in asked.outcomes)],
            population_of(log, question),
            summed(question, 1),
        ),
        groups=groups.groups,
        units_at_most=UNITS_AT_MOST,
        also=groups.states_at(log, offsets),
    )


def population_of(log: Log, question: CausalQuestion) -> Rule | None:
    """The rule that users of the question's population must have met before time zero."""
    return None if question.population == EVERYBODY else rule_of(question.population, log.manifest)


def trial_after(seen: Followed, eligible: np.ndarray, window_us: int, lag: int) -> np.ndarray:
    """(n,) row of the user's `lag`-th eligible trial whose time zero is after the unit's outcome window, or -1."""
    rows = np.flatnonzero(eligible)
    order = rows[np.lexsort((seen.time_zero_us[rows], seen.clusters[rows]))]
    # Users lie one after another on one line of time, so that one search serves all of them.
    start = int(seen.time_zero_us.min(initial=0))
    length = int(seen.time_zero_us.max(initial=0)) - start + window_us + 1
    line = seen.clusters[order] * length + (seen.time_zero_us[order] - start)
    own = seen.clusters * length + (seen.time_zero_us - start)
    place = np.searchsorted(line, own + window_us, side="right") + lag - 1
    found = np.full(seen.units, -1)
    inside = place < len(order)
    later = order[place[inside]]
    found[inside] = np.where(seen.clusters[later] == seen.clusters[inside], later, -1)
    return found
