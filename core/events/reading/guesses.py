"""Guess which column plays which role: by the schema of a known export, by usual names, by what the values allow."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.events.columns import (
    EVENT_TYPE,
    INSERT_ID,
    ITEM_ID,
    LATITUDE,
    LONGITUDE,
    POSITION,
    PROPENSITY,
    TEXT,
    TIMESTAMP,
    USER_ID,
    VALUE,
)  # fmt: skip
from core.events.reading.by_content import (
    could_be_moments,
    holds_moments,
    is_epoch,
    is_event_type,
    looks_like_moments,
    roles_by_content,
)
from core.events.reading.names import ABROAD, NAMES, SIGN, is_nameless, last_part, plain_name
from core.events.reading.profiles import Profile
from core.events.reading.schemas import Schema, schema_of
from core.events.reading.two_columns import pair_for

SURE, LIKELY = 0.85, 0.6
UNMISTAKABLE = ("insertid", "messageid")  # names of an event's own id that nothing else has
MOSTLY = 0.99  # of the rows; below it a user id of an export gives way to one that every row has
TOLD = 0.9  # how sure a role is that the schema tells
MUCH_FULLER = 2.0  # a column filled so many times better is taken before one with a better name


@dataclass(frozen=True)
class Guess:
    """A column guessed for a role. confidence: 0 to 1, by rule of thumb; reason: in words; rivals: columns that fit
    too."""

    role: str
    column: str
    confidence: float
    reason: str
    rivals: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """The confidence as one of three words."""
        return "sure" if self.confidence >= SURE else "likely" if self.confidence >= LIKELY else "a guess"


def guess_roles(profiles: Sequence[Profile]) -> dict[str, Guess]:
    """{role: guess}; a role without a fitting column is left out, and a column plays one role only."""
    if profiles and all(is_nameless(profile.column.name) for profile in profiles):
        found = {role: Guess(role, *guess) for role, guess in roles_by_content(profiles).items()}
        if TIMESTAMP not in found:
            return found
        moment, parts = _with_time_of_day(found[TIMESTAMP], profiles)
        rest = roles_by_content([p for p in profiles if p.column.name not in parts[1:]])
        return {role: Guess(role, *guess) for role, guess in rest.items()} | {TIMESTAMP: moment}
    schema = known_schema(profiles)
    guesses: dict[str, Guess] = {}
    taken: set[str] = set()
    for role in NAMES:
        guess = _guess(role, [p for p in profiles if p.column.name not in taken], schema)
        if guess is None:
            continue
        guesses[role], parts = _with_time_of_day(guess, profiles) if role == TIMESTAMP else (guess, (guess.column,))
        taken.update(parts)
    if EVENT_TYPE not in guesses and ITEM_ID not in guesses and (named := _kinds_named(guesses.get(TEXT), profiles)):
        del guesses[TEXT]
        guesses[EVENT_TYPE] = named
    if (LATITUDE in guesses) != (LONGITUDE in guesses):
        guesses = {role: guess for role, guess in guesses.items() if role not in (LATITUDE, LONGITUDE)}
    return guesses


def _kinds_named(text: Guess | None, profiles: Sequence[Profile]) -> Guess | None:
    """The event type, where a column called `name` holds a few words that come again and again, and nothing else does.

    The title of an item it can be only where there are items.
    """
    found = next((p for p in profiles if text and p.column.name == text.column and is_event_type(p)), None)
    if found is None or (last_part(found.column.name) or plain_name(found.column.name)) != "name":
        return None
    return Guess(EVENT_TYPE, found.column.name, LIKELY, f"'{found.column.name}' holds a few words again and again")


def known_schema(profiles: Sequence[Profile]) -> Schema | None:
    """The export that this file looks like, if its columns give one away."""
    names = [profile.column.name for profile in profiles]
    return schema_of({*map(plain_name, names), *(part for name in names if (part := last_part(name)))})


def _guess(role: str, free: Sequence[Profile], schema: Schema | None) -> Guess | None:
    """The best of the columns that are free, with the others that would fit as its rivals."""
    found = [candidate for profile in free if _fits(role, profile) and (candidate := _candidate(role, profile, schema))]
    if not found and role == TIMESTAMP:
        found = [candidate for profile in free if (candidate := _timelike(profile))]
    if not found:
        return None
    found.sort(key=lambda candidate: -candidate[1])
    best = found[0]
    if role in (USER_ID, EVENT_TYPE):
        best = next((c for c in found if c[0].filled > MUCH_FULLER * best[0].filled), best)
    if role == USER_ID and schema and best[0].filled < MOSTLY * best[0].rows:  # who is not signed in has another id
        best = next((c for c in found if c[1] >= TOLD and c[0].filled == c[0].rows), best)
    profile, confidence, reason = best
    others = [candidate for candidate in found if candidate is not best]
    close = any(confidence - other < 0.07 for _, other, _ in others)
    rivals = [other.column.name for other, _, _ in others]
    if role == TIMESTAMP:
        rivals += [p.column.name for p in free if holds_moments(p) and p is not profile and p.column.name not in rivals]
    return Guess(
        role, profile.column.name, round(confidence - (0.15 if close and confidence < 0.97 else 0.0), 2), reason,
        tuple(rivals),
    )  # fmt: skip


def _with_time_of_day(guess: Guess, profiles: Sequence[Profile]) -> tuple[Guess, tuple[str, ...]]:
    """The guess for the timestamp, with a column of times of day beside one of days; and the columns that it takes."""
    names = [profile.column.name for profile in profiles]
    pair = pair_for(next(p for p in profiles if p.column.name == guess.column), profiles)
    if pair is None or SIGN.join(p.column.name for p in pair) in names:
        return guess, (guess.column,)
    day, time = (p.column.name for p in pair)
    rivals = tuple(rival for rival in guess.rivals if rival not in (day, time))
    reason = f"'{day}' holds days and '{time}' times of day"
    confidence = max(guess.confidence, TOLD)  # each says what the other is
    return replace(guess, column=f"{day}{SIGN}{time}", confidence=confidence, reason=reason, rivals=rivals), (day, time)


def _candidate(role: str, profile: Profile, schema: Schema | None) -> tuple[Profile, float, str] | None:
    """How well a column's name speaks for a role: (profile, confidence, reason), or None."""
    name, nested = profile.column.name, last_part(profile.column.name)
    for part, discount in ((plain_name(name), 0.0), (nested, 0.1)):
        if part is None:
            continue
        told = schema.roles.get(role, ()) if schema else ()
        if schema and part in told:
            return profile, 0.98 - 0.01 * told.index(part) - discount / 10, f"this looks like {schema.title}"
        reason = f"'{name}' is a usual name for {role}"
        if part in NAMES[role] and not (schema and _means_another(schema, role, part)):
            confidence = 0.95 - 0.02 * min(NAMES[role].index(part), 15) - discount
            if role == TIMESTAMP and (holds_moments(profile) or is_epoch(profile)):  # the values say so too
                confidence += 0.6 * (0.97 - confidence)
            return profile, confidence, reason
        if part in ABROAD.get(role, ()):
            return profile, 0.75 - 0.01 * min(ABROAD[role].index(part), 10) - discount, reason
    return None


def _means_another(schema: Schema, role: str, name: str) -> bool:
    """Whether this name stands for another role in the schema, as `action` does in a bandit log."""
    return any(name in names for other, names in schema.roles.items() if other != role)


def _timelike(profile: Profile) -> tuple[Profile, float, str] | None:
    """A column that is no usual name of a moment, but holds some or sounds so."""
    name = profile.column.name
    if holds_moments(profile):
        return profile, 0.5, f"'{name}' holds moments"
    if re.search(r"(?i)(time|date|_at$|(^|[^a-z])ts([^a-z]|$))|[a-z](?-i:At|Ts|TS)$", name) and _fits(
        TIMESTAMP, profile
    ):
        return profile, 0.4, f"'{name}' sounds like a moment"
    if looks_like_moments(profile):
        return profile, 0.35, f"'{name}' looks like moments"
    return None


def _fits(role: str, profile: Profile) -> bool:
    """Whether the values could play the role; an empty column plays none."""
    if not profile.filled or profile.column.kind == "other":
        return False
    if role == TIMESTAMP:
        return could_be_moments(profile)
    if role in (VALUE, LATITUDE, LONGITUDE, POSITION, PROPENSITY):
        amounts = profile.amounts + profile.comma_amounts
        numeric = profile.numbers + profile.comma_numbers + amounts >= 0.9 * profile.filled
        bound = {LATITUDE: 90.0, LONGITUDE: 180.0, PROPENSITY: 1.0}.get(role, float("inf"))
        return numeric and (profile.low is None or profile.high is None or max(-profile.low, profile.high) <= bound)
    if role == INSERT_ID:
        return _tells_events_apart(profile)
    return role != EVENT_TYPE or profile.distinct <= max(50, profile.filled // 4)


def _tells_events_apart(profile: Profile) -> bool:
    """Ids of events: nearly all different, and no row numbers, which begin again in the next file."""
    name = profile.column.name
    if plain_name(name) in UNMISTAKABLE or last_part(name) in UNMISTAKABLE:
        return True
    counts_up = profile.all(profile.integers) and (profile.high or 0) - (profile.low or 0) < 4 * profile.distinct
    return profile.filled == profile.rows and profile.distinct > 0.9 * profile.filled > 1 and not counts_up
