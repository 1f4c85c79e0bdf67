"""Load: a file arrives, is recognised, mapped and imported; what cannot be used is refused in one sentence."""

import json
import os
import secrets
import time
import zlib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.storage.catalogue import list_logs
from core.storage.runs import list_runs
from core.storage.uploads import append, begin
from core.storage.workspace import Workspace
from tests.pages.conftest import carry_out, open_page, said

LINES = [
    f"u{place % 2},lamp,{'buy' if place % 5 == 0 else 'view'},2026-03-02T09:14:{place:02d}Z" for place in range(40)
]
GOOD = "\n".join(
    ["customer,item,event,time", *LINES, "u2,desk,view,yesterday", ""]
)  # one header, 40 events, one bad line


def sent(workspace: Workspace, name: str, content: bytes) -> str:
    """Upload a file as the browser does, in two pieces; returns its id."""
    upload = begin(workspace, name=name, size=len(content), fingerprint=secrets.token_hex(8), now=time.time())
    for start, end in ((0, len(content) // 2 + 1), (len(content) // 2 + 1, len(content))):
        if end > start:
            piece, crc32 = content[start:end], zlib.crc32(content[:end])
            upload = append(workspace, upload.upload_id, piece, offset=start, crc32=crc32)
    assert upload.finished
    return upload.upload_id


def uploaded(workspace: Workspace, name: str, content: bytes) -> AppTest:
    """The page Load after a file arrived; the page offers what arrived, and the analyst uses it."""
    upload_id = sent(workspace, name, content)
    return open_page("load").button(key=f"use-{upload_id}").click().run()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("blank.csv", b"\n\n", "empty"),
        ("header.csv", b"user,time\n", "no rows"),
        ("twice.csv", b"a,a\n1,2\n", "'a'"),
        ("workbook.csv", b"PK\x03\x04" + bytes(100), "zip"),
        ("binary.csv", bytes(range(256)) * 20, "binary.csv"),
    ],
)
def test_a_file_that_is_no_log_is_refused_in_one_sentence(
    demo: Workspace, name: str, content: bytes, words: str
) -> None:
    app = uploaded(demo, name, content)
    assert not app.exception
    shown = " ".join(str(error.value) for error in app.error).replace("\\", "")
    assert words in shown
    assert "Traceback" not in shown


def test_what_arrived_and_was_not_imported_is_offered_again_or_deleted(demo: Workspace) -> None:
    whole = sent(demo, "later *bold* <b>.csv", GOOD.encode())
    cut = begin(demo, name="cut.csv", size=9_000_000, fingerprint="f", now=time.time())
    append(demo, cut.upload_id, b"a,b\n", offset=0, crc32=zlib.crc32(b"a,b\n"))
    record = demo.uploads / cut.upload_id / ".upload.json"
    os.utime(record, (record.stat().st_mtime - 60,) * 2)
    app = open_page("load")
    assert not app.exception
    assert "later *bold* <b>.csv" in said(app)
    assert "0.0 kB of 8.6 MB: choose the same file above and it goes on" in said(app)
    app.button(key=f"discard-{cut.upload_id}").click().run()
    app.button(key=f"discard-{whole}").click().run()
    assert not app.exception
    assert "cut.csv" not in said(app)
    assert whole not in {folder.name for folder in demo.uploads.iterdir()}


def test_the_page_lets_the_analyst_choose_something_else(demo: Workspace) -> None:
    app = uploaded(demo, "wrong.csv", GOOD.encode())
    assert "wrong.csv" in said(app)
    app.button(key="another-file").click().run()
    assert not app.exception
    assert "What a log looks like" in [each.label for each in app.expander]
    assert "wrong.csv" in said(app)  # nothing is lost: it is offered among what arrived


def test_the_demo_can_be_opened_from_here(demo: Workspace) -> None:
    app = open_page("load")
    app.segmented_control(key="source").set_value("Demo").run()
    assert not app.exception
    assert "whose truth is known" in said(app)


def test_the_guessed_roles_can_be_corrected_and_the_import_is_queued_as_asked(demo: Workspace) -> None:
    app = uploaded(demo, "shop.csv", GOOD.encode())
    chosen = {box.label: box for box in app.selectbox}
    assert chosen["Time (required)"].value == "time"
    chosen["Item"].select("not in this file")
    app.button(key="import-files").click().run()
    assert not app.exception
    asked = json.loads(json.dumps(list_runs(demo, kind="import")[0]["spec"]))
    assert asked["name"] == "shop"
    assert "item_id" not in asked["mapping"]
    assert asked["mapping"]["timestamp"] == "time"


def test_an_import_shows_its_size_and_the_rows_kept_aside_and_opens(demo: Workspace) -> None:
    app = uploaded(demo, "rows aside.csv", GOOD.encode())
    app.button(key="import-files").click().run()
    carry_out(demo, list_runs(demo, kind="import")[0]["run_id"])
    app.run()
    assert not app.exception
    assert "40 events of 2 users" in said(app)
    rejects = next(frame.value for frame in app.dataframe if "reason" in frame.value.columns)
    assert rejects["line"].tolist() == [42]
    app.button(key="open-imported").click().run()
    assert not app.exception
    opened = app.selectbox(key="log").value
    assert next(log["name"] for log in list_logs(demo) if log["log_id"] == opened) == "rows aside"


def test_an_import_without_a_time_is_refused_and_the_form_stays(demo: Workspace) -> None:
    app = uploaded(demo, "untimed.csv", GOOD.encode())
    next(box for box in app.selectbox if box.label == "Time (required)").select("not in this file")
    app.button(key="import-files").click().run()
    assert "No column is chosen for the time" in app.error[0].value
    assert [box.label for box in app.selectbox][-1]


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../../etc/passwd", "/proc/self/environ", "\x00", "~nobody/x"])
def test_a_path_outside_the_roots_is_refused(demo: Workspace, path: str) -> None:
    app = open_page("load", source="Path on the server")
    app.segmented_control(key="source").set_value("Path on the server").run()
    app.text_input(key="server_path").set_value(path)
    app.button(key="look-at-path").click().run()
    assert not app.exception
    assert app.error


def test_a_path_under_a_configured_root_is_read(
    demo: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.csv").write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path))
    app = open_page("load")
    app.segmented_control(key="source").set_value("Path on the server").run()
    app.text_input(key="server_path").set_value(str(tmp_path / "log.csv"))
    app.button(key="look-at-path").click().run()
    assert not app.error
    assert {box.label: box.value for box in app.selectbox}["Time (required)"] == "time"


def test_a_folder_on_the_server_is_one_import_of_all_its_files(
    demo: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "march"
    folder.mkdir()
    for name in ("b.csv", "a.csv", ".hidden.csv"):
        (folder / name).write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path))
    app = open_page("load")
    app.segmented_control(key="source").set_value("Path on the server").run()
    app.text_input(key="server_path").set_value(str(folder))
    app.button(key="look-at-path").click().run()
    assert not app.error
    assert list(app.session_state["arrived"].paths) == [str(folder / "a.csv"), str(folder / "b.csv")]
    assert app.session_state["arrived"].name == "march"


def test_the_shipped_sample_comes_with_its_notice_and_its_roles(demo: Workspace) -> None:
    app = open_page("load")
    app.segmented_control(key="source").set_value("Sample").run()
    assert "CC BY 4.0" in said(app)
    app.button(key="sample-Online Retail (UCI)").click().run()
    assert not app.exception
    assert {box.label: box.value for box in app.selectbox}["User"] == "CustomerID"


def test_how_a_file_is_read_can_be_corrected(demo: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path))
    path = tmp_path / "odd.csv"
    path.write_bytes("u1;Köln, West;view;2024-01-01\nu2;Köln, Ost;buy;2024-01-02\n".encode("cp1252"))
    app = open_page("load", source="Path on the server")
    app.segmented_control(key="source").set_value("Path on the server").run()
    app.text_input(key="server_path").set_value(str(path))
    app.button(key="look-at-path").click().run()
    app.selectbox(key=f"mapping-delimiter-of-{path}").select("comma ,").run()
    assert "column_3" not in app.selectbox(key=f"mapping-user_id-guess-{path}").options
    app.selectbox(key=f"mapping-delimiter-of-{path}").select("semicolon ;").run()
    app.selectbox(key=f"mapping-encoding-of-{path}").select("Latin-1 (Windows-1252)").run()
    assert "column_4" in app.selectbox(key=f"mapping-user_id-guess-{path}").options
    assert not app.exception
