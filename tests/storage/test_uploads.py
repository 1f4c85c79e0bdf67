"""Uploads in pieces: whatever is cut, damaged, repeated or killed, the file arrives as it was, or is not there."""

import os
import secrets
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadFile, NotFound
from core.jobs.queue import submit
from core.storage import uploads
from core.storage.uploads import (
    NoRoom,
    OutOfStep,
    Upload,
    append,
    begin,
    discard,
    find_upload,
    list_uploads,
    sweep_uploads,
    uploaded_file,
    waiting_uploads,
)
from core.storage.workspace import Workspace

CONTENT = b"user_id,timestamp\n" + b"u1,2026-03-02T09:14:05Z\n" * 40
NOW = 1_800_000_000.0


def started(workspace: Workspace, content: bytes = CONTENT, name: str = "log.csv") -> Upload:
    return begin(workspace, name=name, size=len(content), fingerprint="f-1", now=NOW)


def send(workspace: Workspace, upload: Upload, start: int, end: int, content: bytes = CONTENT) -> Upload:
    return append(workspace, upload.upload_id, content[start:end], offset=start, crc32=zlib.crc32(content[:end]))


def test_pieces_in_order_become_the_file_under_a_name_of_ours(workspace: Workspace) -> None:
    upload = started(workspace, name="../../e vil;$(x).CSV.gz")
    assert send(workspace, upload, 0, 100).received == 100
    assert send(workspace, upload, 100, len(CONTENT)).finished
    path, name = uploaded_file(workspace, upload.upload_id)
    assert path == workspace.uploads / upload.upload_id / "e-vil-x.csv.gz"
    assert path.read_bytes() == CONTENT
    assert name == "../../e vil;$(x).CSV.gz"  # for display only


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_repeated_early_and_damaged_pieces_gives_the_same_file(
    workspace: Workspace, data: st.DataObject
) -> None:
    content = data.draw(st.binary(min_size=1, max_size=60))
    upload = begin(workspace, name="x.csv", size=len(content), fingerprint=secrets.token_hex(8), now=NOW)
    while not upload.finished:
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, len(content)))
        damaged = data.draw(st.booleans())
        crc32 = zlib.crc32(content[:end]) ^ damaged
        fits = start == upload.received and end > start and not damaged
        try:
            upload = append(workspace, upload.upload_id, content[start:end], offset=start, crc32=crc32)
            assert fits
        except OutOfStep:
            assert not fits
            upload = send(workspace, upload, upload.received, upload.received + 1, content)
    assert uploaded_file(workspace, upload.upload_id)[0].read_bytes() == content


def test_the_same_file_chosen_again_goes_on_where_it_stopped_and_another_does_not(workspace: Workspace) -> None:
    upload = send(workspace, started(workspace), 0, 100)
    assert started(workspace) == upload
    assert started(workspace, name="other.csv").upload_id != upload.upload_id
    assert begin(workspace, name="log.csv", size=len(CONTENT), fingerprint="f-9", now=NOW).received == 0


def test_what_a_kill_left_over_is_cut_off_and_what_a_power_cut_took_is_sent_again(workspace: Workspace) -> None:
    upload = send(workspace, started(workspace), 0, 100)
    part = workspace.uploads / upload.upload_id / ".part"
    with part.open("ab") as file:
        file.write(b"half a piece")
    assert find_upload(workspace, upload.upload_id).received == 100
    assert part.stat().st_size == 100
    os.truncate(part, 60)
    assert find_upload(workspace, upload.upload_id).received == 0


def test_a_kill_between_the_name_and_the_record_leaves_a_finished_upload(workspace: Workspace) -> None:
    upload = send(workspace, started(workspace), 0, 100)
    folder = workspace.uploads / upload.upload_id
    (folder / ".part").write_bytes(CONTENT)
    (folder / ".part").rename(folder / "log.csv")
    assert find_upload(workspace, upload.upload_id).finished


def test_a_file_that_rotted_on_disk_is_not_finished_but_sent_again(workspace: Workspace) -> None:
    upload = send(workspace, started(workspace), 0, 100)
    with (workspace.uploads / upload.upload_id / ".part").open("r+b") as file:
        file.write(b"\0\0\0")
    with pytest.raises(OutOfStep, match="did not survive"):
        send(workspace, upload, 100, len(CONTENT))
    assert find_upload(workspace, upload.upload_id).received == 0
    with pytest.raises(NotFound, match="not finished"):
        uploaded_file(workspace, upload.upload_id)


def test_more_than_announced_is_refused_and_nothing_of_it_kept(workspace: Workspace) -> None:
    upload = started(workspace)
    with pytest.raises(BadFile, match="more than it announced"):
        append(workspace, upload.upload_id, CONTENT + b"x", offset=0, crc32=0)
    assert find_upload(workspace, upload.upload_id).received == 0


@pytest.mark.parametrize("upload_id", ["..", "../../etc", "A" * 32, "0" * 32, "0" * 31 + "/", ""])
def test_an_id_that_we_did_not_give_out_leads_nowhere(workspace: Workspace, upload_id: str) -> None:
    for act in (find_upload, uploaded_file):
        with pytest.raises(NotFound):
            act(workspace, upload_id)


@pytest.mark.parametrize(
    ("size", "fingerprint", "words"), [(0, "f", "is empty"), (10**15, "f", "may have"), (9, "../x", "fingerprint")]
)
def test_what_cannot_be_stored_is_refused_before_a_byte_is_sent(
    workspace: Workspace, size: int, fingerprint: str, words: str
) -> None:
    with pytest.raises(BadFile, match=words):
        begin(workspace, name="log.csv", size=size, fingerprint=fingerprint, now=NOW)
    assert list_uploads(workspace) == []


def test_a_full_disk_refuses_an_upload_first_and_a_piece_later_and_both_can_go_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = send(workspace, started(workspace), 0, 100)
    monkeypatch.setattr(uploads, "free_disk_bytes", lambda folder: uploads.SPARE_BYTES + 5)
    with pytest.raises(NoRoom, match="make room"):
        begin(workspace, name="other.csv", size=6, fingerprint="f", now=NOW)
    with pytest.raises(NoRoom, match="make room"):
        send(workspace, upload, 100, 200)
    monkeypatch.undo()
    assert send(workspace, upload, 100, 200).received == 200


def test_leftovers_are_swept_and_what_a_run_needs_stays(workspace: Workspace) -> None:
    needed, left, fresh = (
        send(workspace, started(workspace, name=name), 0, len(CONTENT)) for name in ("a.csv", "b.csv", "c.csv")
    )
    for upload in (needed, left):
        folder = workspace.uploads / upload.upload_id
        for path in (*folder.iterdir(), folder):
            os.utime(path, (NOW - 8 * 86_400, NOW - 8 * 86_400))
    for path in (workspace.uploads / fresh.upload_id).iterdir():
        os.utime(path, (NOW, NOW))
    (workspace.uploads / "mine.csv").write_text("not an upload", encoding="utf-8")
    submit(workspace, "import", {"files": [str(uploaded_file(workspace, needed.upload_id)[0])]}, title="Import")
    assert {upload.name for upload in waiting_uploads(workspace, now=NOW)} == {"b.csv", "c.csv"}
    assert sweep_uploads(workspace, now=NOW) == 1
    assert {path.name for path in workspace.uploads.iterdir()} == {needed.upload_id, fresh.upload_id, "mine.csv"}


def test_an_upload_waits_once_it_is_whole_or_was_cut_a_while_ago(workspace: Workspace) -> None:
    cut = send(workspace, started(workspace, name="cut.csv"), 0, 100)
    send(workspace, started(workspace, name="whole.csv"), 0, len(CONTENT))
    moved_at = (workspace.uploads / cut.upload_id / ".upload.json").stat().st_mtime
    assert [upload.name for upload in waiting_uploads(workspace, now=moved_at + 1)] == ["whole.csv"]
    assert {upload.name for upload in waiting_uploads(workspace, now=moved_at + 16)} == {"cut.csv", "whole.csv"}


def test_a_file_that_an_import_is_reading_is_not_shared_with_a_second_one(workspace: Workspace) -> None:
    upload = send(workspace, started(workspace), 0, len(CONTENT))
    assert started(workspace).upload_id == upload.upload_id
    submit(workspace, "import", {"files": [str(uploaded_file(workspace, upload.upload_id)[0])]}, title="Import")
    assert started(workspace).upload_id != upload.upload_id


def test_a_discarded_upload_is_gone(workspace: Workspace) -> None:
    upload = send(workspace, started(workspace), 0, 100)
    discard(workspace, upload.upload_id)
    assert not Path(workspace.uploads / upload.upload_id).exists()
    discard(workspace, upload.upload_id)
    with pytest.raises(NotFound, match="gone"):
        send(workspace, upload, 100, 200)
