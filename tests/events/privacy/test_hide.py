"""What an import hides is nowhere in the workspace afterwards; the same user gets the same hash, also when appended."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.errors import BadSpec
from core.events.append import append_files
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.privacy.keyed_hash import key_of, keyed_hash
from core.events.privacy.spec import PrivacySpec
from core.storage.engine import open_log
from core.storage.workspace import Workspace

USERS = [f"person-{n}@example.org" for n in range(30)]


def silent(share: float, message: str) -> None: ...


@pytest.fixture
def path(write: Callable[..., Path]) -> Path:
    header = "user_id,email,event,timestamp,session_id,lat,lon,title,plan\n"
    rows = [
        f"{user},{user},view,2024-01-{1 + n % 28:02d} 10:00:00,{user}-s{n % 3},52.51627,13.37770,Lamp of {user},{'pro' if n % 2 else 'free'}\n"
        for n in range(300)
        for user in [USERS[n % 30]]
    ]
    return write(header + "".join(rows) + f"{USERS[0]},x,view,never,s,1,1,t,pro\n{USERS[1]},too,few\n")


def everything(workspace: Workspace) -> bytes:
    return b"".join(path.read_bytes() for path in workspace.logs.rglob("*") if path.is_file())


def test_no_user_id_stays_anywhere_and_rejects_keep_only_their_place(workspace: Workspace, path: Path) -> None:
    spec = ImportSpec(
        files=(str(path),), name="shop", privacy=PrivacySpec(hash_users=True, place_decimals=1, drop_text=True)
    )
    manifest = import_log(workspace, spec, silent)
    assert b"example.org" not in everything(workspace)
    log = open_log(workspace, manifest["log_id"])
    events = log.fetch(log.table())
    key = key_of(workspace, manifest["log_id"])
    assert set(events["user_id"]) == {keyed_hash(key, user) for user in USERS}
    assert set(events["latitude"]) == {52.5}
    assert "text" not in events
    assert "email" not in events
    assert set(events["plan"]) == {"pro", "free"}
    assert manifest["sessions"] == 30 * 1
    assert any("'email' tells almost every user apart" in note for note in manifest["notes"])
    rejects = pq.read_table(workspace.version(manifest["log_id"], manifest["version_id"]) / "rejects.parquet")
    assert rejects.num_rows == manifest["rejected"] == 2
    assert rejects["raw"].null_count == rejects["value"].null_count == 2
    assert rejects["reason"].null_count == 0


def test_appended_rows_meet_their_users_again(workspace: Workspace, path: Path, write: Callable[..., Path]) -> None:
    spec = ImportSpec(
        files=(str(path),),
        name="shop",
        privacy=PrivacySpec(hash_users=True, drop_text=True, drop_attributes=("email",)),
    )
    base = import_log(workspace, spec, silent)
    lines = path.read_text().splitlines(keepends=True)
    more = write("".join([lines[0], *lines[1:31], lines[1].replace("2024-01-01", "2024-02-20")]), name="more.csv")
    manifest = append_files(workspace, base, ImportSpec(files=(str(more),)), silent)
    assert (manifest["users"], manifest["events"]) == (30, base["events"] + 1)
    assert b"example.org" not in everything(workspace)


def test_two_logs_give_the_same_user_different_hashes(workspace: Workspace, path: Path) -> None:
    spec = ImportSpec(files=(str(path),), privacy=PrivacySpec(hash_users=True))
    first, second = (import_log(workspace, spec, silent) for _ in range(2))
    users = [
        set(log.fetch(log.table())["user_id"]) for log in (open_log(workspace, m["log_id"]) for m in (first, second))
    ]
    assert not users[0] & users[1]


def test_an_attribute_that_is_not_there_is_said(workspace: Workspace, path: Path) -> None:
    spec = ImportSpec(files=(str(path),), privacy=PrivacySpec(drop_attributes=("phone",)))
    with pytest.raises(BadSpec, match="no attribute 'phone'"):
        import_log(workspace, spec, silent)


def test_words_become_a_spec() -> None:
    spec = PrivacySpec.from_words("hash-users, coarsen-places=1,drop-text,drop-attributes=email+phone")
    assert spec == PrivacySpec(hash_users=True, place_decimals=1, drop_text=True, drop_attributes=("email", "phone"))
    for wrong in ("hide-all", "coarsen-places=9", "hash-users=no", "drop-attributes"):
        with pytest.raises(BadSpec):
            PrivacySpec.from_words(wrong)
