"""`recognise` says what a file is and what an import would make of it; `import --map saved` does as the last one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.storage.workspace import Workspace

DAY = "2024-01-01 10:00:00"


@pytest.fixture
def answer(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """answer(arguments) runs a command and reads what it printed."""
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))

    def run(*arguments: str) -> dict[str, Any]:
        assert main([*arguments, "--json"]) == 0
        (line,) = capsys.readouterr().out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found

    return run


def test_recognise_prints_the_guess_with_its_reasons_and_its_costs(
    write: Callable[..., Path], answer: Callable[..., dict[str, Any]]
) -> None:
    path = write(f"user_id,event,timestamp\nu,view,{DAY}\n,view,{DAY}\n")
    found = answer("recognise", str(path))
    assert found["format"] == "csv"
    assert found["mapping"] == {"user_id": "user_id", "event_type": "event", "timestamp": "timestamp"}
    assert {guess["role"] for guess in found["guesses"]} == set(found["mapping"])
    assert all(0 < guess["confidence"] <= 1 and guess["reason"] for guess in found["guesses"])
    assert [row["event"] for row in found["first_rows"]] == ["view", "view"]
    assert found["preview"]["set_aside"] == 1
    assert "user_id" in found["preview"]["costs"]
    other = answer("recognise", str(path), "--map", "user=event", "--map", "time=timestamp")
    assert other["mapping"] == {"user_id": "event", "timestamp": "timestamp"}
    assert other["preview"]["rows"][0]["user_id"] == "view"


def test_a_saved_mapping_is_listed_used_when_asked_for_and_forgotten(
    write: Callable[..., Path], answer: Callable[..., dict[str, Any]]
) -> None:
    path = str(write(f"who,what,when\nu,lamp,{DAY}\n"))
    settings = ("--map", "user=what", "--map", "time=when", "--set", "time_zone=Asia/Tokyo")
    first = answer("import", path, *settings, "--name", "Shop")
    (saved,) = answer("mappings")["mappings"]
    assert (saved["title"], saved["mapping"]) == ("Shop", {"user_id": "what", "timestamp": "when"})
    again = answer("import", path, "--map", "saved", "--name", "Again")
    assert again["first_at"] == first["first_at"] == "2024-01-01T01:00:00Z"
    assert answer("import", path, "--map", "time=when")["first_at"] == "2024-01-01T10:00:00Z"
    assert answer("forget-mapping", saved["shape"]) == {"mappings": []}
    assert main(["import", path, "--map", "saved"]) == 2


def test_privacy_on_the_command_line_hides_the_rows_and_the_examples(
    write: Callable[..., Path], answer: Callable[..., dict[str, Any]]
) -> None:
    path = str(write("user_id,timestamp,lat,lon\n" + f"ada,{DAY},52.51627,13.3777\n" * 3))
    assert "ada" in json.dumps(answer("recognise", path))
    found = answer("recognise", path, "--privacy", "hash-users,coarsen-places=1")
    assert '"ada"' not in json.dumps(found)  # as a hash may hold these letters
    assert "52.51" not in json.dumps(found)
    assert found["first_rows"][0]["user_id"] == "(hidden)"
    assert found["preview"]["counted_in_words"] == "all 3 rows"
