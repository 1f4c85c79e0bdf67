"""`graph check` from the command line: one JSON object, or one sentence and 2."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.storage.workspace import Workspace
from tests.graphs.check.planted import draw, graph_of

TRUE = graph_of("age search", "search views", "views buy", "age buy")
CODE = "dag {{ age search [exposure] views buy [outcome] {edges} }}"


@pytest.fixture
def folder(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    draw(TRUE, 800, 1, mixed=False).to_csv(tmp_path / "t.csv", index=False)
    for name, edges in {
        "true": "age -> search -> views -> buy age -> buy", "wrong": "age -> search -> views -> buy",
        "backwards": "buy -> age -> search",
    }.items():  # fmt: skip
        (tmp_path / f"{name}.dagitty").write_text(CODE.format(edges=edges))
    return tmp_path


def checked(folder: Path, capsys: pytest.CaptureFixture[str], name: str, *options: str) -> tuple[int, dict, str]:
    status = main(
        ["graph", "check", str(folder / f"{name}.dagitty"), "--table", str(folder / "t.csv"), *options, "--json"]
    )
    out, err = capsys.readouterr()
    return status, json.loads(out) if out else {}, err


def test_right_and_wrong_graphs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, right, _ = checked(folder, capsys, "true", "--draws", "10", "--shuffles", "50")
    assert status == 0
    assert right["passed"] is True
    assert {"sentence", "implications", "edges", "falsification", "sem", "tables", "untestable", "notes"} <= set(right)
    _, wrong, _ = checked(folder, capsys, "wrong", "--draws", "0")
    assert wrong["passed"] is False
    assert {wrong["first"]["one"], wrong["first"]["other"]} == {"age", "buy"}
    assert wrong["sem"] is None


def test_observe_and_set(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found, _ = checked(
        folder, capsys, "true", "--draws", "20", "--bins", "2", "--observe", "search=9", "--set", "search=9"
    )
    asked = found["tables"]["asked"]
    assert found["tables"]["outcome"] == "buy"
    for key in ("observed", "set"):
        assert sum(row["share"] for row in asked[key]) == pytest.approx(1)
    assert asked["observed"] != asked["set"]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("backwards", (), "outcome buy causes the treatment search"),
        ("true", ("--columns", "age,buy"), "no column 'search'"),
        ("true", ("--observe", "search"), "NODE=VALUE"),
        ("true", ("--set", "nobody=1", "--draws", "5"), "no measured node"),
        ("true", ("--set", "search=1", "--draws", "0"), "needs bootstrap draws"),
        ("true", ("--floor", "2"), "floor"),
        ("true", ("--log", "demo"), "--table FILE, or --log"),
        ("missing", (), "There is no file"),
    ],
)
def test_bad_input_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, options: tuple[str, ...], words: str
) -> None:
    status, _, err = checked(folder, capsys, name, *options)
    assert status == 2
    assert words in err
    assert "Traceback" not in err
