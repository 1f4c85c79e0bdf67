"""`graph convert`: from one format to another on the command line, with what was lost."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.graphs.formats.text_formats import graph_text, parse_graph, read_graph
from core.graphs.tiers import graph_from_tiers

GRAPH = graph_from_tiers([("past", "Past activity")], "search", "buy")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A graph as JSON."""
    path = tmp_path / "graph.json"
    path.write_text(graph_text(GRAPH, ".json"), encoding="utf-8")
    return path


def test_a_graph_is_converted_and_what_is_lost_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = file.with_suffix(".dagitty")
    assert main(["graph", "convert", str(file), str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["nodes"], answer["edges"], answer["file"]) == (3, 3, str(out))
    assert len(answer["notes"]) == 2  # tiers, titles
    assert set(read_graph(out).edges) == set(GRAPH.edges)


def test_a_graph_goes_to_standard_output(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "convert", str(file), "-", "--to", "dot"]) == 0
    assert parse_graph(capsys.readouterr().out, ".dot") == GRAPH
    assert main(["graph", "convert", str(file), "-", "--to", ".svg", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"].startswith("<svg")


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_a_graph_becomes_a_picture(file: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = file.with_suffix(ending)
    assert main(["graph", "convert", str(file), str(out), "--json"]) == 0
    assert out.read_bytes()[:4] == {".svg": b"<svg", ".png": b"\x89PNG"}[ending]
    assert json.loads(capsys.readouterr().out)["notes"] == []


@pytest.mark.parametrize(
    ("out", "more", "says"),
    [
        ("graph.csv", [], "cannot end in '.csv'"),
        ("graph", [], "Say the format"),
        ("-", ["--to", "png"], "A PNG is no text"),
        ("absent/graph.dot", [], "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_refused(
    file: Path, out: str, more: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = out if out == "-" else str(file.parent / out)
    assert main(["graph", "convert", str(file), place, *more]) == 2
    assert says in capsys.readouterr().err


def test_characters_that_the_picture_cannot_show_are_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.with_suffix(".dot").write_text('digraph { "年" -> b }', encoding="utf-8")
    assert main(["graph", "convert", str(file.with_suffix(".dot")), str(file.with_suffix(".png")), "--json"]) == 0
    printed = capsys.readouterr()
    assert "lacks some characters" in json.loads(printed.out)["notes"][0] and printed.err == ""
