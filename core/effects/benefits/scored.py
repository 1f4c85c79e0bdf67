"""Scored users: whom to treat first, one row per user, for a file that leaves the app only when it is asked for.

There are none where no learner earned it. A user with several units gets their average; no interval is given to one
user, but where predictions came true the interval of the group of alike units that the user belongs to.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.effects.benefits.who_benefits import Benefits
from core.effects.table import CLUSTER


def scored_users(found: Benefits) -> pd.DataFrame | None:
    """{user_id, rank, predicted_effect, group, treat_by_tree, units}, most promising first; None without a learner.

    Where the learner is calibrated, also group_low and group_high: the interval of the group's average effect.
    """
    if found.effects is None or found.groups is None:
        return None
    units = pd.DataFrame(
        {
            CLUSTER: found.table.frame[CLUSTER].astype(str),
            "predicted_effect": found.effects,
            "group": found.groups,
            "treat_by_tree": found.treat,
        }
    )
    users = units.groupby(CLUSTER, sort=False).agg(
        predicted_effect=("predicted_effect", "mean"),
        group=("group", lambda each: int(np.round(each.mean()))),
        treat_by_tree=("treat_by_tree", lambda each: bool(each.mean() >= 0.5)),
        units=("group", "size"),
    )
    users = users.reset_index().sort_values(["predicted_effect", CLUSTER], ascending=[False, True], kind="stable")
    users.insert(1, "rank", np.arange(1, len(users) + 1))
    name = found.found["heterogeneity"]["learner"]
    learner = next(each for each in found.found["learners"] if each["learner"] == name)
    if learner["calibration"]["passed"]:
        of_group = {row["group"]: row for row in learner["groups"]["rows"]}
        users["group_low"] = [of_group[each]["low"] for each in users["group"]]
        users["group_high"] = [of_group[each]["high"] for each in users["group"]]
    return users.reset_index(drop=True)


def write_scored(users: pd.DataFrame, path: Path) -> None:
    """The scored users as a Parquet file, texts as plain texts, which is what leaves as CSV without formulas."""
    table = pa.Table.from_pandas(users, preserve_index=False)
    texts = [
        pa.field(field.name, pa.string()) if pa.types.is_large_string(field.type) else field for field in table.schema
    ]
    pq.write_table(table.cast(pa.schema(texts)), path)
