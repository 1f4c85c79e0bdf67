"""Differentially private counts for an export: each user's share in the table is bounded, then noise is added.

Method: of every user at most `contributions` events count (or, for users, that many cells), chosen by a hash and so
without regard to what they are; the counts get discrete Laplace noise of scale contributions / epsilon (Dwork et al.
2006; OpenDP's `make_laplace`). The cells themselves (event types, days of the log's period) count as known.
What was spent adds up over all exports of a log, and a log has a limit.
"""

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from pydantic import Field

from core.errors import BadSpec
from core.specs import Spec
from core.storage import shelf
from core.storage.engine import Log
from core.storage.workspace import Workspace

SHELF, SPENT = "privacy_budget", "spent"
LIMIT = 3.0  # of epsilon, over all exports of a log
CELLS = {
    "event_type": ("event_type", "CAST(event_type AS VARCHAR)"),
    "day": ("day", "CAST(timestamp AS DATE)"),
    "week": ("week", "CAST(date_trunc('week', timestamp) AS DATE)"),
}


class PrivateCountsSpec(Spec):
    """by: the cells; measure: what is counted; epsilon: how much of the budget it takes (smaller: more noise);
    contributions: how much of one user may count."""

    by: Literal["event_type", "day", "week"] = "event_type"
    measure: Literal["users", "events"] = "users"
    epsilon: float = Field(default=0.5, gt=0.0, le=LIMIT)
    contributions: int = Field(default=5, ge=1, le=1_000)


@dataclass(frozen=True)
class PrivateCounts:
    """frame: the cells with their noisy counts, none below 0; scale: of the noise, whose 95 % stay within `margin`;
    left_out_share: of what would have counted without the bound; spent: of the log's budget so far, limit: of it."""

    frame: pd.DataFrame
    scale: float
    margin: float
    left_out_share: float
    spent: float
    limit: float

    @property
    def sentence(self) -> str:
        """What the numbers are, in words."""
        return (
            f"Each count has noise within ±{self.margin:,.0f} in 95 of 100 cases, and "
            f"{100 * self.left_out_share:.1f} % of "
            f"what there is was left out by the bound on each user. Spent {self.spent:g} of {self.limit:g} (epsilon)."
        )


def budget(workspace: Workspace, log_id: str) -> tuple[float, float]:
    """What has been spent of a log's epsilon, and its limit."""
    kept = shelf.kept(workspace, SHELF, log_id=log_id).get(SPENT) or {}
    return float(kept.get("epsilon", 0.0)), LIMIT


def private_counts(workspace: Workspace, log: Log, spec: PrivateCountsSpec) -> PrivateCounts:
    """Count, add noise, and take epsilon from the log's budget first; raises BadSpec if there is too little left."""
    exact, left_out = _bounded(log, spec)
    spent = _spend(workspace, log.log_id, spec.epsilon)
    noisy, scale, margin = _with_noise(exact["count"].astype(int).tolist(), spec)
    frame = exact.assign(count=[max(0, count) for count in noisy]).rename(columns={"count": spec.measure})
    return PrivateCounts(frame, scale, margin, left_out, spent, LIMIT)


def _spend(workspace: Workspace, log_id: str, epsilon: float) -> float:
    def add(kept: dict[str, Any] | None) -> dict[str, Any]:
        before = float((kept or {}).get("epsilon", 0.0))
        if before + epsilon > LIMIT + 1e-9:
            raise BadSpec(
                f"Of this log's privacy budget {LIMIT - before:g} is left and {epsilon:g} was asked for; take a "
                "smaller epsilon, or use what was exported before."
            )
        return {"epsilon": round(before + epsilon, 9)}

    return float(shelf.change(workspace, SHELF, SPENT, add, log_id=log_id)["epsilon"])


def _bounded(log: Log, spec: PrivateCountsSpec) -> tuple[pd.DataFrame, float]:
    """Every cell with its count when no user contributes more than the bound, and the share left out by that."""
    name, cell = CELLS[spec.by]
    rows = f"SELECT user_id, {cell} AS cell, hash(user_id, event_id) AS lot FROM events"
    if spec.measure == "users":
        rows = f"SELECT user_id, cell, hash(user_id, cell) AS lot FROM ({rows}) GROUP BY user_id, cell"
    counted = log.fetch_sql(
        "SELECT cell, count(*) FILTER (place <= ?) AS count, count(*) AS whole FROM (SELECT cell, row_number() OVER "
        f"(PARTITION BY user_id ORDER BY lot) AS place FROM ({rows})) GROUP BY cell",
        [spec.contributions],
    ).set_index("cell")
    cells = _cells(log, spec)
    every = counted.reindex(cells, fill_value=0)
    whole, kept = float(every["whole"].sum()), float(every["count"].sum())
    frame = pd.DataFrame({name: cells, "count": every["count"].to_numpy()})
    return frame, 1.0 - kept / whole if whole else 0.0


def _cells(log: Log, spec: PrivateCountsSpec) -> list[Any]:
    """The cells that count as known: the log's event types, or every day (Monday) of its period."""
    if spec.by == "event_type":
        return sorted(str(kind["event_type"]) for kind in log.manifest["event_types"])
    days = pd.date_range(log.manifest["first_at"][:10], log.manifest["last_at"][:10], freq="D")
    if spec.by == "week":
        days = (days - pd.to_timedelta(days.weekday, unit="D")).unique()
    return [pd.Timestamp(day) for day in days]


def _with_noise(counts: list[int], spec: PrivateCountsSpec) -> tuple[list[int], float, float]:
    """The counts with discrete Laplace noise; its scale; the half width that holds 95 % of it."""
    import opendp.prelude as dp

    dp.enable_features("contrib")
    scale = spec.contributions / spec.epsilon
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    mechanism = dp.m.make_laplace(*space, scale=scale)
    if mechanism.map(spec.contributions) > spec.epsilon + 1e-9:
        raise RuntimeError("the noise is too small for the epsilon asked for")
    margin = dp.discrete_laplacian_scale_to_accuracy(scale=scale, alpha=0.05)
    return list(mechanism(counts)), scale, float(margin)
