"""`graph identify`: one JSON object whatever the format, and one sentence for a graph that cannot be."""

import json
from pathlib import Path

import pytest

from core.__main__ import main

DAGITTY = "dag { Z -> T  W -> Z  W -> Y  U [latent]  U -> T  U -> Y  T [exposure]  Y [outcome]  T -> Y }"
KEYS = {
    "treatment", "outcome", "identifiable", "strategy", "others", "assumptions", "adjustment_sets", "cut_short",
    "adjustment_set", "optimal_set", "optimal", "bad_controls", "front_door", "instruments", "direct_effect",
    "mediation", "expression", "sentence", "estimand", "hedge", "open_path", "unadjusted", "remedies", "derived_roles",
}  # fmt: skip


def told(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    assert main(["graph", "identify", str(path), *options, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == KEYS
    return dict(answer)


def test_an_instrument_given_something_is_told_with_its_assumptions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "graph.dagitty"
    path.write_text(DAGITTY, encoding="utf-8")
    answer = told(path, capsys)
    assert (answer["identifiable"], answer["strategy"]) == (False, "instrument")
    assert answer["instruments"] == [{"name": "Z", "given": ["W"]}]
    assert answer["expression"] == "effect of T on Y = Cov(Y, Z | W) / Cov(T, Z | W), if linear"
    assert "use Z as an instrument given W" in str(answer["sentence"])
    assert len(answer["assumptions"]) == 2  # type: ignore[arg-type]
    assert {"kind": "measure", "names": ["U"]} in answer["remedies"]  # type: ignore[operator]
    assert "share an unmeasured cause (U)" in str(answer["hedge"])


def test_another_question_may_be_asked_of_the_same_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "graph.dot"
    path.write_text("digraph { a -> b; b -> c; a -> c }", encoding="utf-8")
    answer = told(path, capsys, "--treatment", "b", "--outcome", "c")
    assert (answer["strategy"], answer["adjustment_sets"], answer["optimal_set"]) == ("backdoor", [["a"]], ["a"])
    hidden = told(path, capsys, "--treatment", "b", "--outcome", "c", "--unmeasured", "a")
    assert (hidden["strategy"], hidden["open_path"]) == ("none", "b ← a → c")


def test_the_general_algorithm_finds_what_no_criterion_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The napkin: W is tied to T and to Y by different unmeasured causes."""
    path = tmp_path / "napkin.dagitty"
    path.write_text("dag { W -> R R -> T T -> Y A -> W A -> T B -> W B -> Y A [latent] B [latent] }", encoding="utf-8")
    answer = told(path, capsys, "--treatment", "T", "--outcome", "Y")
    assert (answer["identifiable"], answer["strategy"], answer["others"]) == (True, "id", ["instrument"])
    assert str(answer["expression"]).startswith("P(Y | do(T)) = ")
    assert answer["adjustment_sets"] == [] and "by adjustment" in str(answer["unadjusted"])


def test_an_outcome_that_causes_its_treatment_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "graph.dagitty"
    path.write_text(DAGITTY, encoding="utf-8")
    assert main(["graph", "identify", str(path), "--treatment", "Y", "--outcome", "Z", "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "The outcome Z causes the treatment Y (Z → T → Y)" in said.err


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("dag { a -> b b -> a }", [], "cycle"),
        ("dag { a -> a }", [], "loop"),
        ("dag { a -> }", [], "line 1"),
        ("dag { a -> b }", [], "marks no treatment; give --treatment with one of a, b"),
        ("dag { a -> b }", ["--treatment", "a"], "marks no outcome; give --outcome"),
        ("dag { a -> b }", ["--treatment", "a", "--outcome", "q"], "no node 'q'; it has a, b"),
        ("dag { a -> b }", ["--treatment", "a", "--outcome", "b", "--unmeasured", "q"], "no node 'q'"),
        ("dag { a -> b }", ["--treatment", "a", "--outcome", "a"], "both treatment and outcome"),
        ("dag { a -> b }", ["--treatment", "a", "--outcome", "b", "--unmeasured", "b"], "must be measured"),
        ("dag { }", ["--treatment", "a", "--outcome", "b"], "it has no nodes at all"),
        ("", [], "empty"),
    ],
)
def test_a_graph_that_cannot_be_asked_is_refused_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, options: list[str], sentence: str
) -> None:
    path = tmp_path / "graph.dagitty"
    path.write_text(text, encoding="utf-8")
    status = main(["graph", "identify", str(path), *options, "--json"])
    printed = capsys.readouterr()
    assert status == 2 and printed.out == ""
    assert sentence in printed.err or sentence in printed.err.lower()
    assert printed.err.count("\n") == 1


def test_a_name_or_an_edge_twice_is_refused_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "graph.json"
    edge = {"source": "a", "target": "b"}
    for names, edges, sentence in (("aab", [edge], "names 'a' twice"), ("ab", [edge, edge], "drawn twice")):
        path.write_text(json.dumps({"nodes": [{"name": name} for name in names], "edges": edges}), encoding="utf-8")
        assert main(["graph", "identify", str(path), "--treatment", "a", "--outcome", "b"]) == 2
        assert sentence in capsys.readouterr().err


def test_a_command_stopped_at_the_keyboard_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.graphs.formats.text_formats.read_graph", stopped)
    assert main(["graph", "identify", str(tmp_path / "graph.dot"), "--json"]) == 130
    assert capsys.readouterr() == ("", "Stopped.\n")
