"""A log in good order, and the same log with faults planted: how many of each is known."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.quality.assess import assess
from core.events.quality.quality_spec import QualitySpec
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace

MAPPING = {
    "user_id": "user", "item_id": "item", "event_type": "kind", "timestamp": "time", "value": "price", "text": "title",
    "latitude": "lat", "longitude": "lon",
}  # fmt: skip
DAY = [1, 1, 0, 0, 0, 1, 3, 6, 8, 9, 9, 9, 10, 10, 9, 9, 9, 10, 11, 12, 12, 9, 6, 3]  # events by hour: a night at 3


class Planted:
    """A workspace of small logs."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def load(self, frame: pd.DataFrame, name: str, **settings: Any) -> Log:
        path = self.workspace.uploads / f"{name}.parquet"
        frame.to_parquet(path, index=False)
        mapping = {role: column for role, column in MAPPING.items() if column in frame}
        log_id = settings.pop("log_id", name)
        spec = ImportSpec(files=(str(path),), name=name, mapping=mapping | settings.pop("mapping", {}))
        import_log(self.workspace, spec, lambda share, message: None, log_id=log_id)
        return open_log(self.workspace, log_id)

    def checks(self, log: Log, **thresholds: Any) -> dict[str, dict[str, Any]]:
        found = assess(self.workspace, log, QualitySpec(**thresholds)).plain()
        return {check["name"]: check for check in found["checks"]}


@pytest.fixture(scope="package")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    workspace = Workspace(tmp_path_factory.mktemp("quality") / "workspace")
    workspace.prepare()
    return Planted(workspace)


@pytest.fixture(scope="package")
def sound() -> pd.DataFrame:
    """12,000 events of 200 users in 60 days, in order of time, with a daily rhythm and a price on every purchase."""
    rng = np.random.default_rng(5)
    size = 12_000
    hour = rng.choice(24, size, p=np.array(DAY) / sum(DAY))
    seconds = rng.integers(0, 60, size) * 86_400 + hour * 3600 + rng.uniform(0, 3600, size).round(3)
    kind = rng.choice(["view", "cart", "buy"], size, p=[0.7, 0.2, 0.1])
    item = rng.integers(0, 40, size)
    frame = pd.DataFrame(
        {
            "user": [f"u{user}" for user in rng.integers(0, 200, size)],
            "item": [f"i{number}" for number in item],
            "kind": kind,
            "time": pd.Timestamp("2026-03-02") + pd.to_timedelta(seconds, unit="s"),
            "price": np.where(kind == "buy", np.exp(rng.normal(3, 0.6, size)).round(2), np.nan),
            "title": [f"Item {number}" for number in item],
            "lat": rng.normal(51, 1, size),
            "lon": rng.normal(-114, 1, size),
            "device": rng.choice(["phone", "desk"], size),
        }
    )
    return frame.sort_values("time", ignore_index=True)


@pytest.fixture(scope="package")
def clean_checks(planted: Planted, sound: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return planted.checks(planted.load(sound, "sound"))


@pytest.fixture(scope="package")
def faulty(sound: pd.DataFrame) -> pd.DataFrame:
    """The sound log with the faults that can stand side by side."""
    frame = sound.copy()
    moments = frame["time"]
    frame = frame[~moments.between("2026-03-18 06:00", "2026-03-19 20:00")]  # a gap of 38 hours
    frame = frame[frame["time"] >= "2026-03-02 20:00"].reset_index(drop=True)  # the first day is cut
    late = frame["time"] >= "2026-04-01"
    frame.loc[late & (frame["kind"] == "view"), "kind"] = "look"  # renamed half way
    frame.loc[frame.index[frame["kind"] == "buy"][:40], "kind"] = "Buy "
    frame.loc[5001, "kind"] = "oops"
    frame.loc[frame.index[::40], "user"] = "unknown"
    frame.loc[frame.index[::10], "device"] = None
    frame.loc[frame.index[7::600], ["lat", "lon"]] = 0.0
    frame.loc[frame["item"].isin(["i1", "i2", "i3"]), "title"] = None
    frame.loc[frame.index[frame["price"].notna()][:4], "price"] = 5e6
    frame.loc[frame.index[frame["price"].notna()][10:22], "price"] = -9.0
    repeated = frame.iloc[20::50].assign(time=lambda rows: rows["time"] + pd.Timedelta(milliseconds=300))
    frame = pd.concat([frame, repeated, *_machines(frame)], ignore_index=True)
    frame["app"], frame["request"] = "web", [f"r{place:05d}" for place in range(len(frame))]
    frame = pd.concat([frame, frame.iloc[3000:3030]]).sort_values("time", ignore_index=True, kind="stable")
    order = np.arange(len(frame), dtype=float)
    order[500:8000:50] += 700.5  # 150 events that arrived late
    frame = frame.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    frame.loc[9000:9299, "time"] -= pd.Timedelta(hours=3)  # the clock was set back for 300 events
    frame.loc[frame.index[5::2000], "user"] = None
    return frame


def _machines(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """A burst of 150 events in a minute, four pollers, a crawler with 2,500 events."""
    start = pd.Timestamp("2026-03-10 12:00")
    burst = frame.iloc[:150].assign(user="burster", kind="view", price=np.nan)
    burst["time"] = start + pd.to_timedelta(np.linspace(0, 59, 150).round(3), unit="s")
    pollers = []
    for place in range(4):
        rows = frame.iloc[:90].assign(user=f"poller{place}", kind="view", price=np.nan)
        rows["time"] = start + pd.to_timedelta(np.arange(90) * 600 + 7.0 * place, unit="s")
        pollers.append(rows)
    crawler = frame.iloc[::4].head(2500).assign(user="crawler", kind="view", price=np.nan)
    crawler["time"] += pd.Timedelta(seconds=31)
    return [burst, *pollers, crawler]


@pytest.fixture(scope="package")
def faulty_log(planted: Planted, faulty: pd.DataFrame) -> Log:
    return planted.load(faulty, "faulty")


@pytest.fixture(scope="package")
def faulty_checks(planted: Planted, faulty_log: Log) -> dict[str, dict[str, Any]]:
    return planted.checks(faulty_log)


@pytest.fixture
def stray(sound: pd.DataFrame) -> Callable[[], pd.DataFrame]:
    """The sound log with three events at the epoch and five of tomorrow."""

    def make() -> pd.DataFrame:
        frame = sound.copy()
        frame.loc[[10, 20, 30], "time"] = pd.Timestamp("1970-01-01")
        tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
        frame.loc[range(100, 105), "time"] = pd.Timestamp(tomorrow).floor("ms")
        return frame

    return make
