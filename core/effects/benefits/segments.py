"""Effects by segment: the average score of its units, and how far it lies from that of all other units.

Looking at many segments finds some by chance, so each has besides its own interval one that holds for all, and its
difference from the rest a p-value that counts all looks (Romano and Wolf) and a false discovery rate.
"""

from collections.abc import Collection
from typing import Any

import numpy as np

from core.effects.benefits.inference import (
    Numbers,
    all_at_once,
    covariance,
    discovery_rates,
    group_means,
    step_down,
)
from core.effects.benefits.judged import Judge
from core.effects.benefits.splits import Segment, Split, splits_of
from core.effects.interval import Interval
from core.effects.table import AnalysisTable

CHANCE = 0.05


def by_segment(
    table: AnalysisTable, judge: Judge, *, smallest: int, seed: int, groups: Collection[str] | None = None
) -> dict[str, Any]:
    """{found, sentence, rows, notes}; found: whether any segment's effect differs from the rest after all looks are
    counted, None where there is no segment to look at."""
    splits = splits_of(table, smallest=smallest, groups=groups)
    notes = [split.said for split in splits if split.said]
    every = [(split, segment) for split in splits for segment in split.segments]
    if not every:
        said = f"No segment has {smallest:,} units with enough of them in either arm."
        return {"found": None, "sentence": said, "rows": [], "notes": notes}
    members = np.column_stack([segment.members for _, segment in every]).astype(float)
    means = group_means(judge.values, members, judge.weights, judge.clusters)
    apart = _apart(judge, members)
    reach, chances, rates = all_at_once(means, seed=seed), step_down(apart, seed=seed), discovery_rates(apart.chances)
    rows = []
    for at, (split, segment) in enumerate(every):
        own = Interval(float(means.values[at]), float(means.errors[at]))
        other = Interval(float(apart.values[at]), float(apart.errors[at]))
        rows.append(
            {
                **_who(table, judge, split, segment),
                **own.plain(),
                "low_together": own.value - reach * own.se,
                "high_together": own.value + reach * own.se,
                "difference": other.plain(),
                "chance": float(apart.chances[at]),
                "chance_together": float(chances[at]),
                "discovery_rate": float(rates[at]),
            }
        )
    found = [row for row in rows if row["chance_together"] < CHANCE]
    return {"found": bool(found), "sentence": _sentence(found, len(rows)), "rows": rows, "notes": notes}


def _apart(judge: Judge, members: np.ndarray) -> Numbers:
    """The mean of each segment less that of all other units; members (n, k)."""
    influences, values = np.zeros(members.shape), np.zeros(members.shape[1])
    for sign, belongs in ((1.0, members), (-1.0, 1 - members)):
        weighted = belongs * judge.weights[:, None]
        sizes = np.maximum(weighted.sum(axis=0), 1e-300)
        means = judge.values @ weighted / sizes
        values += sign * means
        influences += sign * weighted * (judge.values[:, None] - means) * (len(judge.values) / sizes)
    return Numbers(values, covariance(influences, judge.clusters))


def _who(table: AnalysisTable, judge: Judge, split: Split, segment: Segment) -> dict[str, Any]:
    return {
        "split": split.title,
        "group": split.group,
        "segment": segment.title,
        "units": int(segment.members.sum()),
        "treated": int(table.treatment[segment.members].sum()),
        "users": len(np.unique(judge.clusters[segment.members])),
    }


def _sentence(found: list[dict[str, Any]], looked: int) -> str:
    if not found:
        return f"In none of {looked:,} segments does the effect differ from the rest, once all looks are counted."
    strongest = min(found, key=lambda row: (row["chance_together"], -abs(row["difference"]["value"])))
    differ = "differs" if len(found) == 1 else "differ"
    return (
        f"{len(found):,} of {looked:,} segments {differ} from the rest, all looks counted; most clearly: "
        f"{strongest['segment']}."
    )
