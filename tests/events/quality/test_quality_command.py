"""The command prints the contract; thresholds are settings; the result is kept for the page."""

import json

import pandas as pd
import pytest

from core.__main__ import main
from core.events.quality import CHECKS
from core.events.quality.assess import run_of
from core.events.quality.quality_spec import QualitySpec
from tests.events.quality.conftest import Planted


@pytest.fixture
def here(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> Planted:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(planted.workspace.root))
    return planted


def test_the_command_prints_one_object_and_the_run_is_found_again(
    here: Planted, sound: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    log = here.load(sound.head(3000), "asked")
    assert run_of(here.workspace, log, QualitySpec()) is None
    assert main(["quality", "--log", "asked", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    answer = json.loads(line)
    assert (answer["log_id"], answer["version_id"], answer["events"]) == ("asked", log.version_id, 3000)
    assert {check["name"] for check in answer["checks"]} == set(CHECKS)
    row = run_of(here.workspace, log, QualitySpec())
    assert row is not None
    assert row["status"] == "done"
    assert run_of(here.workspace, log, QualitySpec(null_share=0.5)) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--log", "nowhere"], "There is no log 'nowhere'"),
        (["--log", "small", "--version", "v9"], "v9"),
        (["--log", "small", "--set", "nul_share=1"], "There is no setting 'nul_share'"),
        (["--log", "small", "--set", "null_share=7"], "less than or equal to 1"),
    ],
)
def test_a_wrong_request_is_refused_in_one_sentence(
    here: Planted, sound: pd.DataFrame, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    here.load(sound.head(100), "small")
    assert main(["quality", *arguments]) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert not printed.out
