"""The dictionary without a browser: one JSON object, or one sentence and status 2."""

import json
from typing import Any

import pytest

from core.__main__ import main
from core.storage.engine import Log
from core.storage.workspace import Workspace


@pytest.fixture
def ask(home: Workspace, log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Carry out a command over the small log: its JSON, or what it said on refusing."""
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(home.root))

    def asked(*arguments: str) -> Any:
        status = main([*arguments, "--log", log.log_id, "--json"])
        said = capsys.readouterr()
        return json.loads(said.out) if status == 0 else (status, said.err)

    return asked


def test_what_is_defined_is_listed_used_and_taken_away(ask: Any) -> None:
    assert ask("define", "event", "big one", "buy where value > 50")["events"] == 3
    ask("define", "metric", "big buyers", "big one", "--kind", "share", "--over", "view", "--per", "session")
    ask("define", "annotation", "launch", "--at", "2023-03-03", "--kind", "campaign", "--event", "big one")
    ask("define", "event_type", "buy", "Paid for")
    listed = ask("dictionary")
    assert [event["rule"] for event in listed["named_events"]] == ["buy where value > 50"]
    assert listed["metrics"][0]["per"] == "session"
    assert listed["annotations"][0]["at"] == "2023-03-03T00:00:00Z"
    assert {row["event_type"]: row["description"] for row in listed["event_types"]}["buy"] == "Paid for"
    trend = ask("pattern", "trend", "--set", 'events=["big one"]')
    assert trend["spec"]["events"] == ["buy where value > 50 as `big one`"]
    assert ask("pattern", "metric", "--set", "metric=big buyers")["spec"]["metric"]["over"] == "view"
    status, words = ask("undefine", "event", "big one")
    assert (status, "the metric 'big buyers'" in words) == (2, True)
    for kind, name in (("metric", "big buyers"), ("annotation", "launch"), ("event", "big one")):
        assert ask("undefine", kind, name) == {"undefined": kind, "name": name}
    assert ask("dictionary")["named_events"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("define", "event", "x"), "needs a rule"),
        (("define", "event", "x", "buy where"), "expected a column"),
        (("define", "annotation", "x", "buy", "--at", "2023-03-03"), "as --event"),
        (("define", "annotation", "x"), "'at' is missing"),
        (("undefine", "metric", "x"), "There is no metric 'x'"),
        (("pattern", "funnel", "--set", 'steps=["buy","x y"]'), "no event type 'x y'"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(ask: Any, arguments: tuple[str, ...], says: str) -> None:
    status, words = ask(*arguments)
    assert status == 2
    assert says in words
    assert words.strip().count("\n") == 0
