"""The facts of a sequence found for rows in memory are those that the engine's windows find."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.events import derived, ingest
from core.events.columns import TABLES
from core.events.import_spec import ImportSpec
from core.events.reading.in_order import Lent
from core.storage.engine import open_log
from core.storage.workspace import Workspace

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["u1", "u10", "u2", "Zoë", "7"]), st.sampled_from(["", "lamp", "desk"]),
        st.sampled_from(["view", "buy", "cart"]), st.sampled_from([0, 0, 1, 1800, 1801, 3600, 90_000]),
        st.sampled_from(["", "1.5"]), st.sampled_from(["", "red", "blue"]), st.sampled_from(["", "s1", "s2"]),
    ), min_size=1, max_size=40,
)  # fmt: skip


def tables_of(workspace: Workspace, path: Path, gap: int) -> dict[str, pd.DataFrame]:
    spec = ImportSpec(files=(str(path),), session_gap_seconds=gap)
    manifest = ingest.import_log(workspace, spec, lambda share, message: None)
    log = open_log(workspace, manifest["log_id"])
    return {name: log.fetch(log.table(name)) for name in TABLES} | {"types": pd.DataFrame(manifest["event_types"])}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS, st.sampled_from([1, 1800]), st.booleans(), st.sampled_from(["gaps", "visits", "interleaved"]))
@example([("u1", "lamp", "view", 0, "", "", "")], 1800, True, "gaps")
@example([("u1", "", "view", 1, "", "", "s1"), ("u1", "", "buy", 1, "", "", "s2")] * 2, 1800, True, "interleaved")
def test_rows_in_memory_and_rows_in_a_table_make_the_same_log(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, ...]], gap: int,
    few: bool, sessions: str,
) -> None:  # fmt: skip
    """Also where event types and attributes have too many values to be ENUMs; by a session column where it can."""
    moments = pd.Timestamp("2024-01-01") + pd.to_timedelta([row[3] for row in rows], unit="s").to_series().cumsum() / 2
    columns = ["user", "item", "event", "price", "colour", "session_id"]
    table = pd.DataFrame([(*row[:3], *row[4:]) for row in rows], columns=columns)
    if sessions == "visits":  # three rows of a user are one, the last of a user may have none
        place = table.groupby("user").cumcount()
        table["session_id"] = (place // 3).astype(str).where(place < 7, "")
    table = table.drop(columns="session_id") if sessions == "gaps" else table
    path = tmp_path / "log.csv"
    table.assign(time=moments.dt.strftime("%Y-%m-%d %H:%M:%S.%f").to_numpy()).to_csv(path, index=False)
    lent: list[bool] = []
    real = derived.lend_sequence
    monkeypatch.setattr(derived, "ENUM_VALUES", 1_000 if few else 2)
    monkeypatch.setattr(derived, "lend_sequence", lambda *given, **more: (lent.append(True), real(*given, **more))[1])
    quick = tables_of(workspace, path, gap)
    assert lent
    with monkeypatch.context() as patch:
        patch.setattr(Lent, "values", lambda *given: None)
        careful = tables_of(workspace, path, gap)
    assert len(lent) == 1
    for name, found in quick.items():
        pd.testing.assert_frame_equal(found, careful[name])
