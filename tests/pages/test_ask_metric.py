"""Ask with a saved metric as the outcome: offered where a unit has one, kept as it was asked, never markup."""

from streamlit.testing.v1 import AppTest

from core.events.definitions.defining import define
from core.storage.catalogue import find_spec
from core.storage.workspace import Workspace
from tests.pages.conftest import HOSTILE, open_page, said


def metric(workspace: Workspace, name: str, **body: str) -> None:
    define(workspace, "demo", "metric", {"name": name, **body})


def link_of(app: AppTest) -> str:
    link = app.query_params["question"]
    return link[0] if isinstance(link, list) else link


def in_hand(workspace: Workspace, app: AppTest) -> dict:
    return find_spec(workspace, link_of(app))


def choose(app: AppTest, title: str) -> AppTest:
    box = app.selectbox(key="outcome")
    return box.set_value(title).run()


def test_a_metric_is_asked_for_and_stays_as_it_was_when_it_is_edited(fresh: Workspace) -> None:
    metric(fresh, "revenue", kind="sum", rule="buy", column="value")
    metric(fresh, "depth", kind="rate", rule="view", per="session")
    app = open_page("ask")
    box = app.selectbox(key="outcome")
    assert "revenue (saved metric)" in box.options and "depth (saved metric)" not in box.options
    assert "how many sessions there are may be due to the treatment" in box.help.replace("\\", "")
    choose(app, "revenue (saved metric)")
    assert not app.exception
    assert "change revenue (sum of value over buy) within 1 day?" in said(app)
    assert "outcome_as" not in {each.key for each in app.selectbox}
    asked = in_hand(fresh, app)
    assert asked["outcome_measure"] == {"kind": "metric", "name": "revenue", "of": "sum", "column": "value"}

    metric(fresh, "revenue", kind="count", rule="buy")
    later = open_page("ask", question=link_of(app))
    assert "change revenue (sum of value over buy) within 1 day?" in said(later)
    assert "revenue (as it was asked then)" in later.selectbox(key="outcome").options
    assert in_hand(fresh, later) == asked


def test_the_name_of_a_metric_is_no_markup(fresh: Workspace) -> None:
    metric(fresh, HOSTILE, kind="users", rule="buy")
    app = choose(open_page("ask"), f"{HOSTILE} (saved metric)")
    assert not app.exception
    assert HOSTILE in said(app)
    assert all("**x**" not in str(element.value) for element in [*app.subheader, *app.markdown, *app.caption])
