"""Privacy: who could be recognised is counted; noisy counts are paid for; a user is forgotten after a second thought."""

import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.catalogue import find_manifest, list_versions
from core.storage.runs import list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import carry_out, open_page, said


def test_risk_is_counted_over_what_may_be_known(demo: Workspace) -> None:
    app = open_page("privacy")
    assert not app.exception
    assert "holds user ids" in app.info[0].value
    assert "Of 400 users" in said(app)
    before = said(app)
    app.multiselect[0].set_value(["first_day"]).run()
    assert said(app) != before
    assert not app.exception


def test_noisy_counts_are_shown_with_what_they_cost(demo: Workspace) -> None:
    app = open_page("privacy")
    submit = next(button for button in app.button if button.label == "Count with noise")
    submit.click().run()
    assert not app.exception
    assert "Spent 0.5 of 3" in said(app)
    assert any("users" in table.value.columns and "event_type" in table.value.columns for table in app.dataframe)


def test_a_user_is_forgotten_only_when_written_twice(demo: Workspace) -> None:
    path = demo.uploads / "people.csv"
    path.write_text(
        "user_id,event,timestamp\n" + "".join(f"person-{n % 12},view,2024-01-{1 + n % 20:02d}\n" for n in range(240))
    )
    spec = ImportSpec(files=(str(path),), name="People")
    log_id, user, users = import_log(demo, spec, lambda share, message: None)["log_id"], "person-3", 12
    app = open_page("privacy", log=log_id)

    def ask(first: str, second: str) -> None:
        app.text_input(key="forgotten_user").set_value(first)
        app.text_input(key="forgotten_user-again").set_value(second)
        next(button for button in app.button if button.label == "Forget this user").click().run()

    ask(user, user + "x")
    assert "nobody was forgotten" in app.warning[0].value
    assert list_runs(demo, kind="forget") == []
    ask(user, user)
    carry_out(demo, list_runs(demo, kind="forget")[0]["run_id"])
    app.run()
    assert not app.exception
    assert "Forgotten. 20 events removed from 1 version." in said(app)
    assert user not in said(app)
    assert find_manifest(demo, log_id)["users"] == users - 1
    assert len(list_versions(demo, log_id)) == 1


def test_an_import_can_hide_its_users(demo: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(demo.root))
    path = demo.root / "hidden.csv"
    path.write_text(
        "user_id,event,timestamp,city\n"
        + "".join(f"secret-{n % 12},view,2024-01-{1 + n % 20:02d},Ulm\n" for n in range(240))
    )
    app = open_page("load", source="Path on the server")
    app.segmented_control(key="source").set_value("Path on the server").run()
    app.text_input(key="server_path").set_value(str(path))
    app.button(key="look-at-path").click().run()
    next(toggle for toggle in app.toggle if "keyed hashes" in toggle.label).set_value(True).run()
    assert "user ids are keyed hashes" in said(app)
    app.button(key="import-files").click().run()
    carry_out(demo, list_runs(demo, kind="import")[0]["run_id"])
    log_id = list_runs(demo, kind="import")[0]["spec"]["name"]
    assert log_id == "hidden"
    assert not [file for file in demo.logs.rglob("*") if file.is_file() and b"secret-3" in file.read_bytes()]
