"""Files on their way in: an upload gets a name of ours, a path on the server must lie under a configured root.

Roots are the folders in WHYPATH_PATH_ROOTS (separated like PATH), by default the data folder beside the code and the
home folder of whoever runs the server. Of what the browser calls a file only letters, digits, `_` and `-` reach the
disk, in a folder with a random name, so that messages can still name the file.
"""

import os
import re
import secrets
import shutil
from itertools import islice
from pathlib import Path, PureWindowsPath

from core.errors import BadFile
from core.storage.workspace import ROOT, Workspace, write_atomically

ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".gz", ".zst", ".zip")
ENDING = re.compile(r"(\.[A-Za-z0-9]{1,10})?\.(gz|zst|bz2|xz|zip)\Z|\.[A-Za-z0-9]{1,10}\Z", re.IGNORECASE)
PATTERN = re.compile(r"[*?\[]")
MOST_FILES = 5_000
UPLOAD_FOLDER = re.compile(r"[0-9a-f]{32}")
UPLOAD_BYTES = 50 * 1024 * 1024


def keep_upload(workspace: Workspace, name: str, content: bytes) -> Path:
    """Store an uploaded file in a folder of its own and return where; raises BadFile for other endings and sizes."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise BadFile(f"'{Path(name).name[:80]}' does not end in {', '.join(ENDINGS)}; save it as one of these.")
    if len(content) > UPLOAD_BYTES:
        raise BadFile(
            f"The file has {len(content) / 2**20:,.0f} MB; an upload may have {UPLOAD_BYTES // 2**20}. "
            "Put it on the server and give its path instead."
        )
    workspace.prepare()
    path = workspace.uploads / secrets.token_hex(16) / safe_name(name)
    path.parent.mkdir()
    write_atomically(path, content)
    return path


def safe_name(name: str) -> str:
    """What a file is called on disk: letters, digits, `_`, `-` and a short ending (two for .gz)."""
    endings = ENDING.search(name)
    ending = endings.group().lower() if endings else ""
    stem = PureWindowsPath(name.removesuffix(endings.group()) if endings else name).name  # knows both kinds of slashes
    return (re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60] or "upload") + ending


def drop_upload(workspace: Workspace, path: Path) -> None:
    """Delete an uploaded file with its folder; leaves any other file alone."""
    if path.parent.parent == workspace.uploads and UPLOAD_FOLDER.fullmatch(path.parent.name):
        shutil.rmtree(path.parent, ignore_errors=True)


def path_roots() -> tuple[Path, ...]:
    """The folders from which a path on the server may be read."""
    configured = os.environ.get("WHYPATH_PATH_ROOTS")
    folders = configured.split(os.pathsep) if configured else [str(ROOT / "data"), str(Path.home())]
    return tuple(Path(folder).expanduser().resolve() for folder in folders if folder)


def allowed_path(text: str) -> Path:
    """The one file that a path names, links followed; raises BadFile if it lies outside the roots or is no file."""
    path = _inside(text, _absolute(text))
    if not path.is_file():
        raise BadFile(f"There is no file '{text[:200]}' on the server; check the spelling.")
    return path


def allowed_paths(text: str) -> tuple[Path, ...]:
    """The files that a path, a folder or a pattern such as `logs/2026-*.csv.gz` names, in the order of their names.

    Hidden files are left out. Each file, links followed, must lie under a root: raises BadFile if one does not, if
    there is none, or if there are more than MOST_FILES.
    """
    path = _absolute(text)
    steps = path.parts
    fixed = next((place for place, step in enumerate(steps) if PATTERN.search(step)), len(steps))
    start = _inside(text, Path(*steps[:fixed]))
    if fixed == len(steps) and not start.is_dir():
        return (allowed_path(text),)
    try:
        pattern = str(Path(*steps[fixed:])) if fixed < len(steps) else "**/*"
        found = list(islice((each for each in start.glob(pattern) if each.is_file()), MOST_FILES + 1))
    except (OSError, ValueError, NotImplementedError) as error:
        raise BadFile(f"'{text[:200]}' cannot be searched ({error}); name the files one by one.") from None
    if len(found) > MOST_FILES:
        raise BadFile(f"'{text[:200]}' names more than {MOST_FILES:,} files; name a smaller folder.")
    shown = sorted(each for each in found if not any(step.startswith(".") for step in each.relative_to(start).parts))
    if not shown:
        raise BadFile(f"'{text[:200]}' names no file on the server; check the spelling.")
    return tuple(dict.fromkeys(_inside(text, each) for each in shown))


def _absolute(text: str) -> Path:
    if not text.strip():
        raise BadFile("No path was given; give the full path of a file or a folder.")
    try:
        path = Path(text.strip()).expanduser()
        return path if path.is_absolute() else path_roots()[0] / path
    except (OSError, ValueError, RuntimeError):
        raise BadFile(f"'{text[:200]}' is not a path; give the full path of a file or a folder.") from None


def _inside(text: str, path: Path) -> Path:
    """The path with links followed, if it lies under a root."""
    roots = path_roots()
    try:
        resolved = path.resolve()
        resolved.exists()  # a name too long or with a zero byte is noticed here
    except (OSError, ValueError, RuntimeError):
        raise BadFile(f"'{text[:200]}' is not a path; give the full path of a file or a folder.") from None
    if not any(resolved.is_relative_to(root) for root in roots):
        listed = " or ".join(str(root) for root in roots)
        raise BadFile(f"'{text[:200]}' is not under {listed}; move the file there, or set WHYPATH_PATH_ROOTS.")
    return resolved
