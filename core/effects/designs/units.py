"""Units: who is compared and from when, as an expression, with the count of what each rule of eligibility left.

A design makes candidates, each with its moment; rules sift them. Every rule reads what was known at time zero, or how
long the log is, and nothing else: what came later decides no eligibility.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Final

import ibis
import ibis.expr.types as ir

from core.effects.designs.marks import IS_TREATMENT, lists_since_us, moment_us
from core.effects.designs.release import release_of
from core.effects.designs.windows import Windows
from core.effects.question import EVERYBODY, CausalQuestion, duration
from core.effects.question_parts import Recommended, TimeTo
from core.effects.table import AttritionStep
from core.errors import NotEnoughData
from core.events.definitions.references import rule_of, title_of
from core.storage.engine import Log

ASSIGNED: Final = "assigned arm"  # 1 or 0 where the design itself says who is treated, else null
LABEL: Final = "label zero us"  # time zero of the treatment; time zero itself, except for a placebo time
EXPOSED: Final = "exposed us"  # when the user took the treatment up for the first time, null if never
SHARE: Final = "sampled share"  # of such candidates, 1 where all were taken
OWN_SESSION: Final = "own session id"
COLUMNS: Final = ("unit_id", "trial_user_id", "time_zero_us", OWN_SESSION, ASSIGNED, LABEL, EXPOSED, SHARE)


@dataclass(frozen=True)
class Units:
    """table: COLUMNS; attrition: what each rule left; notes: sentences on what the design did; then: what was done to
    the units after the last rule, if anything was."""

    table: ir.Table
    attrition: tuple[AttritionStep, ...]
    notes: tuple[str, ...] = ()
    then: str | None = None


@dataclass(frozen=True)
class Sifted:
    """Candidates with the columns of the rules: eligible is whether all hold."""

    table: ir.Table
    rules: Mapping[str, str]

    @property
    def all_hold(self) -> ir.BooleanValue:
        return reduce(and_, (self.table[column] for column in self.rules.values()))

    @property
    def eligible(self) -> ir.Table:
        return self.table.filter(self.all_hold)

    def counts(self) -> dict[str, ir.Value]:
        """{title: how many candidates this rule and those before it leave}."""
        left: ir.BooleanValue = ibis.literal(True)
        counted = {}
        for title, column in self.rules.items():
            left = left & self.table[column]
            counted[title] = self.table.count(where=left)
        return counted


def sifted(
    log: Log, candidates: ir.Table, question: CausalQuestion, offsets: Windows, own: Mapping[str, str]
) -> Sifted:
    """Candidates under the rules of every design: enough log before and after, the population, the release.

    candidates: with `trial_user_id, time_zero_us`; own: {title: boolean column}: the design's rules, which come first.
    """
    first_us, last_us = bounds(log)
    zero, table, rules = candidates.time_zero_us, candidates, dict(own)
    to_event = isinstance(question.outcome_measure, TimeTo) and not offsets.placebo
    needed_us = 1 if to_event else question.outcome_window_us
    after = "some log" if to_event else f"{duration(question.outcome_window_days)} of log"
    table = table.mutate(
        **{"looked back": zero + offsets.first_us >= first_us, "followed up": zero + needed_us <= last_us}
    )
    rules |= {offsets.lookback_name: "looked back", f"with {after} after time zero": "followed up"}
    if question.population != EVERYBODY:
        end_us = offsets.covariates_end_us
        table = _in_population(log, table, question.population, end_us)
        when = "before time zero" if end_us == 0 else "before every window of theirs"
        rules[f"of users with {title_of(question.population)} {when}"] = "in population"
    release = release_of(log, question.treatment)
    if release is not None:
        table = table.mutate(**{"released": table.time_zero_us >= release.at_us})
        rules[f"after the release of {question.treatment_name} ({release.label})"] = "released"
    if isinstance(question.treatment_measure, Recommended):
        table = table.mutate(listed=table.time_zero_us > lists_since_us(log, question.treatment_measure))
        rules["after the last event that the recommendations were learnt from"] = "listed"
    return Sifted(table, rules)


def bounds(log: Log) -> tuple[int, int]:
    """The moments of the log's first and last event, in microseconds."""
    first_us, last_us = (moment_us(str(log.manifest[name])) for name in ("first_at", "last_at"))
    return first_us, last_us


def uptakes(events: ir.Table, times: int = 1, by: str = "user_id") -> ir.Table:
    """(by, uptake_us): when the treatment happened for the n-th time to each user, or in each session."""
    treatments = events.filter(events[IS_TREATMENT])
    moments = treatments.timestamp_us
    nth = moments.min() if times == 1 else nth_smallest(moments, times)
    made = treatments.group_by(**{"uptake of": treatments[by]}).aggregate(uptake_us=nth)
    return made.filter(made.uptake_us.notnull())


def nth_smallest(value: ir.IntegerValue, n: int, where: ir.BooleanValue | None = None) -> ir.IntegerValue:
    """The n-th smallest value of a group, null where it has fewer."""
    smallest: ir.ArrayValue = _smallest(value, n, where=where)
    return smallest[n - 1]


def refuse_none(units: int, attrition: tuple[AttritionStep, ...], question: CausalQuestion) -> None:
    """Raise NotEnoughData when a rule left nobody, naming the step."""
    if units:
        return
    steps = ", ".join(f"{step.units:,} {step.title}" for step in attrition)
    raise NotEnoughData(
        f"Nobody is left to compare for {question.treatment_title} ({steps}); shorten a window, choose another "
        "landmark or load a longer log."
    )


def _in_population(log: Log, table: ir.Table, population: str, end_us: int) -> ir.Table:
    """Adds whether the user had such an event strictly before the covariates' end, anywhere in the log."""
    events = log.table("events")
    matching = events.filter(rule_of(population, log.manifest).matches(events))
    since = matching.group_by(**{"population user": matching.user_id}).aggregate(
        **{"population since": matching.timestamp_us.min()}
    )
    joined = table.left_join(since, table.trial_user_id == since["population user"])
    within = ibis.coalesce(joined["population since"] < joined.time_zero_us + end_us, False)
    return joined.mutate(**{"in population": within}).drop("population user", "population since")


_smallest = ibis.udf.agg.builtin(lambda value, n: None, name="min", signature=(("int64", "int64"), "array<int64>"))
