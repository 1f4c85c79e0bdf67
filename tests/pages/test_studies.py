"""The page Studies: the list, one study opened again with its protocol, two side by side, another title, removal."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from core.jobs.work import run_here
from core.storage.run_care import delete_run
from core.storage.runs import find_run
from core.storage.workspace import Workspace
from pages.shared import state
from tests.pages.conftest import HOSTILE, open_page, said

SPEC = {"treatment": "mail", "outcome": "sales", "estimators": ["lin"], "refuters": []}


@pytest.fixture(scope="module")
def two(demo_workspace: Workspace) -> Iterator[list[str]]:
    """Two finished studies of a small table, the older one first; both have hostile names in them."""
    rng = np.random.default_rng(0)
    age = rng.normal(40, 9, 300)
    mail = rng.random(300) < 1 / (1 + np.exp((40 - age) / 9))
    frame = pd.DataFrame({"mail": mail, HOSTILE: age, "sales": age + 5 * mail + rng.normal(size=300)})
    path = demo_workspace.uploads / "mailing.csv"
    frame.to_csv(path, index=False)
    runs = [
        str(
            run_here(demo_workspace, "study", {**SPEC, "table": str(path), **more}, title=title, say=lambda *_: None)[
                "run_id"
            ]
        )
        for title, more in ((f"Mail {HOSTILE}", {}), ("Mail, treated", {"estimand": "ATT"}))
    ]
    yield runs
    for run_id in runs:
        delete_run(demo_workspace, run_id)


def test_every_finished_study_is_listed(demo: Workspace, two: list[str]) -> None:
    app = open_page("studies")
    assert not app.exception and not app.error
    listed = app.dataframe[0].value
    assert list(listed["Study"][:2]) == ["Mail, treated", f"Mail {HOSTILE}"]
    assert set(listed["Of"][:2]) == {"mailing.csv"} and set(listed["Stands"][:2]) == {"yes"}
    assert all("sales" in effect for effect in listed["Effect"][:2])
    assert "Side by side" not in said(app)


def test_two_studies_stand_side_by_side(demo: Workspace, two: list[str]) -> None:
    app = open_page("studies", studies=",".join(two))
    assert not app.exception
    text = said(app)
    assert "They ask different questions (effect)" in text
    assert "**A** Mail" in text and "**B** Mail, treated" in text
    named = next(line for line in text.splitlines() if line.startswith("**B**"))
    assert re.search(r"\(\S+ to \S+ sales\), ATT", named)  # no number without its interval
    differs = app.dataframe[1].value
    assert list(differs["What"]) == ["Effect"] and "(ATT)" in differs["B"][0]
    assert [tab.label for tab in app.tabs] == ["What differs", "What is the same", "Protocols"]
    assert "**Time zero**" in text


def test_one_study_opens_again_with_its_protocol(demo: Workspace, two: list[str]) -> None:
    app = open_page("studies", studies=f"{two[0]},gone")
    assert not app.exception
    assert app.multiselect(key=state.COMPARE).value == [two[0]]
    text = said(app)
    assert "From raw to adjusted" in text
    assert "Protocol" in [tab.label for tab in app.tabs]
    assert "The table does not say" in text
    assert HOSTILE not in "".join(str(each.value) for each in (*app.markdown, *app.subheader, *app.caption))


def test_a_study_gets_another_title(demo: Workspace, two: list[str]) -> None:
    app = open_page("studies", studies=two[1])
    app.text_input(key=f"{state.STUDY_TITLE}{two[1]}").set_value("What the mailing did").run()
    app.button(key=f"{state.STUDY_TITLE}keep-{two[1]}").click().run()
    assert find_run(demo, two[1])["title"] == "What the mailing did"
    assert "What the mailing did" in said(app)
    app.text_input(key=f"{state.STUDY_TITLE}{two[1]}").set_value("Mail, treated").run()
    app.button(key=f"{state.STUDY_TITLE}keep-{two[1]}").click().run()


def test_a_study_goes_for_good(demo: Workspace, two: list[str]) -> None:
    path = find_run(demo, two[0])["spec"]["table"]
    spec = {**SPEC, "table": path, "seed": 5}
    third = str(run_here(demo, "study", spec, title="Not for long", say=lambda *_: None)["run_id"])
    app = open_page("studies", studies=third)
    app.button(key=f"{state.STUDY_TITLE}delete-{third}").click().run()
    assert not app.exception
    assert "Not for long" not in list(app.dataframe[0].value["Study"])
    assert app.multiselect(key=state.COMPARE).value == []
