"""One scan of the log for many questions: every trial at a landmark, what its history says, and which events followed.

A trial is a session that reaches its n-th event; time zero is that event. Covariates come strictly before the history's
end, which is time zero, or earlier where the outcomes are placebos. What counts as treated or as an outcome is a list
of rules, so that all pairs of event types share the trials, the covariates and the scan.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.effects.covariates import Column, independent
from core.effects.designs.windows import Windows
from core.effects.groups import CovariateGroup
from core.effects.history import KNOWN, OWN, history_columns, history_measures
from core.effects.table import Covariate
from core.events.definitions.rules import Rule
from core.storage.engine import Log

SHARES = 10_000  # users are sampled in ten-thousandths
SHARED_COLUMNS = ("unit_id", "trial_user_id", "time_zero_us")


@dataclass(frozen=True)
class Rules:
    """Which events are looked for; population: users with such an event before time zero, None for all; summed: by the
    place of an outcome the column to sum over its events, which are counted otherwise."""

    treatments: Sequence[Rule]
    outcomes: Sequence[Rule]
    population: Rule | None = None
    summed: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Followed:
    """Trials with their histories and what followed; n rows in the order of unit ids.

    time_zero_us (n,); matrix (n, p), covariates (p): linearly independent columns; clusters (n,) codes of users; taken
    (n, per treatment): how many such events followed within the treatment window, or whether the next event is one;
    taken_before: how many stood in the session up to time zero; counts (n, per outcome): how many lay in the outcome
    window, or what they sum to; sampled_share: of the users.
    """

    time_zero_us: np.ndarray
    matrix: np.ndarray
    covariates: tuple[Covariate, ...]
    clusters: np.ndarray
    taken: np.ndarray
    taken_before: np.ndarray
    counts: np.ndarray
    sampled_share: float

    @property
    def units(self) -> int:
        return len(self.clusters)


def follow(
    log: Log,
    *,
    landmark_event: int,
    offsets: Windows,
    rules: Rules,
    groups: Sequence[CovariateGroup],
    units_at_most: int | None = None,
    next_event: bool = False,
    also: Callable[[pd.DataFrame], list[Column]] | None = None,
) -> Followed:
    """Scan the log. Trials whose windows reach beyond the log are left out; of more than `units_at_most` trials, those
    of a share of the users are taken, always the same ones. next_event: only the very next event
    of the session can be the treatment. also: gives more columns, told `trial_user_id, time_zero_us` of the trials."""
    trials = _trials(log, landmark_event, offsets, rules.population)
    total = int(log.fetch(trials.aggregate(total=trials.count()))["total"][0])
    kept = SHARES if not units_at_most else max(1, min(SHARES, SHARES * units_at_most // max(total, 1)))
    if kept < SHARES:
        trials = trials.filter(_bucket(trials.trial_user_id) < kept)
    marks = _marks_at(landmark_event + 1 if next_event else None, offsets, rules)
    frame = log.fetch(_rows(trials, log, offsets, marks, groups))
    frame = frame.sort_values("unit_id", ignore_index=True)
    columns, _ = history_columns(frame, log, offsets, groups) if len(frame) else ([], ())
    columns, _ = independent([*columns, *(also(frame) if also and len(frame) else [])])
    return Followed(
        time_zero_us=frame["time_zero_us"].to_numpy(),
        matrix=np.column_stack([column.values for column in columns]) if columns else np.zeros((len(frame), 0)),
        covariates=tuple(column.covariate for column in columns),
        clusters=pd.factorize(frame["trial_user_id"])[0],
        taken=_stacked(frame, "taken", len(rules.treatments)),
        taken_before=_stacked(frame, "before", len(rules.treatments)),
        counts=_stacked(frame, "count", len(rules.outcomes)),
        sampled_share=kept / SHARES,
    )


def _trials(log: Log, landmark_event: int, offsets: Windows, population: Rule | None) -> ir.Table:
    events = log.table("events")
    bounds = log.fetch(events.aggregate(first_us=events.timestamp_us.min(), last_us=events.timestamp_us.max())).iloc[0]
    chosen = events.filter(
        events.session_position == landmark_event,
        events.timestamp_us + offsets.first_us >= int(bounds["first_us"]),
        events.timestamp_us + offsets.uptake_to_us <= int(bounds["last_us"]),
    )
    trials = chosen.select(unit_id=chosen.session_id, trial_user_id=chosen.user_id, time_zero_us=chosen.timestamp_us)
    if population is None:
        return trials
    matching = events.filter(population.matches(events))
    since = matching.group_by(member=matching.user_id).aggregate(since_us=matching.timestamp_us.min())
    joined = trials.join(since, [trials.trial_user_id == since.member, trials.time_zero_us > since.since_us])
    return joined.select("unit_id", "trial_user_id", "time_zero_us")


def _bucket(user_id: ir.Value) -> ir.IntegerValue:
    """A number from 0 to SHARES - 1 that a user keeps."""
    bucket: ir.IntegerValue = (user_id.hash() % SHARES + SHARES) % SHARES
    return bucket


def _rows(
    trials: ir.Table,
    log: Log,
    offsets: Windows,
    marks: Callable[[ir.Table], Mapping[str, ir.Value]],
    groups: Sequence[CovariateGroup],
) -> ir.Table:
    """One row per trial: its history measures, and what it took up and went on to."""
    events = log.table("events")
    joined = trials.join(
        events,
        [
            trials.trial_user_id == events.user_id,
            events.timestamp_us >= trials.time_zero_us + offsets.first_us,
            events.timestamp_us <= trials.time_zero_us + offsets.uptake_to_us,
        ],
    )
    offset_us = joined.timestamp_us - joined.time_zero_us
    rows = joined.mutate(
        offset_us=offset_us,
        **{KNOWN: offset_us < offsets.covariates_end_us, OWN: joined.session_id == joined.unit_id},
    )
    measured = rows.group_by(*SHARED_COLUMNS).aggregate(**marks(rows), **history_measures(rows, log, groups))
    users = log.table("users").select(known_user_id="user_id", first_us="first_us")
    return measured.join(users, measured.trial_user_id == users.known_user_id).drop("known_user_id")


def _marks_at(position: int | None, offsets: Windows, rules: Rules) -> Callable[[ir.Table], Mapping[str, ir.Value]]:
    """What to count per trial; position: of the only event in the session that can be the treatment."""

    def marks(rows: ir.Table) -> Mapping[str, ir.Value]:
        if position is None:
            taken = rows.offset_us.between(offsets.treatment_from_us, offsets.treatment_to_us)
        else:
            taken = rows[OWN] & (rows.session_position == position)
        window = rows.offset_us.between(offsets.outcome_from_us, offsets.outcome_to_us)
        before = rows[OWN] & (rows.offset_us <= 0)
        made: dict[str, ir.Value] = {}
        for at, rule in enumerate(rules.treatments):
            matches = rule.matches(rows)
            made[f"taken_{at}"] = rows.count(where=matches & taken)
            made[f"before_{at}"] = rows.count(where=matches & before)
        for at, rule in enumerate(rules.outcomes):
            inside = rule.matches(rows) & window
            made[f"count_{at}"] = rows.count(where=inside)
            if at in rules.summed:
                made[f"count_{at}"] = rows[rules.summed[at]].sum(where=inside).cast("float64").fill_null(0.0)
        return made

    return marks


def _stacked(frame: pd.DataFrame, stem: str, many: int) -> np.ndarray:
    """(n, many) float."""
    return frame[[f"{stem}_{at}" for at in range(many)]].to_numpy(dtype=float)


def windows_of(*, lookback_us: int, treatment_us: int, outcome_us: int, back_us: int | None = None) -> Windows:
    """Windows around time zero. back_us: how long before time zero a placebo outcome's window starts; the history ends
    there. Without it the outcome follows time zero."""
    start = 1 if back_us is None else -back_us
    return Windows(
        lookback_us=lookback_us,
        covariates_end_us=0 if back_us is None else -back_us,
        origin_us=start - 1,
        outcome_from_us=start,
        outcome_to_us=outcome_us if back_us is None else outcome_us - back_us - 1,
        treatment_from_us=1,
        treatment_to_us=treatment_us,
        outcome_name="",
        lookback_name="",
        placebo=back_us is not None,
    )
