"""What if: known answers of simulated models are found with their intervals, and what a graph cannot answer is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.errors import BadSpec, NotEnoughData, NotFound
from core.graphs.causal_graph import CausalGraph
from core.graphs.formats.text_formats import parse_graph
from core.graphs.matched import Matched, matched
from core.graphs.variables import Variable, VariableTable, variables_of_frame
from core.graphs.what_if.run import what_if
from core.graphs.what_if.spec import WhatIfSpec

GRAPH = parse_graph("dag { a -> s a -> v s -> v a -> b s -> b v -> b s [exposure] b [outcome] }", ".dagitty")


def people(rows: int, seed: int, *, shift: float = 0.0, strength: float = 1.0) -> pd.DataFrame:
    """a causes all; s (0/1) and the count v cause b (0/1)."""
    chance = np.random.default_rng(seed)
    a = chance.normal(size=rows) + shift
    s = chance.random(rows) < 1 / (1 + np.exp(-a))
    v = chance.poisson(np.exp(0.3 * a + 0.5 * s))
    return pd.DataFrame({"a": a, "s": s, "v": v, "b": chance.random(rows) < chances(a, s, v, strength)})


def chances(a: np.ndarray, s: np.ndarray, v: np.ndarray, strength: float = 1.0) -> np.ndarray:
    return 1 / (1 + np.exp(-(-1 + 0.5 * a + strength * s + 0.3 * v)))


def truth(treated_only: bool = False) -> float:
    """P(b | do(s=1)) - P(b | do(s=0)) by simulation from the equations, of all or of those with s = 1."""
    chance = np.random.default_rng(99)
    a = chance.normal(size=400_000)
    if treated_only:
        a = a[chance.random(len(a)) < 1 / (1 + np.exp(-a))]
    means = [chances(a, s, chance.poisson(np.exp(0.3 * a + 0.5 * s))).mean() for s in (0, 1)]
    return float(means[1] - means[0])


def brought(frame: pd.DataFrame, graph: CausalGraph = GRAPH) -> Matched:
    return matched(graph, variables_of_frame(frame, "people"), list(frame))


def asked(frames: list[pd.DataFrame], graph: CausalGraph = GRAPH, **settings: object) -> dict[str, object]:
    spec = WhatIfSpec.read({"graph": graph.plain(), "data": {"table": "x.csv"}, **settings})
    return what_if([brought(frame, graph) for frame in frames], spec, lambda share, message: None)


def test_setting_a_node_gives_the_effect_and_not_the_difference_of_means() -> None:
    frame = people(4000, 1)
    found = asked([frame], hold={"s": "1"}, versus={"s": "0"}, draws=10)
    difference = found["difference"]
    naive = frame.loc[frame["s"], "b"].mean() - frame.loc[~frame["s"], "b"].mean()
    assert difference["low"] < truth() < difference["high"] < naive  # type: ignore[index,operator]
    assert sum(found["distribution"]["held"]) == pytest.approx(1)  # type: ignore[index]
    assert found["held"]["value"] - found["versus"]["value"] == pytest.approx(difference["value"])  # type: ignore[index]


def test_looking_back_is_about_the_units_that_had_another_value() -> None:
    frame = people(4000, 2)
    found = asked([frame], ask="look_back", hold={"s": "0"}, versus={"s": "1"}, draws=10)
    assert found["units"] == int(frame["s"].sum())
    assert found["versus"]["value"] == pytest.approx(frame.loc[frame["s"], "b"].mean())  # type: ignore[index]
    assert found["difference"]["value"] == pytest.approx(-truth(treated_only=True), abs=0.05)  # type: ignore[index]


def test_a_change_is_due_to_what_changed() -> None:
    found = asked(
        [people(4000, 3), people(4000, 4, shift=0.5, strength=0.3)], ask="change", later={"table": "y.csv"}, draws=0
    )
    parts = {part["node"]: part["value"] for part in found["parts"]}  # type: ignore[attr-defined]
    assert parts["a"] > 0.05 > 0 > parts["b"] and abs(parts["s"]) < 0.02 and abs(parts["v"]) < 0.02
    assert abs(found["unexplained"]) < 0.02  # type: ignore[arg-type]
    assert found["change"] == pytest.approx(sum(parts.values()) + found["unexplained"])  # type: ignore[operator]


def test_a_hidden_common_cause_is_refused_and_a_hidden_step_is_not() -> None:
    frame = people(500, 5)
    hidden = parse_graph("dag { u [latent] u -> s u -> b s -> b a -> b s [exposure] b [outcome] }", ".dagitty")
    with pytest.raises(BadSpec, match="share the unmeasured cause u"):
        asked([frame[["s", "b", "a"]]], hidden, hold={"s": "1"})
    step = parse_graph("dag { m [latent] s -> m m -> b a -> b a -> s s [exposure] b [outcome] }", ".dagitty")
    assert asked([frame[["s", "b", "a"]]], step, hold={"s": "1"}, draws=0)["level"] == "1"


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"hold": {"s": "maybe"}}, BadSpec, "'s' has no value 'maybe'; it has 0, 1"),
        ({"hold": {"a": "high"}}, BadSpec, "'a' is a number"),
        ({"hold": {"a": "inf"}}, BadSpec, "finite"),
        ({"hold": {"z": "1"}}, NotFound, "no variable 'z'"),
        ({"hold": {"b": "1"}}, BadSpec, "'b' is the outcome"),
        ({"hold": {"b": "1"}, "outcome": "a"}, BadSpec, "no path of arrows from b to a"),
        ({"hold": {"a": "0"}, "versus": {"a": "123"}, "ask": "look_back"}, NotEnoughData, "0 units had a = 123"),
    ],
)
def test_bad_questions_are_refused(settings: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        asked([people(300, 6)], draws=0, **settings)


def test_a_group_is_spread_into_columns_that_keep_what_they_have_in_common() -> None:
    chance = np.random.default_rng(7)
    both = chance.normal(size=(3000, 1)) + 0.3 * chance.normal(size=(3000, 2))
    s = (chance.random(3000) < 1 / (1 + np.exp(-both.sum(axis=1)))).astype(float)
    y = 2 * s + both.sum(axis=1) + chance.normal(size=3000)
    table = VariableTable(
        (Variable("past", "group", both), Variable("s", "binary", s), Variable("y", "number", y)), "units"
    )
    graph = parse_graph("dag { past -> s past -> y s -> y s [exposure] y [outcome] }", ".dagitty")
    spec = WhatIfSpec.read({"graph": graph.plain(), "data": {"question": {}}, "hold": {"s": "1"}, "versus": {"s": "0"},
                            "draws": 10})  # fmt: skip
    found = what_if([Matched(graph, table)], spec, lambda share, message: None)
    assert found["difference"]["low"] < 2.05 and found["difference"]["high"] > 1.95
    assert found["difference"]["value"] == pytest.approx(2, abs=0.2)
    with pytest.raises(BadSpec, match="stands for 2 columns"):
        what_if([Matched(graph, table)], spec.model_copy(update={"hold": {"past": "1"}}), lambda share, message: None)


def test_the_row_cap_is_said_and_the_command_prints_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(tmp_path / "workspace"))
    people(600, 8).astype(float).to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "g.dagitty").write_text("dag { a -> s a -> b s -> b s [exposure] b [outcome] }")
    command = ["graph", "what-if", str(tmp_path / "g.dagitty"), "--table", str(tmp_path / "people.csv"), "--json"]
    assert main([*command, "--set", "s=1", "--rows", "200", "--draws", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == [200] and any("200 of 600 rows" in note for note in told["notes"])
    assert main([*command, "--set", "s=1", "--later", "x.csv"]) == 2
    assert "ask one at a time" in capsys.readouterr().err
    assert main(command) == 2
    assert "Set at least one node" in capsys.readouterr().err
