"""Files on their way in: names are ours, paths stay under their roots."""

from pathlib import Path

import pytest

from core.errors import BadFile
from core.storage.arrivals import allowed_path, allowed_paths, drop_upload, keep_upload
from core.storage.workspace import Workspace


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/x.csv", "a\x00b.csv", "x" * 500 + ".csv", "….csv", ".csv.csv"])
def test_an_upload_lands_in_the_uploads_folder_whatever_it_is_called(workspace: Workspace, name: str) -> None:
    path = keep_upload(workspace, name, b"a,b\n")
    assert path.parents[1] == workspace.uploads
    assert path.read_bytes() == b"a,b\n"


@pytest.mark.parametrize("name", ["x.exe", "x", "x.csv.rar", ""])
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


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with a folder of logs, a hidden file, and links that lead out of it."""
    folder = tmp_path / "root" / "logs"
    (folder / "deep").mkdir(parents=True)
    for name in ("b.csv", "a.csv", "c.parquet", ".hidden.csv", "deep/d.csv"):
        (folder / name).write_text("x", encoding="utf-8")
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path / "root"))
    return tmp_path / "root"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("logs", ["a.csv", "b.csv", "c.parquet", "deep/d.csv"]),
        ("logs/*.csv", ["a.csv", "b.csv"]),
        ("logs/**/*.csv", ["a.csv", "b.csv", "deep/d.csv"]),
        ("logs/[ab].csv", ["a.csv", "b.csv"]),
        ("lo?s/b.csv", ["b.csv"]),
        ("logs/b.csv", ["b.csv"]),
    ],
)
def test_a_folder_or_a_pattern_names_its_files_in_order_hidden_ones_left_out(
    root: Path, text: str, names: list[str]
) -> None:
    assert [str(path.relative_to(root / "logs")) for path in allowed_paths(text)] == names
    assert allowed_paths(str(root / text)) == allowed_paths(text)


@pytest.mark.parametrize(
    "text", ["/etc", "/e*c/passwd", "../*", "/*", "~root/*", "logs/../../*.csv", "/proc/self/fd/*"]
)
def test_a_folder_or_a_pattern_outside_the_roots_is_refused(root: Path, text: str) -> None:
    (root.parent / "outside.csv").write_text("x", encoding="utf-8")
    with pytest.raises(BadFile, match=r"is not under|names no file"):
        allowed_paths(text)


def test_a_link_out_of_the_roots_spoils_the_folder_it_lies_in(root: Path) -> None:
    (root.parent / "outside.csv").write_text("x", encoding="utf-8")
    (root / "logs" / "z.csv").symlink_to(root.parent / "outside.csv")
    with pytest.raises(BadFile, match="is not under"):
        allowed_paths("logs")


@pytest.mark.parametrize("text", ["logs/nothing-*.csv", "nothing", "\x00", "logs/" + "x" * 5000, "logs/**x**/[", ""])
def test_a_path_that_names_no_file_is_refused_in_one_sentence(root: Path, text: str) -> None:
    (root / "logs").rename(root / "gone")
    for path in (root / "gone").rglob("*.*"):
        path.unlink()
    with pytest.raises(BadFile) as refused:
        allowed_paths(text)
    assert "\n" not in str(refused.value)
