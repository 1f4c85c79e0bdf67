"""A table of features as people look at it: some users' rows, about whom it is, and what should be known of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import ibis
import pandas as pd

from core.errors import NotEnoughData, NotFound
from core.events.features.at import Moments, features_at, one_moment
from core.events.features.feature import DAY_US, Feature
from core.events.features.spec import FeaturesSpec
from core.storage.engine import Log

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PERSONAL: Final = "One row per user: this may hold personal data, and nothing in it is withheld."


@dataclass(frozen=True)
class Population:
    """Whom features describe. users: those with an event before the moment; asked_users: of whom they were asked;
    newcomers: users whose first event lies within the lookback."""

    at_us: int
    users: int
    asked_users: int
    newcomers: int
    lookback_days: float | None
    log_days: float

    @property
    def at(self) -> str:
        """The moment as ISO 8601 (UTC)."""
        return moment_text(self.at_us)

    @property
    def notes(self) -> tuple[str, ...]:
        """Who is left out, and who was not observed for the whole lookback."""
        notes = []
        absent = self.asked_users - self.users
        if absent:
            verb = "user has" if absent == 1 else "users have"
            notes.append(f"{absent:,} of {self.asked_users:,} {verb} no event before the moment and no row.")
        if self.lookback_days is not None and self.lookback_days > self.log_days:
            notes.append(
                f"The lookback begins before the log: it asks for {self.lookback_days:g} days, and the log has "
                f"{self.log_days:.3g} before the moment, so no user was observed for the whole lookback."
            )
        elif self.newcomers:
            share = 100 * self.newcomers / max(self.users, 1)
            notes.append(
                f"{share:.2g} % of the users ({self.newcomers:,}) were not observed for the whole lookback: their "
                "first event lies within it."
            )
        return tuple(notes)


@dataclass(frozen=True)
class FeatureTable:
    """frame: user_id and a column per feature, a row per user; population: of all users asked about."""

    frame: pd.DataFrame
    population: Population

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known of it."""
        shown = len(self.frame)
        capped = (f"{shown:,} of {self.population.users:,} users are shown, drawn by a hash of their ids.",)
        return (*(capped if shown < self.population.users else ()), *self.population.notes)


def moment_of(log: Log, spec: FeaturesSpec) -> int:
    """The moment that is asked for; raises NotEnoughData if no event lies before it."""
    ends = log.table("users").agg(first=ibis._.first_us.min(), last=ibis._.last_us.max())
    found = log.fetch(ends).iloc[0]
    if pd.isna(found["first"]):
        raise NotEnoughData("This log holds no events, so there are no histories to describe.")
    if spec.at is None:
        return int(found["last"]) + 1
    at_us = (spec.at - EPOCH) // timedelta(microseconds=1)
    if at_us <= int(found["first"]):
        raise NotEnoughData(
            f"No event lies before {moment_text(at_us)}; the log begins at {moment_text(int(found['first']))}, so "
            "choose a later moment."
        )
    return at_us


def population_of(log: Log, spec: FeaturesSpec) -> Population:
    """Whom the features of a spec describe; raises NotFound for users that the log lacks, NotEnoughData."""
    at_us = moment_of(log, spec)
    users = log.table("users")
    if spec.user_ids is not None:
        users = users.filter(users.user_id.isin(list(spec.user_ids)))
        known = set(log.fetch(users.select("user_id"))["user_id"])
        unknown = [user for user in spec.user_ids if user not in known]
        if unknown:
            more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
            raise NotFound(f"This log has no user {', '.join(repr(user) for user in unknown[:5])}{more}.")
    began = users.first_us < at_us
    since = -(2**62) if spec.lookback_days is None else at_us - round(spec.lookback_days * DAY_US)
    newcomers = began & (users.first_us > since) if spec.lookback_days is not None else ibis.literal(False)
    counted = users.agg(
        asked=users.count(),
        began=users.count(where=began),
        new=users.count(where=newcomers),
        first=users.first_us.min(),
    )
    row = log.fetch(counted).iloc[0]
    first_us = int(log.fetch(log.table("users").agg(first=ibis._.first_us.min()))["first"].iloc[0])
    days = (at_us - first_us) / DAY_US
    return Population(at_us, int(row["began"]), int(row["asked"]), int(row["new"]), spec.lookback_days, days)


def table_of(log: Log, spec: FeaturesSpec, features: list[Feature], *, rows: int) -> FeatureTable:
    """The features of at most `rows` users, in the order of their ids; raises as `population_of`."""
    population = population_of(log, spec)
    moments = one_moment(log, population.at_us, spec.user_ids)
    if rows < population.users:
        drawn = moments.table.order_by(moments.table.user_id.hash(), "user_id").limit(rows)
        moments = Moments(drawn, population.at_us)
    found = features_at(log, moments, features, timezone=spec.timezone).drop("at_us").order_by("user_id")
    return FeatureTable(log.fetch(found), population)


def moment_text(at_us: int) -> str:
    """Microseconds since 1970 as ISO 8601 (UTC)."""
    return (EPOCH + timedelta(microseconds=at_us)).isoformat().replace("+00:00", "Z")


def cells(frame: pd.DataFrame) -> list[list[Any]]:
    """The rows of a table as JSON-ready values, null where there is none."""
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
