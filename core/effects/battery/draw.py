"""Which null pairs a battery uses: those that keep the confounding of the question, the most alike first.

Later trials where users come back to trials; what happened before time zero otherwise. A treatment dealt out by chance
is no null pair here: it knows no confounding, so it says nothing of what the design misses.
"""

import time
from collections.abc import Callable, Iterator

from core.effects.battery.adjusted import Adjusted, adjusted
from core.effects.battery.earlier_outcomes import earlier_windows, placebo_tables
from core.effects.battery.later_trials import later_trials
from core.effects.battery.null_pair import Asked, Drawn
from core.effects.cut import TrimRule
from core.effects.question import CausalQuestion
from core.effects.question_parts import Landmark, Took
from core.events.definitions.references import rule_of
from core.storage.engine import Log

TYPES_AT_MOST = 10
LAGS_AT_MOST = 12
FEWEST_PAIRS = 10


def draw_pairs(
    log: Log, question: CausalQuestion, *, groups: Adjusted | set[str], estimand: str, pairs: int, seconds: float,
    seed: int, clock: Callable[[], float] = time.perf_counter,
) -> Drawn:  # fmt: skip
    """Estimate up to about `pairs` null pairs until the time is up; groups: of the covariates to adjust for, or names
    of those made from counts and attributes."""
    trim = TrimRule(question.trim, question.estimand == "ATT") if question.trim is not None else None
    asked = Asked(outcomes_of(log, question), estimand, seed, trim)
    lags = min(LAGS_AT_MOST, -(-pairs // len(asked.outcomes)))
    until = clock() + seconds
    chosen = groups if isinstance(groups, Adjusted) else adjusted(log, groups, None)
    drawn = Drawn(wanted=lags * len(asked.outcomes))
    if not (isinstance(question.design, Landmark) and isinstance(question.treatment_measure, Took)):
        return _until(drawn, placebo_tables(log, question, asked, groups=chosen, lags=lags), until, clock)
    found = _until(drawn, later_trials(log, question, asked, groups=chosen, lags=lags), until, clock)
    if len(found.pairs) >= FEWEST_PAIRS or found.late:
        return found
    found = Drawn(found.pairs, found.wanted, 0, found.sampled_share)  # the other kind takes their place
    return _until(found, earlier_windows(log, question, asked, groups=chosen, lags=lags), until, clock)


def outcomes_of(log: Log, question: CausalQuestion) -> list[str]:
    """The question's outcome and the log's event types, most frequent first, less the treatment: what users took up
    before says more of the treatment than any cause of the outcome does."""
    treated = rule_of(question.treatment, log.manifest).event_type
    types = [str(entry["event_type"]) for entry in log.manifest["event_types"]]
    others = [name for name in types if name not in (treated, question.outcome)]
    return [question.outcome, *others][:TYPES_AT_MOST]


def _until(drawn: Drawn, more: Iterator[Drawn], until: float, clock: Callable[[], float]) -> Drawn:
    """What an iterator gives until the time is up; at least its first part."""
    for part in more:
        drawn = drawn.and_then(part)
        if clock() > until:
            break
    return drawn
