"""Labels of pairs: kept per log, replaced, forgotten, read as edges; and the commands."""

import json
from collections.abc import Callable

import pandas as pd
import pytest

from core.__main__ import main
from core.effects.screen.labels import PairLabel, edges_known, forget_label, label_pair, labels_of
from core.errors import BadSpec
from core.storage.engine import Log
from core.storage.workspace import Workspace
from tests.effects.hidden_trait import hidden_trait_log

LogOf = Callable[[pd.DataFrame], Log]


def test_labels_are_kept_replaced_and_read_as_edges(workspace: Workspace, log_of: LogOf) -> None:
    log_id = log_of(hidden_trait_log(users=20)).log_id
    label_pair(workspace, log_id, "offer", "buy", "unknown")
    label_pair(workspace, log_id, "offer", "buy", "causal")
    label_pair(workspace, log_id, "read", "offer", "not causal")
    label_pair(workspace, log_id, "read", "buy", "unknown")
    assert PairLabel("offer", "buy", "causal") in labels_of(workspace, log_id)
    assert edges_known(workspace, log_id, ["offer", "buy", "read"]) == ([("offer", "buy")], [("read", "offer")])
    assert edges_known(workspace, log_id, ["offer", "buy"]) == ([("offer", "buy")], [])
    forget_label(workspace, log_id, "offer", "buy")
    assert len(labels_of(workspace, log_id)) == 2


@pytest.mark.parametrize(
    ("cause", "effect", "label", "says"),
    [
        ("offer", "buy", "maybe", "no label 'maybe'"),
        ("offer", "bought", "causal", "no event type 'bought'"),
        ("buy", "buy", "causal", "its own cause"),
    ],
)
def test_labels_that_cannot_be(
    workspace: Workspace, log_of: LogOf, cause: str, effect: str, label: str, says: str
) -> None:
    log_id = log_of(hidden_trait_log(users=20)).log_id
    with pytest.raises(BadSpec, match=says):
        label_pair(workspace, log_id, cause, effect, label)


def test_the_commands(
    workspace: Workspace, log_of: LogOf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    log_id = log_of(hidden_trait_log(users=150)).log_id
    settings = ["--set", "landmark_event=2", "--set", "lookback_days=5"]
    assert main(["screen", "--log", log_id, *settings, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["log_id"] == log_id and found["run_id"] and found["pairs"]
    named = ["label-pair", "--log", log_id, "--cause", "offer", "--effect", "buy"]
    assert main([*named, "--as", "causal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["labels"] == [{"cause": "offer", "effect": "buy", "label": "causal"}]
    assert main(named) == 2
    assert "--as" in capsys.readouterr().err
    assert main([*named, "--as", "none", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["labels"] == []


def test_a_discovery_knows_the_labels_unless_told_not_to(
    workspace: Workspace, log_of: LogOf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    log_id = log_of(hidden_trait_log(users=150)).log_id
    label_pair(workspace, log_id, "offer", "buy", "causal")
    label_pair(workspace, log_id, "buy", "offer", "not causal")
    command = ["discover", "--log", log_id, "--method", "granger", "--draws", "0", "--compare", "", "--json"]
    assert main(command) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert (found["required"], found["forbidden"]) == ([["offer", "buy"]], [["buy", "offer"]])
    assert "Known from labels: 1 causal and 1 not causal" in said.err
    assert "Of the labelled pairs offer → buy must be there." in found["notes"]
    assert main([*command, "--no-labels"]) == 0
    assert json.loads(capsys.readouterr().out)["required"] == []
