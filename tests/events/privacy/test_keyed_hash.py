"""The engine's keyed hash is Python's HMAC-SHA256; the key is made once, for this account alone."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotFound
from core.events.privacy.keyed_hash import bind_key, hashed, key_of, keyed_hash, unbind_key
from core.storage.engine import writer
from core.storage.workspace import Workspace


@given(
    ids=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40), min_size=1, max_size=20
    ),
    key=st.binary(min_size=32, max_size=32),
)
def test_the_engine_computes_hmac_sha256(tmp_path_factory: pytest.TempPathFactory, ids: list[str], key: bytes) -> None:
    with writer(Workspace(tmp_path_factory.getbasetemp() / "hmac")) as engine:
        bind_key(engine, key)
        found = [engine.rows(f"SELECT {hashed('t.id')} FROM (SELECT ?::VARCHAR AS id) t", [text])[0][0] for text in ids]
    assert found == [keyed_hash(key, text) for text in ids]


def test_null_stays_null_and_the_key_can_be_taken_away(workspace: Workspace) -> None:
    with writer(workspace) as engine:
        bind_key(engine, b"k" * 32)
        assert engine.rows(f"SELECT {hashed('NULL')}") == [(None,)]
        unbind_key(engine)
        assert engine.rows("SELECT getvariable('inner_pad')") == [(None,)]


def test_a_key_is_drawn_once_even_by_many_at_a_time(workspace: Workspace) -> None:
    drawn: list[bytes] = []
    threads = [threading.Thread(target=lambda: drawn.append(key_of(workspace, "log", make=True))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(drawn)) == 1
    assert [path.name for path in workspace.keys.iterdir()] == ["log.key"]
    assert (workspace.keys / "log.key").stat().st_mode & 0o077 == 0
    assert key_of(workspace, "log") == drawn[0] != key_of(workspace, "other", make=True)


def test_a_lost_key_is_said(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="key of log 'log' is gone"):
        key_of(workspace, "log")
