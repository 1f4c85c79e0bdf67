"""Every file of the hostile corpus loads with its bad rows kept and counted, or is refused in one sentence."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import BadInput
from core.events.recognise import recognise
from core.storage.catalogue import list_logs
from core.storage.workspace import Workspace
from tests.events.hostile import CORPUS, FORMULA, SCRIPT, SQL

SAID_ONLY_ON_IMPORT = ("a gzip bomb", "zip bomb", "gzip cut short", "gzip with rubbish after it", "Zstandard cut short")


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 60


@pytest.mark.parametrize("case", [case for case in CORPUS if CORPUS[case].refused is None])
def test_it_loads_and_nothing_is_lost(
    case: str, write: Callable[..., Path], load: Callable[..., object], workspace: Workspace
) -> None:
    hostile = CORPUS[case]
    path = write(hostile.make(), hostile.name)
    content = path.read_bytes()
    log = load(path)
    assert (log.manifest["events"], log.manifest["rejected"]) == (hostile.events, hostile.rejected)
    assert len(log.table()) == hostile.events
    rejects = log.rejects
    assert len(rejects) == hostile.rejected
    assert rejects.reason.notna().all()
    assert (rejects.line > 0).all()
    assert set(rejects.file) <= {hostile.name}
    assert path.read_bytes() == content
    assert list(path.parent.glob("*.csv")) in ([], [path])
    assert list(workspace.spill.iterdir()) == []


@pytest.mark.parametrize("case", [case for case in CORPUS if CORPUS[case].refused is not None])
def test_it_is_refused_in_one_sentence(
    case: str, write: Callable[..., Path], load: Callable[..., object], workspace: Workspace
) -> None:
    hostile = CORPUS[case]
    path = write(hostile.make(), hostile.name)
    with pytest.raises(BadInput) as refusal:
        load(path)
    sentence = str(refusal.value)
    assert hostile.refused in sentence
    assert len(sentence) < 400
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert list_logs(workspace) == []
    assert list(workspace.logs.iterdir()) == []
    assert list(workspace.spill.iterdir()) == []


@pytest.mark.parametrize("case", [case for case in CORPUS if case not in SAID_ONLY_ON_IMPORT])
def test_recognising_agrees_with_importing(case: str, write: Callable[..., Path], workspace: Workspace) -> None:
    hostile = CORPUS[case]
    path = write(hostile.make(), hostile.name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = recognise(workspace, path)
        except BadInput as refusal:
            assert hostile.refused is not None
            assert "\n" not in str(refusal)
            return
    assert hostile.refused is None or "timestamp" not in found.mapping or "timestamp" in hostile.refused
    assert list(workspace.spill.iterdir()) == []


def test_what_would_run_elsewhere_is_kept_as_text(write: Callable[..., Path], load: Callable[..., object]) -> None:
    users = load(write(CORPUS["script, SQL and formulas"].make())).table().user_id
    assert {SCRIPT, SQL, FORMULA} <= set(users)
