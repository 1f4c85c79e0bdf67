"""A mapping that was used is there for the next file of the same shape; any mapping goes round unchanged."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.events.columns import ROLES
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.saved_mappings import forget_mapping, saved_mapping, saved_mappings
from core.jobs.work import run_here
from core.storage.engine import open_log
from core.storage.workspace import Workspace

DAY = "2024-01-01 10:00:00"
TEXT = f"who,what,when\nu,lamp,{DAY}\nv,desk,{DAY}\n"
MAPPING = {"user_id": "who", "timestamp": "when"}


def carried_out(workspace: Workspace, **asked: Any) -> dict[str, Any]:
    return run_here(workspace, "import", ImportSpec.read(asked).plain(), title="Import", say=lambda share, words: None)


def test_an_import_keeps_its_mapping_for_files_of_its_shape(write: Callable[..., Path], workspace: Workspace) -> None:
    path = str(write(TEXT))
    carried_out(workspace, files=[path], name="Shop", mapping=MAPPING, time_zone="Asia/Tokyo")
    found = saved_mapping(workspace, ["when", "what", "who"])
    assert found is not None
    assert (found.title, found.mapping) == ("Shop", MAPPING)
    assert found.time == {"day_first": None, "timestamp_unit": None, "time_zone": "Asia/Tokyo"}
    assert saved_mapping(workspace, ["when", "what", "who", "where"]) is None
    carried_out(workspace, files=[path], name="Later", mapping={**MAPPING, "item_id": "what"})
    assert [saved.title for saved in saved_mappings(workspace)] == ["Later"]
    forget_mapping(workspace, found.shape)
    assert saved_mappings(workspace) == []


def test_a_guessed_mapping_is_not_kept(write: Callable[..., Path], workspace: Workspace) -> None:
    carried_out(workspace, files=[str(write(f"user_id,timestamp\nu,{DAY}\n"))])
    assert saved_mappings(workspace) == []


NAMES = st.lists(
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(str.strip).filter(bool)
    | st.sampled_from(["<b>", "a|b", "`x`", 'q"q', "user_id", "_fault", "raw", "drop table", "x" * 300]),
    min_size=len(ROLES), max_size=len(ROLES), unique=True,
)  # fmt: skip
VALUES = {
    "user_id": ["a", "b", "a"], "item_id": ["i", "j", None], "event_type": ["view", "buy", "view"],
    "timestamp": [DAY, "2024-01-01 10:05:00", "2024-01-02 09:00:00"], "session_id": ["s", "s", "t"],
    "value": [1.5, None, 3.0], "latitude": [1.0, 2.0, 3.0], "longitude": [4.0, 5.0, 6.0], "text": ["A", "B", None],
    "position": [1, 2, 3], "propensity": [0.5, 0.25, 1.0], "arm": ["x", "y", "x"], "insert_id": ["k1", "k2", "k3"],
}  # fmt: skip


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(NAMES, st.sets(st.sampled_from([role for role in ROLES if role != "timestamp"])))
def test_any_mapping_goes_round_and_renamed_columns_give_equal_logs(names: list[str], others: set[str]) -> None:
    roles = [role for role in ROLES if role in others or role == "timestamp"]
    mapping = dict(zip(roles, names, strict=False))
    logs = []
    for columns in (mapping, {role: f"c{place}" for place, role in enumerate(roles)}):
        spec = ImportSpec(files=("x",), mapping=columns)
        assert ImportSpec.read(spec.plain()).mapping == columns
        with tempfile.TemporaryDirectory() as folder:
            path, workspace = Path(folder) / "log.parquet", Workspace(Path(folder) / "workspace")
            pd.DataFrame({columns[role]: VALUES[role] for role in roles}).to_parquet(path)
            made = import_log(workspace, spec.model_copy(update={"files": (str(path),)}), lambda share, message: None)
            assert made["spec"]["mapping"] == columns
            log = open_log(workspace, made["log_id"])
            events = log.fetch(log.table())
            log.close()
        stored = set(made["columns"]) - {a["column"] for a in made["attributes"] if a["column"] != "insert_id"}
        assert stored == set(roles) - {"session_id"}
        logs.append(events[[c for c in events if c not in {a["column"] for a in made["attributes"]} - {"insert_id"}]])
    pd.testing.assert_frame_equal(logs[0], logs[1])
