"""Tickets: good for what they name until they expire, also after a restart; anything else is no ticket."""

import stat

import pytest

from core.storage.tickets import BEGIN, KEY_FILE, allows, issue
from core.storage.workspace import Workspace

NOW = 1_000_000.0


def test_a_ticket_is_good_for_its_subject_until_it_expires(workspace: Workspace) -> None:
    ticket = issue(workspace, "a" * 32, now=NOW, lasts_seconds=60)
    assert allows(workspace, ticket, "a" * 32, now=NOW + 59)
    assert not allows(workspace, ticket, "a" * 32, now=NOW + 61)
    assert not allows(workspace, ticket, "b" * 32, now=NOW)
    assert not allows(workspace, ticket, BEGIN, now=NOW)


def test_a_ticket_outlives_the_server_but_not_its_workspace(workspace: Workspace) -> None:
    ticket = issue(workspace, BEGIN, now=NOW, lasts_seconds=60)
    assert allows(Workspace(workspace.root), ticket, BEGIN, now=NOW)
    (workspace.root / KEY_FILE).unlink()
    assert not allows(workspace, ticket, BEGIN, now=NOW)


def test_only_the_owner_reads_the_key_and_the_environment_wins(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = issue(workspace, BEGIN, now=NOW, lasts_seconds=60)
    assert stat.S_IMODE((workspace.root / KEY_FILE).stat().st_mode) == 0o600
    monkeypatch.setenv("WHYPATH_SECRET", "shared by several servers")
    assert not allows(workspace, mine, BEGIN, now=NOW)


@pytest.mark.parametrize(
    "ticket", ["", ".", "1", "9999999999.", "9999999999.é", "-5.x", "²³.x", "9" * 5000 + ".x", "\x00"]
)
def test_anything_else_is_no_ticket(workspace: Workspace, ticket: str) -> None:
    assert not allows(workspace, ticket, BEGIN, now=NOW)


def test_a_longer_life_cannot_be_written_into_a_ticket(workspace: Workspace) -> None:
    expires_at, _, signature = issue(workspace, BEGIN, now=NOW, lasts_seconds=60).partition(".")
    assert not allows(workspace, f"{int(expires_at) + 1}.{signature}", BEGIN, now=NOW)
