"""Files on their way in: names are ours, paths stay under their roots."""

from pathlib import Path

import pytest

from core.errors import BadFile
from core.storage.arrivals import allowed_path, drop_upload, keep_upload
from core.storage.workspace import Workspace


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/x.csv", "a\x00b.csv", "x" * 500 + ".csv", "….csv", ".csv.csv"])
def test_an_upload_lands_in_the_uploads_folder_whatever_it_is_called(workspace: Workspace, name: str) -> None:
    path = keep_upload(workspace, name, b"a,b\n")
    assert path.parents[1] == workspace.uploads
    assert path.read_bytes() == b"a,b\n"


@pytest.mark.parametrize("name", ["x.exe", "x", "x.csv.zip", ""])
def test_other_endings_are_refused_with_those_there_are(workspace: Workspace, name: str) -> None:
    with pytest.raises(BadFile, match=r"\.csv, \.tsv, \.txt, \.parquet"):
        keep_upload(workspace, name, b"x")


def test_only_files_under_the_roots_may_be_read_links_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside.csv"
    root.mkdir()
    outside.write_text("x", encoding="utf-8")
    (root / "inside.csv").write_text("x", encoding="utf-8")
    (root / "link.csv").symlink_to(outside)
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(root))
    assert allowed_path("inside.csv") == allowed_path(str(root / "inside.csv")) == root / "inside.csv"
    for path in (str(outside), "../outside.csv", str(root / "link.csv"), "link.csv"):
        with pytest.raises(BadFile, match="is not under"):
            allowed_path(path)
    with pytest.raises(BadFile, match="There is no file"):
        allowed_path("nothing.csv")


def test_only_what_was_uploaded_is_dropped(workspace: Workspace, tmp_path: Path) -> None:
    kept, own = keep_upload(workspace, "log.csv", b"a,b"), tmp_path / "own.csv"
    own.write_text("a,b")
    for path in (kept, own, kept):  # twice is harmless
        drop_upload(workspace, path)
    assert list(workspace.uploads.iterdir()) == []
    assert own.exists()
