"""Quality: the page says whether the open log may be believed, and puts fixes into the recipe."""

from pathlib import Path

import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.runs import list_runs
from core.storage.workspace import Workspace
from pages.shared import findings
from tests.pages.conftest import carry_out, log_named, open_page, said

ROWS = [
    f"u{place % 40},{'<b>*View*</b>' if place % 9 else '<b>*view*</b>'},i{place % 6},2026-03-{1 + place // 40:02d} {9 + place % 12:02d}:{place % 60:02d}:07"
    for place in range(800)
]


@pytest.fixture
def doubtful(demo: Workspace, tmp_path: Path) -> str:
    """A log with 25 copied rows, one event type in two spellings, and markup in its names."""
    try:
        return log_named(demo, "doubtful")
    except StopIteration:
        file = tmp_path / "doubtful.csv"
        file.write_text("\n".join(["user,kind,item,time", *ROWS, *ROWS[:25]]), encoding="utf-8")
        mapping = {"user_id": "user", "event_type": "kind", "item_id": "item", "timestamp": "time"}
        spec = ImportSpec(files=(str(file),), name="doubtful", mapping=mapping)
        return str(import_log(demo, spec, lambda share, message: None)["log_id"])


def test_the_demo_log_may_be_believed_and_all_checks_are_listed(demo: Workspace) -> None:
    app = open_page("quality")
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert "This log may be believed" in app.success[0].value
    labels = [expander.label for expander in app.expander]
    assert any(label.endswith("passed") for label in labels)
    assert any(label.endswith("could not be judged") for label in labels)


def test_a_finding_says_what_it_breaks_and_its_fix_goes_into_the_recipe_once(demo: Workspace, doubtful: str) -> None:
    app = open_page("quality", log=doubtful)
    assert not app.exception
    assert "Believe this log with care" in app.warning[0].value
    assert "25 of 825 events" in said(app)
    assert "What it breaks" in said(app)
    app.button(key="fix-duplicates").click().run()
    assert not app.exception
    assert "fix-duplicates" not in [button.key for button in app.button]
    steps = app.session_state[f"draft-{doubtful}"]
    assert [step["step"] for step in steps] == ["drop_duplicates"]


def test_names_from_the_data_are_shown_as_they_are(demo: Workspace, doubtful: str) -> None:
    app = open_page("quality", log=doubtful)
    text = "\n".join(str(element.value) for kind in (app.markdown, app.caption) for element in kind)
    assert "<b>" not in text.replace("\\<", "")
    assert any("<b>*View*</b>" in frame.value.astype(str).to_numpy() for frame in app.dataframe)


def test_a_large_log_is_judged_by_a_run_and_its_result_is_shown(
    demo: Workspace, doubtful: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "AT_ONCE", 10)
    app = open_page("quality", log=doubtful)
    assert not app.exception
    assert not app.warning
    (run,) = [row for row in list_runs(demo, kind="quality") if row["log_id"] == doubtful]
    assert run["status"] == "queued"
    carry_out(demo, run["run_id"])
    app = open_page("quality", log=doubtful)
    assert "Believe this log with care" in app.warning[0].value
    assert len([row for row in list_runs(demo, kind="quality") if row["log_id"] == doubtful]) == 1
