"""Units, treatments and outcomes of every design by loops over plain rows: what the engine's one scan must equal."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.effects.question import CausalQuestion

DAY = 86_400_000_000
MINUTE = 60_000_000
NEVER = float("nan")


@dataclass
class Event:
    user: str
    kind: str
    us: int
    value: float
    arm: str | None
    position: int
    session: int = 0


def histories(frame: pd.DataFrame) -> dict[str, list[Event]]:
    """The events of each user in the order of time, in sessions with gaps of at most 30 minutes."""
    found: dict[str, list[Event]] = {}
    us = frame["timestamp"].astype("datetime64[us]").astype("int64")
    for at in np.argsort(us.to_numpy(), kind="stable"):
        row = frame.iloc[at]
        event = Event(row.user_id, row.event_type, int(us.iloc[at]), row.value, row.arm, int(row.position))
        before = found.setdefault(event.user, [])
        if before:
            event.session = before[-1].session + (event.us - before[-1].us > 30 * MINUTE)
        before.append(event)
    return found


def plain_units(frame: pd.DataFrame, question: CausalQuestion) -> pd.DataFrame:
    """user_id, zero_us, treatment, outcome, event_days, followed_days, uptake_days of every unit; no sampling."""
    every = histories(frame)
    moments = [event.us for history in every.values() for event in history]
    first, last = min(moments), max(moments)
    make = {"landmark": landmark, "first_exposure": first_exposure, "before_after": before_after}[question.design.kind]
    units = [unit for history in every.values() for unit in make(history, question, first, last)]
    return pd.DataFrame(units)


def treats(event: Event, question: CausalQuestion) -> bool:
    measure = question.treatment_measure
    return event.kind == question.treatment and (measure.kind != "slot" or event.position <= measure.position)


def followed(question: CausalQuestion, zero: int, last: int) -> bool:
    return zero < last if question.outcome_measure.kind == "time_to" else zero + question.outcome_window_us <= last


def landmark(history: list[Event], question: CausalQuestion, first: int, last: int) -> list[dict]:
    units, measure = [], question.treatment_measure
    back = question.lookback_us * (2 if measure.kind == "segment" else 1)
    for number in {event.session for event in history}:
        session = [event for event in history if event.session == number]
        if len(session) < question.landmark_event:
            continue
        zero = session[question.landmark_event - 1].us
        if measure.kind != "segment" and any(treats(event, question) and event.us <= zero for event in session):
            continue
        if zero - back < first or not followed(question, zero, last):
            continue
        unit = {"user_id": history[0].user, "zero_us": zero, **outcome(history, question, zero, last)}
        taken = [e for e in history if treats(e, question) and e.us > zero]
        grace = [e for e in taken if e.us <= zero + question.treatment_window_us]
        if measure.kind == "segment":
            inside = [e for e in history if treats(e, question) and zero - question.lookback_us <= e.us < zero]
            unit["treatment"] = float(bool(inside))
        elif measure.kind == "dose":
            unit["treatment"] = float(len(grace) if measure.of == "count" else sum(e.value for e in grace))
        elif measure.kind == "arms":
            if not grace or grace[0].arm not in measure.arms:
                continue
            unit["treatment"] = float(measure.arms.index(grace[0].arm))
        else:
            times = measure.times if measure.kind == "did" else 1
            unit["treatment"] = float(len(grace) >= times)
            until = zero + max(question.treatment_window_us, question.outcome_window_us)
            seen = [e for e in taken if e.us <= until]
            unit["uptake_days"] = (seen[times - 1].us - zero) / DAY if len(seen) >= times else NEVER
        units.append(unit)
    return units


def first_exposure(history: list[Event], question: CausalQuestion, first: int, last: int) -> list[dict]:
    times, clean = getattr(question.treatment_measure, "times", 1), question.design.clean_days
    taken = [event.us for event in history if treats(event, question)]
    units = []
    for moment in sorted({event.us for event in history}):
        earlier = [event for event in history if event.us < moment]
        if clean is None:
            exposed = taken[times - 1] if len(taken) >= times else None
            if exposed is not None and moment > exposed:
                break
        else:
            exposed = next((us for us in taken if us >= moment), None)
            if any(moment - clean * DAY <= us < moment for us in taken) or moment - clean * DAY < first:
                continue
        if not earlier or moment - earlier[-1].us > question.design.active_days * DAY:
            continue
        if any(event.us == moment and event.kind == question.outcome for event in history):
            continue
        if moment - question.lookback_us < first or not followed(question, moment, last):
            continue
        uptake = (exposed - moment) / DAY if exposed is not None else NEVER
        if exposed is not None and exposed - moment > question.outcome_window_us:
            uptake = NEVER
        treated = float(moment == exposed)
        unit = {"user_id": history[0].user, "zero_us": moment, "treatment": treated, "uptake_days": uptake}
        units.append({**unit, **outcome(history, question, moment, last)})
    return units


def before_after(history: list[Event], question: CausalQuestion, first: int, last: int) -> list[dict]:
    taken = [event.us for event in history if treats(event, question)]
    if not taken:
        return []
    after = taken[0]
    before = after - question.outcome_window_us - 1
    if before - question.lookback_us < first or not followed(question, after, last):
        return []
    return [
        {"user_id": history[0].user, "zero_us": zero, "treatment": treated, **outcome(history, question, zero, last)}
        for zero, treated in ((before, 0.0), (after, 1.0))
    ]


def outcome(history: list[Event], question: CausalQuestion, zero: int, last: int) -> dict[str, float]:
    measure, window = question.outcome_measure, question.outcome_window_us
    from_us = round(measure.from_days * DAY) if measure.kind == "retention" else 1
    found = [e for e in history if e.kind == question.outcome and zero + from_us <= e.us <= zero + window]
    event_days = (found[0].us - zero) / DAY if found else NEVER
    days = min(window, last - zero) / DAY if measure.kind == "time_to" else window / DAY
    kind = measure.of if measure.kind == "metric" else measure.kind
    column = (measure.column if measure.kind == "metric" else None) or "value"
    value = {
        "did": float(bool(found)),
        "users": float(bool(found)),
        "retention": float(bool(found)),
        "count": float(len(found)),
        "value": float(sum(event.value for event in found)),
        "sum": float(sum(getattr(event, column) for event in found)),
        "time_to": event_days if found else days,
    }[kind]
    return {"outcome": value, "event_days": event_days, "followed_days": days}
