"""Files on their way in: an upload gets a name of ours, a path on the server must lie under a configured root.

Roots are the folders in WHYPATH_PATH_ROOTS (separated like PATH), by default the data folder beside the code and the
home folder of whoever runs the server. Of what the browser calls a file only letters, digits, `_` and `-` reach the
disk, in a folder with a random name, so that messages can still name the file.
"""

import os
import re
import secrets
from pathlib import Path

from core.errors import BadFile
from core.storage.workspace import ROOT, Workspace, write_atomically

ENDINGS = (".csv", ".tsv", ".txt", ".parquet")
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
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(name).stem).strip("-")[:60] or "upload"
    path = workspace.uploads / secrets.token_hex(16) / f"{stem}{ending}"
    path.parent.mkdir()
    write_atomically(path, content)
    return path


def drop_upload(workspace: Workspace, path: Path) -> None:
    """Delete a file that `keep_upload` stored, and its folder; leaves any other file alone."""
    if path.parent.parent == workspace.uploads and UPLOAD_FOLDER.fullmatch(path.parent.name):
        path.unlink(missing_ok=True)
        if path.parent.exists() and not any(path.parent.iterdir()):
            path.parent.rmdir()


def path_roots() -> tuple[Path, ...]:
    """The folders from which a path on the server may be read."""
    configured = os.environ.get("WHYPATH_PATH_ROOTS")
    folders = configured.split(os.pathsep) if configured else [str(ROOT / "data"), str(Path.home())]
    return tuple(Path(folder).expanduser().resolve() for folder in folders if folder)


def allowed_path(text: str) -> Path:
    """The file that a path names, links followed; raises BadFile if it lies outside the roots or is no file."""
    roots = path_roots()
    try:
        path = Path(text.strip()).expanduser()
        path = (path if path.is_absolute() else roots[0] / path).resolve()
        inside = any(path.is_relative_to(root) for root in roots)
        is_file = inside and path.is_file()
    except (OSError, ValueError, RuntimeError):
        raise BadFile(f"'{text[:200]}' is not a path; give the full path of a CSV, TSV or Parquet file.") from None
    if not inside:
        listed = " or ".join(str(root) for root in roots)
        raise BadFile(f"'{text[:200]}' is not under {listed}; move the file there, or set WHYPATH_PATH_ROOTS.")
    if not is_file:
        raise BadFile(f"There is no file '{text[:200]}' on the server; check the spelling.")
    return path
