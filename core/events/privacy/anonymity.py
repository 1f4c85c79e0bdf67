"""Who could be recognised: k-anonymity of users over what an outsider may know of them (quasi-identifiers).

A user's value of an attribute is the latest one known. A group is all users who agree in every chosen quasi-identifier;
in a group smaller than k a user can be singled out (Sweeney 2002). Only counts leave, never the values of small groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from core.errors import BadSpec
from core.events.columns import LATITUDE, LONGITUDE
from core.storage.engine import Log, quoted

FIRST_DAY, PLACE = "first_day", "place"
MOST_COLUMNS = 12


@dataclass(frozen=True)
class Anonymity:
    """columns: the quasi-identifiers; k: the group size asked for; users: judged; smallest: the smallest group;
    at_risk: users in groups smaller than k; alone: users who are a group of their own; by_columns: the same for each
    quasi-identifier and pair of them, the riskiest first: {columns, groups, smallest, at_risk, at_risk_share}."""

    columns: tuple[str, ...]
    k: int
    users: int
    smallest: int
    at_risk: int
    alone: int
    by_columns: tuple[dict[str, Any], ...]

    @property
    def sentence(self) -> str:
        """The report in words."""
        if not self.columns:
            return "This log has no attribute, so nothing but a user's events could tell them apart."
        share = self.at_risk / max(self.users, 1)
        return (
            f"Of {self.users:,} users {self.at_risk:,} ({100 * share:.1f} %) share {', '.join(self.columns)} with "
            "fewer than "
            f"{self.k - 1} others; {self.alone:,} are alone with theirs. The smallest group has {self.smallest:,}."
        )


def quasi_identifiers(log: Log) -> list[str]:
    """What could be known of a user from elsewhere: attributes, the usual place, the first day."""
    attributes = [str(a["column"]) for a in log.manifest["attributes"] if a["kind"] in ("text", "number", "boolean")]
    places = [PLACE] if {LATITUDE, LONGITUDE} <= set(log.columns()) else []
    return [*attributes, *places, FIRST_DAY]


def anonymity(log: Log, columns: Sequence[str], *, k: int = 5) -> Anonymity:
    """The report over these quasi-identifiers; raises BadSpec for one that is not there."""
    known = quasi_identifiers(log)
    for column in columns:
        if column not in known:
            raise BadSpec(f"There is no quasi-identifier '{column}'; choose from {', '.join(known)}.")
    if len(columns) > MOST_COLUMNS:
        raise BadSpec(f"{len(columns)} quasi-identifiers are more than the {MOST_COLUMNS} that can be judged together.")
    if k < 2:
        raise BadSpec(f"A group of {k} hides nobody; k must be at least 2.")
    chosen = tuple(dict.fromkeys(columns))
    whole = _groups(log, chosen, k)
    subsets = [*((name,) for name in chosen), *combinations(chosen, 2)]
    by_columns = [{"columns": list(subset), **_groups(log, subset, k)} for subset in subsets if subset != chosen]
    by_columns.sort(key=lambda found: (-found["at_risk"], len(found["columns"])))
    return Anonymity(
        chosen, k, whole["users"], whole["smallest"], whole["at_risk"], whole["alone"],
        tuple({key: found[key] for key in ("columns", "groups", "smallest", "at_risk", "at_risk_share")}
              for found in by_columns),
    )  # fmt: skip


def _groups(log: Log, columns: Sequence[str], k: int) -> dict[str, Any]:
    known = ", ".join(f"{_known(name)} AS {quoted(name)}" for name in columns)
    per_user = f"SELECT user_id{', ' if known else ''}{known} FROM events GROUP BY user_id"
    names = ", ".join(quoted(name) for name in columns)
    sizes = f"SELECT count(*) AS n FROM ({per_user}){f' GROUP BY {names}' if names else ''}"
    row = log.fetch_sql(
        "SELECT coalesce(sum(n), 0) AS users, count(*) AS groups, coalesce(min(n), 0) AS smallest, "
        f"coalesce(sum(n) FILTER (n < ?), 0) AS at_risk, count(*) FILTER (n = 1) AS alone FROM ({sizes})",
        [k],
    ).iloc[0]
    found = {name: int(row[name]) for name in ("users", "groups", "smallest", "at_risk", "alone")}
    return {**found, "at_risk_share": found["at_risk"] / max(found["users"], 1)}


def _known(name: str) -> str:
    """SQL: one value per user of a quasi-identifier."""
    if name == FIRST_DAY:
        return "CAST(min(timestamp) AS DATE)"
    if name == PLACE:
        return f"mode(CASE WHEN {LATITUDE} IS NOT NULL AND {LONGITUDE} IS NOT NULL THEN ({LATITUDE}, {LONGITUDE}) END)"
    return f"max_by({quoted(name)}, history_position) FILTER ({quoted(name)} IS NOT NULL)"
