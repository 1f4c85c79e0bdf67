"""What the values of a column say about its role, where its name says nothing."""

import re
from collections.abc import Sequence
from itertools import pairwise

from core.events.columns import EVENT_TYPE, ITEM_ID, LATITUDE, LONGITUDE, TIMESTAMP, USER_ID, VALUE
from core.events.reading.moments import EXCEL_DAYS, UNITS, unit_of_name
from core.events.reading.profiles import Profile

STORED = ("moment", "zoned moment", "date")
YEARS = (1990, 2040)  # in which a number is taken for Unix time
SECONDS_A_YEAR = 31_556_952
PER_SECOND = {"seconds": 1, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
DATE_LIKE = re.compile(r".*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|.*[A-Za-z]{3}.*\d{4}|.*\d{4}")
WRITTEN_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))([ T,].*)?$"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}"
)
DATE_NAME = re.compile(r"date|time|datum|fecha|日期|时间")
RATINGS = 10.0
FEW = 50

Found = dict[str, tuple[str, float, str]]


def holds_moments(profile: Profile) -> bool:
    """Whether all values are moments without doubt: stored as such, or written in full."""
    return profile.column.kind in STORED or profile.all(profile.moments)


def could_be_moments(profile: Profile) -> bool:
    """Whether the values may be moments in some way of writing."""
    if profile.column.kind in STORED:
        return True
    if profile.numbers >= 0.5 * profile.filled:
        large = profile.high is not None and profile.high >= 1e8
        low, high = profile.low or 0, profile.high or 0
        excel = DATE_NAME.search(profile.column.name.lower()) and EXCEL_DAYS[0] <= low <= high <= EXCEL_DAYS[1]
        counted = profile.low is not None and profile.low >= 0 and unit_of_name(profile.column.name) is not None
        return bool(large or counted or excel) or (profile.all(profile.integers) and _are_days(profile))
    return any(DATE_LIKE.match(example) for example in profile.examples)


def looks_like_moments(profile: Profile) -> bool:
    """Whether the values are written like dates, or are Unix time of our days, whatever the column is called."""
    written = profile.examples and all(WRITTEN_DATE.match(example) for example in profile.examples)
    return bool(written and not profile.numbers) or is_epoch(profile)


def roles_by_content(profiles: Sequence[Profile]) -> Found:
    """{role: (column, confidence, reason)} for a file without a header.

    One column of moments; ratings, places and event types by their ranges; of the other columns the first is taken as
    the user and the second as the item.
    """
    found: Found = {}
    moments = next((p for p in profiles if holds_moments(p)), None) or next((p for p in profiles if is_epoch(p)), None)
    if moments is None:
        moments = next((p for p in profiles if p.filled and could_be_moments(p) and not p.numbers), None)
    rest = [p for p in profiles if p is not moments and p.filled and p.column.kind != "other"]
    if moments:
        found[TIMESTAMP] = (moments.column.name, 0.6, f"'{moments.column.name}' holds moments")
    for latitude, longitude in pairwise(rest):
        if _within(latitude, 90.0) and _within(longitude, 180.0):
            reason = "two columns of numbers within the ranges of places"
            found |= {LATITUDE: (latitude.column.name, 0.45, reason), LONGITUDE: (longitude.column.name, 0.45, reason)}
            rest = [p for p in rest if p not in (latitude, longitude)]
            break
    for role, test, reason in (
        (EVENT_TYPE, is_event_type, "a few words that come again and again"),
        (VALUE, _is_rating, "small numbers that come again and again, as ratings do"),
    ):
        chosen = min((p for p in rest if test(p)), key=_telling, default=None)
        if chosen:
            found[role] = (chosen.column.name, 0.45, reason)
            rest.remove(chosen)
    for role, profile in zip((USER_ID, ITEM_ID), rest, strict=False):
        place = "first" if role == USER_ID else "second"
        found[role] = (profile.column.name, 0.45, f"the {place} column that could hold ids")
    if len(profiles) == 4 and [found.get(r, ("",))[0] for r in (USER_ID, ITEM_ID, VALUE, TIMESTAMP)] == [
        profile.column.name for profile in profiles
    ]:
        reason = "user, item, rating and time stand in this order, as in MovieLens"
        found = {role: (column, 0.9, reason) for role, (column, _, _) in found.items()}
    return found


def is_epoch(profile: Profile) -> bool:
    """Whether all values are Unix time in one unit, within YEARS."""
    low, high = profile.low, profile.high
    if not profile.all(profile.numbers) or low is None or high is None:
        return False
    for smallest, largest, unit in UNITS:
        if smallest <= low <= high < largest:
            first, last = ((year - 1970) * SECONDS_A_YEAR * PER_SECOND[unit] for year in YEARS)
            return first <= low <= high <= last
    return False


def _within(profile: Profile, bound: float) -> bool:
    """Whether all values are numbers with a fraction between -bound and bound."""
    low, high = profile.low, profile.high
    fractions = profile.all(profile.numbers) and profile.integers < 0.5 * profile.filled
    return fractions and low is not None and high is not None and -bound <= low <= high <= bound and high - low > 1e-4


def _telling(profile: Profile) -> tuple[bool, bool, int]:
    """What sorts the columns that may be event types: words without digits, several of them, but few."""
    digits = any(re.search(r"\d", example) for example in profile.examples)
    return digits and not profile.numbers, profile.distinct < 2, 0 if profile.numbers else profile.distinct


def is_event_type(profile: Profile) -> bool:
    """Whether the values are a few words that come again and again."""
    words = all(re.fullmatch(r"[^\W\d][\w .:/-]*", example) for example in profile.examples)
    return words and not profile.numbers and profile.distinct <= min(FEW, profile.filled // 3)


def _is_rating(profile: Profile) -> bool:
    low, high = profile.low, profile.high
    small = profile.all(profile.numbers) and low is not None and high is not None and 0 <= low <= high <= RATINGS
    return small and profile.distinct <= min(2 * RATINGS + 1, profile.filled // 3)


def _are_days(profile: Profile) -> bool:
    low, high = profile.low, profile.high
    return low is not None and high is not None and 19_000_101 <= low <= high <= 22_001_231
