"""Mappings that were used, kept by the shape of their file, for the next file of the same shape."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.errors import NotFound
from core.events.columns import TIMESTAMP
from core.events.import_spec import ImportSpec
from core.events.recognise import recognise
from core.storage.shelf import keep, kept, take_off
from core.storage.workspace import Workspace

SHELF = "mappings"
NO_TIMES = {"day_first": None, "timestamp_unit": None, "time_zone": "UTC"}
TIME_SETTINGS = tuple(NO_TIMES)


@dataclass(frozen=True)
class SavedMapping:
    """shape: of the files it is for; title: the log it was used for; mapping: {role: column}; time: TIME_SETTINGS;
    columns: of the file."""

    shape: str
    title: str
    mapping: dict[str, str]
    time: dict[str, Any]
    columns: tuple[str, ...]


def shape_of(columns: Iterable[str]) -> str:
    """What files share whose columns have the same names, in whatever order and format."""
    return sha256("\0".join(sorted(columns)).encode()).hexdigest()[:16]


def save_mapping(workspace: Workspace, spec: ImportSpec, manifest: Mapping[str, Any]) -> None:
    """Keep the mapping that an import was told; one that was only guessed is not kept, as it would be guessed again."""
    if not spec.mapping:
        return
    columns = sorted({*manifest["columns"].values(), *spec.mapping.values()})
    if joined := manifest.get("joined_columns"):  # the file has these two, and none that is called `date+time`
        columns = sorted({*joined, *columns} - {spec.mapping[TIMESTAMP]})
    body = {
        "title": manifest["name"], "mapping": spec.mapping, "columns": columns,
        "time": {name: getattr(spec, name) for name in TIME_SETTINGS},
    }  # fmt: skip
    keep(workspace, SHELF, shape_of(columns), body)


def saved_mappings(workspace: Workspace) -> list[SavedMapping]:
    """All that are kept, by the titles of their logs."""
    found = [
        SavedMapping(shape, body["title"], body["mapping"], body["time"], tuple(body["columns"]))
        for shape, body in kept(workspace, SHELF).items()
    ]
    return sorted(found, key=lambda saved: saved.title)


def saved_mapping(workspace: Workspace, columns: Iterable[str]) -> SavedMapping | None:
    """The one for a file with these columns, if there is one."""
    shape = shape_of(columns)
    return next((saved for saved in saved_mappings(workspace) if saved.shape == shape), None)


def saved_for(workspace: Workspace, path: Path) -> SavedMapping:
    """The mapping kept for files like this one; raises NotFound if none is."""
    found = saved_mapping(workspace, [name for name, _, _ in recognise(workspace, path).columns])
    if found is None:
        raise NotFound(f"No mapping is saved for files with the columns of '{path.name}'; name the roles with --map.")
    return found


def forget_mapping(workspace: Workspace, shape: str) -> None:
    """Remove one, if it is there."""
    take_off(workspace, SHELF, shape)
