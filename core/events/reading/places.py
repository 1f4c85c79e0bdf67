"""Which files a path means: a file, a folder of files, or a glob such as `logs/2024-*.csv.gz`.

A path to somewhere else (`s3://bucket/log.parquet`) means nothing here, and nothing is contacted.
"""

import glob
import re
from collections.abc import Sequence
from pathlib import Path

from core.errors import BadFile
from core.events.reading.elsewhere import ALLOWED, is_allowed

MAX_FILES = 10_000
ELSEWHERE = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+):/{1,2}")
PATTERN = re.compile(r"[*?\[]")


def files_at(given: Sequence[str | Path]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The files that these paths mean, folders and globs in the order of their names, and notes on what was left out.

    Raises BadFile for a path to another machine, one that means nothing, and a file meant twice.
    """
    paths: list[Path] = []
    notes: list[str] = []
    for text in map(str, given):
        refuse_elsewhere(text)
        found, left_out = _files(text)
        paths += found
        notes += left_out
    places = [path.resolve() for path in paths]
    if len(set(places)) < len(places):
        twice = next(path for number, path in enumerate(places) if path in places[:number])
        raise BadFile(f"'{twice.name}' is meant twice, which would count its events twice; name each file once.")
    if len(paths) > MAX_FILES:
        raise BadFile(f"These are {len(paths):,} files, more than the {MAX_FILES:,} allowed; join them into fewer.")
    return tuple(paths), tuple(notes)


def absolute(text: str) -> str:
    """A path from the root of the file system, wherever the process stands; raises BadFile as `files_at` does."""
    if is_allowed(text):
        return text
    refuse_elsewhere(text)
    return str(Path(text).resolve())


def refuse_elsewhere(text: str) -> None:
    """Raise BadFile for an address on another machine."""
    if (match := ELSEWHERE.match(text)) and not Path(text).exists():
        raise BadFile(
            f"'{text[:100]}' lies on another machine ({match.group(1)}), and nothing is fetched from there unless "
            f"the administrator allows it ({ALLOWED}); download the file and name its path here."
        )


def _files(text: str) -> tuple[list[Path], list[str]]:
    path = Path(text)
    if path.is_dir():
        return _in_folder(path)
    if path.exists() or not PATTERN.search(text):
        return [path], []
    found = sorted(Path(name) for name in glob.glob(text, recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
    files = [each for each in found if each.is_file()]
    if not files:
        raise BadFile(f"No file matches '{text}'; check the path and the pattern.")
    folders = len(found) - len(files)
    return files, [f"{folders:,} folders that match '{path.name}' were left out."] if folders else []


def _in_folder(folder: Path) -> tuple[list[Path], list[str]]:
    """The files of a folder and of the folders in it; hidden and marker files (`_SUCCESS`) are left out."""
    every = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [path for path in every if not any(part[0] in "._" for part in path.relative_to(folder).parts)]
    if not files:
        raise BadFile(f"Folder '{folder.name}' holds no files; name a file, or a folder of files.")
    hidden = [path.name for path in every if path not in files]
    if not hidden:
        return files, []
    shown = ", ".join(f"'{name[:60]}'" for name in hidden[:3]) + (", ..." if len(hidden) > 3 else "")
    return files, [f"{len(hidden):,} hidden files of folder '{folder.name}' were left out ({shown})."]
