"""Funnel: how many users go from step to step, in order, within a window from their start.

A user may start many times. For each start the later steps are matched greedily (the next event of the right type,
again and again), and the start that leads furthest counts, the earliest one if several do; every user counts once.
"Next" means later in the order of (timestamp, event_id): a step may bear the same timestamp as the one before if it was
imported later. The window is counted from the start, its end included.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise, permutations
from operator import or_
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import pandas as pd
from pydantic import Field

from core.errors import NotEnoughData
from core.events.definitions.references import rule_of, title_of
from core.events.definitions.rules import Rule
from core.patterns.intervals import wilson
from core.patterns.period import EPOCH, TICK, Period, PeriodSpec, period_of
from core.patterns.sentences import counted, duration, listed, percent
from core.patterns.table import PatternTable
from core.storage.engine import Log

DAY_US = 86_400_000_000
USERS_TO_TRUST = 30
IsStep = Callable[[ir.Table, int], ir.BooleanValue]
PROPOSED_FROM = 6  # the most frequent event types that a proposal chooses from


class FunnelSpec(PeriodSpec):
    """steps: 2 to 6 event types or rules in order, one may come again; null for the proposed ones."""

    event_references: ClassVar[tuple[str, ...]] = ("steps",)
    steps: tuple[str, ...] | None = Field(default=None, min_length=2, max_length=6)
    window_days: float = Field(default=7, gt=0, le=3660)


def funnel(log: Log, spec: FunnelSpec) -> PatternTable:
    """One row per step: step (from 1), event_type, users, share_of_first, share_of_previous, low, high,
    median_seconds_from_previous, median_seconds_from_first.

    low, high: Wilson 95 % interval of share_of_first (null in the first row). Medians are over the users who reached
    the step. Raises NotFound for steps that the log lacks, BadSpec for rules that do not fit it, NotEnoughData where
    nobody starts.
    """
    _check_users(log)
    steps = spec.steps or proposed_steps(log)
    rules, names = [rule_of(step, log.manifest) for step in steps], [title_of(step) for step in steps]
    period = period_of(log, spec)
    found = log.fetch(_reached(log, rules, spec, period)).iloc[0]
    if not found["users_0"]:
        raise NotEnoughData(f"No user did '{names[0]}' in {period.text}; choose another first step or a longer period.")
    frame = pd.DataFrame([_row(found, names, place) for place in range(len(names))])
    return PatternTable(
        pattern="funnel",
        frame=frame,
        title=_title(frame, spec),
        population=f"users who did '{names[0]}'",
        caption=(
            f"{counted(found['users_0'], 'user')} who did '{names[0]}', each counted once; steps in order within "
            f"{duration(spec.window_days * 86_400)} of the start; {period.text}."
        ),
        notes=_notes(found, frame, spec),
        spec=spec.model_copy(update={"steps": tuple(steps)}),
        log_id=log.log_id,
        version_id=log.version_id,
    )


def proposed_steps(log: Log, length: int = 3) -> tuple[str, ...]:
    """The ordered event types that most users do for the first time in that order; shorter if the log has fewer types.

    A log with one event type gets it twice: who comes again? Raises NotEnoughData for a log without users.
    """
    _check_users(log)
    names = [entry["event_type"] for entry in log.manifest["event_types"]][:PROPOSED_FROM]
    if len(names) == 1:
        return names[0], names[0]
    orders = list(permutations(range(len(names)), min(length, len(names))))
    firsts = _first_positions(log, names)
    counts = log.fetch(firsts.agg(**{f"o{place}": _in_order(firsts, order) for place, order in enumerate(orders)}))
    best = max(range(len(orders)), key=lambda place: (counts[f"o{place}"][0] or 0, -place))
    return tuple(names[place] for place in orders[best])


def _check_users(log: Log) -> None:
    if not log.manifest["has_users"]:
        raise NotEnoughData(
            "This log names no users, so nobody can be followed from step to step; import it again with a user column."
        )
    if not log.manifest["event_types"]:
        raise NotEnoughData("This log holds no events, so there is no funnel; import one with at least one row.")


def _first_positions(log: Log, names: Sequence[str]) -> ir.Table:
    """Per user, the place in the history of the first event of each type: columns t0, t1, ..."""
    events = log.table()
    firsts = {
        f"t{place}": events.history_position.min(where=events.event_type == name) for place, name in enumerate(names)
    }
    return events.group_by("user_id").agg(**firsts)


def _in_order(firsts: ir.Table, order: Sequence[int]) -> ir.IntegerScalar:
    columns = [firsts[f"t{place}"] for place in order]
    rising = columns[0] < columns[1]
    for earlier, later in pairwise(columns[1:]):
        rising = rising & (earlier < later)
    return rising.sum().cast("int64")


def _starts(log: Log, steps: Sequence[Rule], period: Period) -> ir.Table:
    """One row per start: user_id and, in at_0, at_1, ..., the times (us) of its greedily matched steps, null if none.

    Worked from the last step back: an event of step k takes over the times of the next event of step k+1. Those times
    never fall from one such event to the next (a later one cannot match earlier), so the next one's are the minimum
    over all that follow, and a plain windowed minimum finds them.
    """
    rows, is_step = _step_rows(period.within(log.table(), "timestamp"), steps)
    after = ibis.window(group_by="user_id", order_by="order", following=(1, None))
    last = len(steps) - 1
    rows = rows.mutate(**{f"s{last}_{last}": _where(is_step(rows, last), rows["at"])})
    for place in range(last - 1, -1, -1):
        ahead = {
            f"s{place}_{later}": _where(is_step(rows, place), rows[f"s{place + 1}_{later}"].min().over(after))
            for later in range(place + 1, last + 1)
        }
        rows = rows.mutate(**{f"s{place}_{place}": _where(is_step(rows, place), rows["at"])}, **ahead)
    starts = rows.filter(is_step(rows, 0))
    return starts.select("user_id", **{f"at_{place}": starts[f"s0_{place}"] for place in range(len(steps))})


def _step_rows(events: ir.Table, steps: Sequence[Rule]) -> tuple[ir.Table, IsStep]:
    """The events of any step (user_id, order, at, and what tells the steps apart), and whether a row is of a step."""
    facts = {"order": events.history_position, "at": events.timestamp_us}
    types = [rule.only_type for rule in steps]
    if None not in types:
        chosen = events.filter(events.event_type.isin(list(dict.fromkeys(types))))
        return chosen.select("user_id", "event_type", **facts), lambda rows, place: rows.event_type == types[place]
    matched = {f"is_{place}": rule.matches(events) for place, rule in enumerate(steps)}
    chosen = events.filter(reduce(or_, matched.values()))
    return chosen.select("user_id", **facts, **matched), lambda rows, place: rows[f"is_{place}"]


def _where(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
    return ibis.cases((condition, value), else_=None)


def _users(starts: ir.Table, length: int, window_us: int) -> ir.Table:
    """One row per user: furthest (steps reached), the times of the counted path, and the last start (us)."""
    reached = [(starts[f"at_{place}"] - starts["at_0"] <= window_us).fill_null(False) for place in range(1, length)]
    furthest = ibis.literal(1)
    for step in reached:
        furthest = furthest + step.cast("int64")
    # At equal reach an earlier start never matches later, so the minima are those of the first such start.
    levels = starts.mutate(furthest=furthest).group_by("user_id", "furthest")
    best = levels.agg(
        last_start=starts["at_0"].max(), **{f"at_{place}": starts[f"at_{place}"].min() for place in range(length)}
    )
    return best.group_by("user_id").agg(
        furthest=best.furthest.max(),
        last_start=best.last_start.max(),
        **{f"at_{place}": best[f"at_{place}"].argmax(best.furthest) for place in range(length)},
    )


def _reached(log: Log, steps: Sequence[Rule], spec: FunnelSpec, period: Period) -> ir.Table:
    """One row: users_k, previous_k and first_k (median seconds) for each step k from 0; tied and open users."""
    window_us = round(spec.window_days * DAY_US)
    users = _users(_starts(log, steps, period), len(steps), window_us)
    columns: dict[str, ir.Value] = {"users_0": users.count()}
    tied = ibis.literal(False)
    for place in range(1, len(steps)):
        there = users.furthest > place
        gap = users[f"at_{place}"] - users[f"at_{place - 1}"]
        columns[f"users_{place}"] = there.sum().cast("int64")
        columns[f"previous_{place}"] = (gap / 1e6).median(where=there)
        columns[f"first_{place}"] = ((users[f"at_{place}"] - users["at_0"]) / 1e6).median(where=there)
        tied = tied | (there & (gap == 0))
    end_us = (min(period.end_at, period.last_at) - EPOCH) // TICK
    still_open = (users.furthest < len(steps)) & (users.last_start + window_us > end_us)
    return users.agg(**columns, tied=tied.sum().cast("int64"), open=still_open.sum().cast("int64"))


def _row(found: "pd.Series[float]", steps: Sequence[str], place: int) -> dict[str, object]:
    users, first = int(found[f"users_{place}"]), int(found["users_0"])
    before = int(found[f"users_{place - 1}"]) if place else users
    low, high = wilson(users, first) if place else (None, None)
    return {
        "step": place + 1,
        "event_type": steps[place],
        "users": users,
        "share_of_first": users / first,
        "share_of_previous": users / before if before else None,
        "low": low,
        "high": high,
        "median_seconds_from_previous": found[f"previous_{place}"] if place else None,
        "median_seconds_from_first": found[f"first_{place}"] if place else None,
    }


def _title(frame: pd.DataFrame, spec: FunnelSpec) -> str:
    first, last = frame.iloc[0], frame.iloc[-1]
    window = duration(spec.window_days * 86_400)
    who = f"{percent(last['share_of_first'])} of the users who did '{first['event_type']}'"
    if last["event_type"] == first["event_type"]:
        return f"{who} did it again within {window}"
    return f"{who} reached '{last['event_type']}' within {window}"


def _notes(found: "pd.Series[float]", frame: pd.DataFrame, spec: FunnelSpec) -> tuple[str, ...]:
    notes = ["A user with several starts counts once, with the earliest start that leads furthest."]
    if found["tied"]:
        notes.append(
            f"For {counted(found['tied'], 'user')} two steps bear the same timestamp: the order of import decides."
        )
    if found["open"]:
        notes.append(
            f"{counted(found['open'], 'user')} started less than {duration(spec.window_days * 86_400)} before the end "
            "and may still go on, so the shares are lower bounds."
        )
    small = [row["event_type"] for _, row in frame.iterrows() if 0 < row["users"] < USERS_TO_TRUST]
    if small:
        notes.append(f"Fewer than {USERS_TO_TRUST} users reached {listed(small)}: read with care.")
    return tuple(notes)
