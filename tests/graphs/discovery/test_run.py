"""Discovery from end to end on the command line: edges with stability, knowledge kept, bad input in one sentence."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.graphs.discovery.contract import Edge
from core.graphs.discovery.stability import Stability


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """age → visits → spend ← mood, 2,000 rows."""
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(tmp_path / "workspace"))
    chance = np.random.default_rng(3)
    age, mood = chance.normal(size=2000), chance.normal(size=2000)
    visits = 0.8 * age + chance.normal(size=2000)
    spend = 0.8 * visits + 0.8 * mood + chance.normal(size=2000)
    path = tmp_path / "people.csv"
    pd.DataFrame({"age": age, "mood": mood, "visits": visits, "spend": spend, "row_id": range(2000)}).to_csv(
        path, index=False
    )
    return path


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["discover", *arguments, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_edges_come_with_kind_and_stability(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "--table", str(table), "--draws", "20")
    edges = {(edge["source"], edge["target"]): edge for edge in found["edges"]}  # type: ignore[attr-defined]
    assert {frozenset(pair) for pair in edges} == {
        frozenset(pair) for pair in (("age", "visits"), ("visits", "spend"), ("mood", "spend"))
    }
    assert edges["visits", "spend"]["kind"] == edges["mood", "spend"]["kind"] == "directed"  # a collider tells
    assert edges["age", "visits"]["kind"] == "undirected"  # and nothing tells this one
    assert all(edge["stability"] >= 0.8 for edge in edges.values())
    assert found["draws"] == 20 and found["rows"] == 2000 and "ids: row_id" in found["notes"][0]  # type: ignore[index]
    assert found["compared"][0]["method"] == "pc" and found["compared"][0]["agreement"] == 1.0  # type: ignore[index]


def test_tiers_and_knowledge_are_kept(table: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tiers = tmp_path / "tiers.json"
    tiers.write_text(json.dumps([["age", "mood"], ["visits"], ["spend"]]))
    found = asked(capsys, "--table", str(table), "--draws", "5", "--tiers", str(tiers), "--forbid", "mood>spend")
    pairs = {(edge["source"], edge["target"], edge["kind"]) for edge in found["edges"]}  # type: ignore[attr-defined]
    assert ("age", "visits", "directed") in pairs and ("mood", "spend", "directed") not in pairs
    found = asked(capsys, "--table", str(table), "--draws", "0", "--require", "age>mood", "--half", "discovery")
    assert ("age", "mood", None) in {
        (edge["source"], edge["target"], edge["stability"])
        for edge in found["edges"]  # type: ignore[attr-defined]
    }
    assert found["half"] == "discovery" and 900 < found["rows"] < 1100  # type: ignore[operator]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--method", "magic"], "no method 'magic'"),
        (["--method", "hawkes"], "raw events of a log"),
        (["--require", "age>agee"], "'agee'"),
        (["--require", "age>visits", "--require", "visits>age"], "are both required"),
        (["--set", "pennalty=3"], "no setting 'pennalty'"),
        (["--require", "age-visits"], "write it as source>target"),
        (["--columns", "age"], "two variables"),
        (["--columns", "age,moood"], "no column 'moood'"),
        (["--draws", "-1"], "draws"),
        (["--log", "x"], "one of the two"),
    ],
)
def test_bad_input_is_one_sentence(
    table: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["discover", "--table", str(table), *arguments, "--json"]) == 2
    told = capsys.readouterr()
    assert said in told.err.strip().splitlines()[-1] and told.out == ""


@pytest.mark.parametrize(
    ("tiers", "tells"),
    [
        ('[["age"], ["spend", "visits"]]', True),
        ('{"tiers": [["age"], ["spend"]]}', True),
        ('{"tiers": {"age": 0, "spend": 4}}', True),
        ('{"age": 0, "spend": 1}', True),
        ('"age"', False),
        ("[[1]]", False),
        ('{"age": "early"}', False),
        ('{"1": ["age"], "2": ["spend"]}', False),
    ],
)
def test_a_file_of_tiers_has_lists_or_numbers(
    table: Path, capsys: pytest.CaptureFixture[str], tiers: str, tells: bool
) -> None:
    file = table.parent / "tiers.json"
    file.write_text(tiers, encoding="utf-8")
    arguments = ["discover", "--table", str(table), "--tiers", str(file), "--draws", "0", "--compare", ""]
    assert main([*arguments, "--json"]) == (0 if tells else 2)
    assert tells or "'tiers.json' holds no time tiers; write lists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (lambda frame: 3, "holds one value only"),
        (lambda frame: None, "is empty"),
        (lambda frame: 2 * frame["age"] - frame["mood"], "follows exactly from"),
        (lambda frame: frame["age"] ** 3, "follows exactly from age"),
        (lambda frame: [f"name {number}" for number in range(len(frame))], "2,000 values"),
    ],
)
def test_variables_that_cannot_be(table: Path, capsys: pytest.CaptureFixture[str], column: object, said: str) -> None:
    frame = pd.read_csv(table)
    frame["odd"] = column(frame)  # type: ignore[operator]
    frame.to_csv(table, index=False)
    assert main(["discover", "--table", str(table), "--json"]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert said in last and "odd" in last
    assert main(["discover", "--table", str(table), "--leave-out", "odd", "--draws", "0", "--json"]) == 0


def test_more_variables_than_rows(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(25, 40)), columns=[f"x{number}" for number in range(40)])
    wide.to_csv(table, index=False)
    assert main(["discover", "--table", str(table), "--json"]) == 2
    assert "more units than variables" in capsys.readouterr().err


def test_stability_is_the_share_of_draws_and_kinds_are_the_three_known() -> None:
    stability = Stability(4, Counter({("a", "b", "precedes"): 3}), Counter({frozenset("ab"): 4, frozenset("bc"): 2}))
    told = stability.plain(Edge("a", "b", "precedes"))
    assert (told["kind"], told["label"], told["stability"], told["adjacency"]) == ("directed", "precedes", 0.75, 1.0)
    assert stability.missed([Edge("a", "b", "precedes")]) == [{"between": ["b", "c"], "adjacency": 0.5}]
