"""For any small file: rows in = events + rejected, and the derived tables equal plain pandas."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import open_log
from core.storage.workspace import Workspace

USERS = ["a", "b", "a b", 'q"q', "", "NULL"]
MOMENTS = [f"2024-01-01 10:{minute:02d}:00" for minute in (0, 0, 5, 29, 30, 31, 59)] + ["2024-03-31 02:30:00", "x", ""]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(USERS), st.sampled_from(["view", "buy"]), st.sampled_from(MOMENTS), st.sampled_from(["s", "t", ""])
    ),
    min_size=1, max_size=40,
)  # fmt: skip


def imported(rows: list[tuple[str, ...]], columns: list[str], broken: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the tables of these rows as a CSV file, with some ragged lines at its end."""
    with tempfile.TemporaryDirectory() as folder:
        path, workspace = Path(folder) / "log.csv", Workspace(Path(folder) / "workspace")
        pd.DataFrame(rows, columns=columns).to_csv(path, index=False, quoting=1)
        with path.open("a") as file:
            file.write("ragged\n" * broken)
        mapping = {name: name for name in columns}
        manifest = import_log(workspace, ImportSpec(files=(str(path),), mapping=mapping), lambda share, message: None)
        log = open_log(workspace, manifest["log_id"])
        tables = {name: log.fetch(log.table(name)) for name in ("events", "sessions", "users", "user_days")}
        log.close()
    return manifest, tables


def sound(rows: list[tuple[str, ...]]) -> pd.DataFrame:
    """What should be kept, sorted, by pandas alone."""
    frame = pd.DataFrame(rows, columns=["user_id", "event_type", "timestamp", "session"])
    frame["event_id"] = np.arange(1, len(frame) + 1)
    frame["timestamp"] = pd.to_datetime(frame.timestamp, format="%Y-%m-%d %H:%M:%S", errors="coerce")
    frame = frame[~frame.user_id.isin(["", "NULL"]) & frame.timestamp.notna()]
    return frame.sort_values(["user_id", "timestamp", "event_id"]).reset_index(drop=True)


def with_gap_sessions(frame: pd.DataFrame) -> pd.DataFrame:
    """Sessions by 30 minutes of silence within a user (and within the mapped session, if `part` is there)."""
    groups = frame.groupby(["user_id", "part"], sort=False)
    opens = groups.timestamp.diff().isna() | (groups.timestamp.diff() > pd.Timedelta(minutes=30)) & frame.gap_rule
    number = opens.groupby([frame.user_id, frame.part]).cumsum()
    frame["session_id"] = frame.groupby(["user_id", "part", number]).event_id.transform("first")
    return frame


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS, st.integers(0, 3))
def test_nothing_is_lost_and_gap_sessions_equal_pandas(rows: list[tuple[str, ...]], broken: int) -> None:
    rows = [*rows, ("a", "view", "2024-01-01 10:00:00", "s")]
    manifest, tables = imported([row[:3] for row in rows], ["user_id", "event_type", "timestamp"], broken)
    assert manifest["events"] + manifest["rejected"] == len(rows) + broken
    expected = with_gap_sessions(sound(rows).assign(part="", gap_rule=True))
    compare(tables, expected)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS)
def test_mapped_sessions_equal_pandas(rows: list[tuple[str, ...]]) -> None:
    rows = [*rows, ("a", "view", "2024-01-01 10:00:00", "s")]
    _, tables = imported(rows, ["user_id", "event_type", "timestamp", "session_id"])
    frame = sound(rows)
    compare(tables, with_gap_sessions(frame.assign(part=frame.session, gap_rule=frame.session == "")))


def compare(tables: dict[str, pd.DataFrame], expected: pd.DataFrame) -> None:
    events = tables["events"]
    assert events.event_id.tolist() == expected.event_id.tolist()
    assert events.session_id.tolist() == expected.session_id.tolist()
    assert (events.history_position == expected.groupby("user_id").cumcount() + 1).all()
    sessions = expected.groupby("session_id")
    assert (events.session_position == sessions.cumcount() + 1).all()
    assert events.next_event_type.fillna("-").tolist() == sessions.event_type.shift(-1).fillna("-").tolist()
    gaps = expected.groupby("user_id").timestamp.diff().dt.total_seconds()
    assert events.gap_seconds.fillna(-1).tolist() == gaps.fillna(-1).tolist()
    assert tables["sessions"].set_index("session_id").events.to_dict() == sessions.size().to_dict()
    assert tables["users"].set_index("user_id").events.to_dict() == expected.groupby("user_id").size().to_dict()
    assert tables["users"].sessions.sum() == sessions.ngroups
    assert tables["user_days"].events.sum() == len(expected)
