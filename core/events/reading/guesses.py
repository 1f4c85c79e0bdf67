"""Guess which column plays which role, by the names that common schemas use and by what the values allow."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.events.columns import (
    ARM,
    EVENT_TYPE,
    ITEM_ID,
    LATITUDE,
    LONGITUDE,
    POSITION,
    PROPENSITY,
    SESSION_ID,
    TEXT,
    TIMESTAMP,
    USER_ID,
    VALUE,
)  # fmt: skip
from core.events.reading.profiles import Profile

# Usual names, best first, in lower case without spaces and signs. Sources: Retentioneering, Mixpanel, Amplitude,
# PostHog, RecTools, RecBole, Open Bandit, GrowthBook, MovieLens, Foursquare, Deskdrop, UCI Online Retail.
NAMES: dict[str, tuple[str, ...]] = {
    TIMESTAMP: (
        "timestamp", "eventtimestamp", "timestampms", "ts", "datetime", "eventtime", "eventdatetime", "time",
        "createdat", "occurredat", "clienteventtime", "serverts", "utctime", "invoicedate", "orderdate",
        "transactiondate", "purchasedate", "localtime", "visittime", "checkintime", "unixtime", "date",
    ),
    USER_ID: (
        "userid", "user", "uid", "distinctid", "customerid", "customer", "clientid", "client", "visitorid", "memberid",
        "personid", "accountid", "subscriberid", "playerid", "fullvisitorid", "reviewerid", "anonymousid", "deviceid",
    ),
    ITEM_ID: (
        "itemid", "item", "productid", "product", "contentid", "movieid", "articleid", "stockcode", "sku", "asin",
        "venueid", "placeid", "locationid", "poiid", "trackid", "songid", "bookid", "newsid", "videoid", "listingid",
    ),
    EVENT_TYPE: (
        "eventtype", "event", "eventname", "action", "actiontype", "behavior", "behaviour", "behaviortype", "activity",
        "interactiontype", "verb", "type",
    ),
    SESSION_ID: ("sessionid", "session", "visitid", "usersession", "sid"),
    VALUE: (
        "value", "reward", "revenue", "amount", "total", "totalprice", "rating", "score", "weight", "price",
        "unitprice",
    ),
    LATITUDE: ("latitude", "lat"),
    LONGITUDE: ("longitude", "lon", "lng", "long"),
    TEXT: (
        "text", "title", "itemname", "productname", "itemtitle", "description", "name", "venuename", "category",
    ),
    POSITION: ("position", "rank", "slot"),
    PROPENSITY: ("propensity", "propensityscore", "pscore", "actionprob"),
    ARM: ("arm", "variationid", "variation", "variant", "treatmentarm", "experimentgroup", "testgroup", "abgroup"),
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A column guessed for a role. confidence: 0 to 1, by rule of thumb; reason: in words."""

    role: str
    column: str
    confidence: float
    reason: str


def guess_roles(profiles: Sequence[Profile]) -> dict[str, Guess]:
    """{role: guess}; a role without a fitting column is left out, and a column plays one role only."""
    guesses: dict[str, Guess] = {}
    for role in NAMES:
        free = [p for p in profiles if p.column.name not in {guess.column for guess in guesses.values()}]
        guess = _by_name(role, free, profiles) or (_by_content(free) if role == TIMESTAMP else None)
        if guess:
            guesses[role] = guess
    if (LATITUDE in guesses) != (LONGITUDE in guesses):
        guesses = {role: guess for role, guess in guesses.items() if role not in (LATITUDE, LONGITUDE)}
    return guesses


def rivals(role: str, guess: Guess, profiles: Sequence[Profile]) -> list[str]:
    """Other columns that would fit a role about as well: worth a doubt."""
    if role != TIMESTAMP:
        return []
    stored = [p.column.name for p in profiles if p.column.kind in ("moment", "zoned moment") or p.all(p.moments)]
    return [name for name in stored if name != guess.column]


def _by_name(role: str, free: Sequence[Profile], profiles: Sequence[Profile]) -> Guess | None:
    names = NAMES[role]
    if _is_bandit_log(profiles) and role in (ITEM_ID, EVENT_TYPE):  # there, `action` is the item shown
        names = ("action", *names) if role == ITEM_ID else tuple(name for name in names if name != "action")
    if _is_bandit_log(profiles) and role == VALUE:
        names = ("reward", "click", *names)
    for rank, name in enumerate(names):
        for candidate in free:
            if _plain(candidate.column.name) == name and _fits(role, candidate):
                reason = f"'{candidate.column.name}' is a usual name for {role}"
                return Guess(role, candidate.column.name, round(0.95 - 0.02 * min(rank, 15), 2), reason)
    return None


def _by_content(free: Sequence[Profile]) -> Guess | None:
    """The first column whose values are moments; its name says nothing."""
    for candidate in free:
        if candidate.column.kind in ("moment", "zoned moment", "date") or candidate.all(candidate.moments):
            return Guess(TIMESTAMP, candidate.column.name, 0.5, f"'{candidate.column.name}' holds moments")
    for candidate in free:
        named = re.search(r"(?i)(time|date|_at$|[a-z]At$)", candidate.column.name)
        if named and _fits(TIMESTAMP, candidate):
            return Guess(TIMESTAMP, candidate.column.name, 0.4, f"'{candidate.column.name}' sounds like a moment")
    return None


def _plain(name: str) -> str:
    """The name without case, spaces and signs, and without RecBole's type suffix (user_id:token)."""
    stem = re.sub(r":(token|float|token_seq|float_seq)$", "", name.strip())
    return re.sub(r"[^a-z0-9]", "", stem.lower())


def _is_bandit_log(profiles: Sequence[Profile]) -> bool:
    return any(_plain(profile.column.name) in NAMES[PROPENSITY] for profile in profiles)


def _fits(role: str, profile: Profile) -> bool:
    """Whether the values could play the role; an empty column plays none."""
    if not profile.filled or profile.column.kind == "other":
        return False
    if role == TIMESTAMP:
        return _could_be_moments(profile)
    if role in (VALUE, LATITUDE, LONGITUDE, POSITION, PROPENSITY):
        numeric = profile.numbers + profile.comma_numbers >= 0.9 * profile.filled
        bound = {LATITUDE: 90.0, LONGITUDE: 180.0, PROPENSITY: 1.0}.get(role, float("inf"))
        return numeric and (profile.low is None or profile.high is None or max(-profile.low, profile.high) <= bound)
    return role != EVENT_TYPE or profile.distinct <= max(50, profile.filled // 4)


def _could_be_moments(profile: Profile) -> bool:
    if profile.column.kind in ("moment", "zoned moment", "date"):
        return True
    if profile.numbers >= 0.5 * profile.filled:
        return (profile.high is not None and profile.high >= 1e8) or (
            profile.all(profile.integers) and _are_days(profile)
        )
    return any(re.match(r".*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|.*[A-Za-z]{3}.*\d{4}|.*\d{4}", e) for e in profile.examples)


def _are_days(profile: Profile) -> bool:
    return (
        profile.low is not None and profile.high is not None and 19_000_101 <= profile.low <= profile.high <= 22_001_231
    )
