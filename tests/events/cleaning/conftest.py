"""A recipe carried out on a small `kept`, without a file or a log around it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from core.events.cleaning.apply import apply_recipe
from core.events.cleaning.recipe import Recipe
from core.events.kept import Kept, StoredAttribute
from core.events.stages import Stage
from core.storage.engine import Writer, writer
from core.storage.workspace import Workspace

SILENT = Stage(lambda share, message: None, 0.0, 1.0, "")
KINDS = {"text": pa.string(), "number": pa.float64(), "boolean": pa.bool_()}
Event = Mapping[str, Any]


class Bench:
    """`kept` filled with events; recipes are carried out on it, one after the other."""

    def __init__(self, engine: Writer) -> None:
        self.engine = engine
        self.kept = Kept()
        self.accounts: list[dict[str, Any]] = []

    def fill(self, events: Sequence[Event], *, optional: Sequence[str] = (), **attributes: str) -> None:
        """events: {user, type, second, item, and the optional columns and attributes}; attributes: column=kind."""
        columns = {
            "event_id": pa.array(range(len(events)), pa.int64()),
            "user_id": pa.array([event.get("user", "u") for event in events], pa.string()),
            "item_id": pa.array([event.get("item") for event in events], pa.string()),
            "event_type": pa.array([event.get("type", "view") for event in events], pa.string()),
            "timestamp": pa.array([round(event.get("second", 0) * 1e6) for event in events], pa.timestamp("us")),
            "timestamp_us": pa.array([round(event.get("second", 0) * 1e6) for event in events], pa.int64()),
        }
        kinds = {**{name: "text" if name in ("text", "arm") else "number" for name in optional}, **attributes}
        for name, kind in kinds.items():
            columns[name] = pa.array([event.get(name) for event in events], KINDS[kind])
        self.engine.execute("DROP TABLE IF EXISTS kept")
        self.engine.add("kept", pa.table(columns))
        stored = tuple(StoredAttribute(name, name.title(), kind) for name, kind in attributes.items())
        self.kept = Kept(tuple(optional), stored)

    def clean(self, *steps: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Carry out steps; returns their accounts."""
        self.kept, self.accounts = apply_recipe(self.engine, self.kept, Recipe.read({"steps": steps}), SILENT)
        return self.accounts

    def forget_what_was_done(self) -> None:
        """Let a step be done again, as if it were to other events."""
        self.kept = Kept(**{**self.kept.__dict__, "done": ()})

    @property
    def frame(self) -> pd.DataFrame:
        return self.engine.frame("SELECT * FROM kept ORDER BY event_id")

    def column(self, name: str) -> list[Any]:
        """The values of a column by event_id, None where they are missing."""
        return [value for (value,) in self.engine.rows(f'SELECT "{name}" FROM kept ORDER BY event_id')]


@pytest.fixture
def bench(workspace: Workspace) -> Iterator[Bench]:
    """An empty bench."""
    with writer(workspace) as engine:
        yield Bench(engine)


@pytest.fixture
def cleaned(bench: Bench) -> Callable[..., Bench]:
    """cleaned(events, step, ..., optional=, attribute=kind) fills the bench and carries out the steps."""

    def carry_out(events: Sequence[Event], *steps: Mapping[str, Any], **columns: Any) -> Bench:
        bench.fill(events, **columns)
        bench.clean(*steps)
        return bench

    return carry_out
