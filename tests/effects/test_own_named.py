"""What a causal graph or the analyst names in a ready table is adjusted for, whatever it is called; or it is unmeasured."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.own_table import own_table
from core.effects.study_inputs import StudyInputs
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.storage.workspace import Workspace

EFFECT = 1.0
GRAPH = {
    "nodes": [{"name": name, "roles": []} for name in ("store_id", "joined", "mailed", "spent")],
    "edges": [
        {"source": source, "target": target}
        for source in ("store_id", "joined", "mailed")
        for target in ("mailed", "spent")
        if source != target
    ],
}


def frame_of(rows: int = 2_000) -> pd.DataFrame:
    """Stores and joining dates cause both: without them the difference is +4.9, where the effect is +1."""
    rng = np.random.default_rng(3)
    store, day = rng.integers(0, 5, rows), rng.integers(0, 365, rows)
    drive = np.array([0.0, 1.5, -1.5, 0.8, -0.8])[store] + (day - 182) / 100
    mailed = (rng.random(rows) < 1 / (1 + np.exp(-drive))).astype(int)
    spent = EFFECT * mailed + 2 * drive + rng.normal(size=rows)
    joined = pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D")
    return pd.DataFrame({"user_id": range(rows), "mailed": mailed, "spent": spent, "store_id": store, "joined": joined})


def regressed(table: Any) -> tuple[float, float]:
    """The coefficient of the treatment beside the covariates, and its standard error."""
    columns = np.column_stack([table.treatment, np.ones(table.units), table.matrix()])
    found, (rest, *_), *_ = np.linalg.lstsq(columns, table.outcome)
    variance = rest / (table.units - columns.shape[1]) * np.linalg.inv(columns.T @ columns)[0, 0]
    return float(found[0]), float(np.sqrt(variance))


def inputs(workspace: Workspace, frame: pd.DataFrame, folder: Path, **asked: Any) -> StudyInputs:
    frame.to_parquet(folder / "table.parquet")
    spec = {"table": str(folder / "table.parquet"), "treatment": "mailed", "outcome": "spent", **asked}
    return inputs_from_table(workspace, StudySpec.read(spec))


@pytest.mark.parametrize("asked", [{"graph": GRAPH}, {"covariates": ["store_id", "joined"]}])
def test_an_id_and_a_time_that_were_named_are_adjusted_for(
    workspace: Workspace, tmp_path: Path, asked: dict[str, Any]
) -> None:
    found = inputs(workspace, frame_of(), tmp_path, **asked)
    assert {each.group for each in found.table.covariates} == {"store_id", "joined"}
    effect, error = regressed(found.table)
    assert abs(effect - EFFECT) < 3 * error < 0.3
    assert found.unidentified is None
    assert "'joined' is a time, read as days since the earliest." in found.table.notes


def test_what_a_graph_adjusts_for_and_nothing_can_be_read_from_is_unmeasured(
    workspace: Workspace, tmp_path: Path
) -> None:
    frame = frame_of().assign(joined=[f"card {place}" for place in range(2_000)])
    found = inputs(workspace, frame, tmp_path, graph=GRAPH)
    assert found.unidentified is not None and "joined is unmeasured" in found.unidentified
    constant = inputs(workspace, frame_of().assign(joined=pd.Timestamp("2025-01-01")), tmp_path, graph=GRAPH)
    assert constant.unidentified is None  # what is the same for all units confounds nothing


def test_a_cluster_in_the_graph_is_adjusted_for_and_the_treatment_as_cluster_is_not() -> None:
    asked = {"treatment": "mailed", "outcome": "spent", "also": ["store_id", "mailed", "spent"]}
    by_store = own_table(frame_of(), cluster="store_id", **asked)
    assert {each.group for each in by_store.covariates} == {"store_id"}
    assert {each.group for each in own_table(frame_of(), cluster="mailed", **asked).covariates} == {"store_id"}


def test_an_id_of_a_few_groups_that_repeats_is_said_as_any_other() -> None:
    table = own_table(frame_of().drop(columns="user_id"), treatment="mailed", outcome="spent")
    assert any("'store_id' repeats: 5 of them in 2,000 rows." in note for note in table.notes)


def test_what_nobody_named_is_left_out_with_the_way_to_have_it() -> None:
    table = own_table(frame_of(), treatment="mailed", outcome="spent")
    assert table.covariates == ()
    assert any(
        note.startswith("Not a covariate, because the name is that of an id: user_id, store_id.")
        for note in table.notes
    )
    assert any(note.startswith("'joined' is not a covariate: it is a time. If it comes before") for note in table.notes)


def test_an_id_of_a_few_groups_is_a_category_whatever_its_numbers() -> None:
    table = own_table(frame_of(), treatment="mailed", outcome="spent", covariates=["store_id"])
    assert [each.name for each in table.covariates] == [f"store_id={store}" for store in levels_after_the_first()]
    assert "'store_id' tells 5 groups apart: a category, though its name is that of an id." in table.notes
    few = own_table(frame_of(99), treatment="mailed", outcome="spent", covariates=["store_id"])
    assert [each.name for each in few.covariates] == ["store_id"]  # 99 rows are too few to tell five groups apart


def levels_after_the_first() -> list[int]:
    counts = frame_of()["store_id"].value_counts()
    return sorted(counts.index, key=lambda store: (-counts[store], str(store)))[1:]


def test_a_time_without_a_value_in_some_rows_is_marked_and_durations_count_in_days() -> None:
    frame = frame_of().drop(columns="store_id")
    frame.loc[::10, "joined"] = pd.NaT
    frame["stayed"] = frame["joined"] - pd.Timestamp("2024-12-31")
    table = own_table(frame, treatment="mailed", outcome="spent", covariates=["stayed"])
    assert [each.name for each in table.covariates] == ["stayed", "stayed:missing"]
    assert table.frame["stayed"].min() == 0.0 and table.frame["stayed"].max() == 364.0
    zoned = frame.assign(joined=frame["joined"].dt.tz_localize("Europe/Berlin"))
    table = own_table(zoned, treatment="mailed", outcome="spent", covariates=["joined"])
    assert 363.9 < table.frame["joined"].max() < 364.1
