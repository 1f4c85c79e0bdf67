"""Dictionary: what a log consists of, and what an analyst defines over it, used where events are chosen."""

from core.events.definitions.annotations import annotations
from core.events.definitions.defining import define
from core.events.definitions.dictionary import descriptions
from core.events.definitions.metrics import metrics
from core.events.definitions.named_events import named_events
from core.storage.catalogue import find_manifest
from core.storage.workspace import Workspace
from tests.pages.conftest import HOSTILE, open_page, said

LOG = "demo"


def test_event_types_and_attributes_are_listed_with_their_counts(fresh: Workspace) -> None:
    app = open_page("dictionary")
    assert not app.exception
    types, columns = app.dataframe[0].value, app.dataframe[1].value
    assert set(types["event type"]) == {"view", "search", "cart", "buy"}
    assert {"item_id", "value", "category", "device"} <= set(columns["column"])
    assert types["events"].is_monotonic_decreasing


def test_a_description_is_kept(fresh: Workspace) -> None:
    app = open_page("dictionary")
    key = f"described-event_type-{LOG}-{find_manifest(fresh, LOG)['version_id']}"
    app.session_state[key] = {"edited_rows": {0: {"description": HOSTILE}}, "added_rows": [], "deleted_rows": []}
    app.run()
    assert not app.exception
    assert descriptions(fresh, LOG, "event_type") == {"view": HOSTILE}


def test_a_rule_is_counted_before_it_is_kept_and_then_offered_in_funnels_and_questions(fresh: Workspace) -> None:
    app = open_page("dictionary")
    app.text_area(key="event-rule-demo").set_value("buy where value > 50").run()
    assert "of the log" in said(app)
    app.text_input(key="event-name-demo").set_value("big purchase").run()
    app.button(key="save-event").click().run()
    assert not app.exception
    assert named_events(fresh, LOG)["big purchase"].rule == "buy where value > 50"
    assert app.dataframe[2].value["name"].tolist() == ["big purchase"]
    funnel = open_page("funnels")
    assert funnel.multiselect[0].options[0] == "big purchase (named event)"
    funnel.multiselect[0].set_value(["search", "buy where value > 50 as `big purchase`"]).run()
    assert "reached 'big purchase' within" in said(funnel)
    ask = open_page("ask")
    ask.selectbox(key="outcome").select("buy where value > 50 as `big purchase`").run()
    assert not ask.exception
    assert "change big purchase within" in said(ask)


def test_conditions_are_picked_and_the_text_follows(fresh: Workspace) -> None:
    app = open_page("dictionary")
    app.selectbox(key="event-pick-event-demo").select("buy").run()
    app.button(key="event-set-event-demo").click().run()
    app.selectbox(key="event-pick-column-demo").select("device").run()
    app.text_input(key="event-pick-value-demo").set_value("phone").run()
    app.button(key="event-add-condition-demo").click().run()
    assert app.text_area(key="event-rule-demo").value == "buy where device = 'phone'"
    assert not app.exception


def test_a_rule_that_does_not_fit_says_where_and_is_not_kept(fresh: Workspace) -> None:
    app = open_page("dictionary")
    app.text_area(key="event-rule-demo").set_value("buy where vale > 50").run()
    assert "did you mean value" in said(app)
    app.text_input(key="event-name-demo").set_value("x").run()
    app.button(key="save-event").click().run()
    assert "did you mean value" in app.error[0].value
    assert not named_events(fresh, LOG)


def test_hostile_names_are_shown_as_they_are(fresh: Workspace) -> None:
    define(fresh, LOG, "event", {"name": HOSTILE, "rule": "buy where value > 50"})
    define(fresh, LOG, "metric", {"name": HOSTILE, "kind": "share", "rule": HOSTILE})
    define(fresh, LOG, "annotation", {"label": HOSTILE, "at": "2025-04-01T00:00:00Z"})
    for page in ("dictionary", "trends", "funnels", "ask"):
        app = open_page(page)
        assert not app.exception
        texts = [str(element.value) for kind in (app.markdown, app.subheader, app.caption) for element in kind]
        assert not any("**x**" in text or "<img" in text or ":red[z]" in text for text in texts)


def test_a_metric_is_previewed_kept_and_drawn_on_trends(fresh: Workspace) -> None:
    app = open_page("dictionary")
    app.text_input(key="metric-name-demo").set_value("conversion").run()
    app.selectbox(key="metric-kind-demo").select("share").run()
    app.selectbox(key="metric-rule-demo").select("buy").run()
    assert "Over the whole period 'conversion' is" in said(app)
    app.button(key="save-metric").click().run()
    assert not app.exception
    assert metrics(fresh, LOG)["conversion"].rule == "buy"
    trends = open_page("trends")
    trends.selectbox(key="counted-metric-demo").select("conversion").run()
    assert "share of users with any event that also have buy" in said(trends)


def test_an_annotation_is_kept_and_marked_on_trends(fresh: Workspace) -> None:
    app = open_page("dictionary")
    app.text_input(key="annotation-label-demo").set_value("New search").run()
    app.button(key="save-annotation").click().run()
    assert not app.exception
    assert [mark.label for mark in annotations(fresh, LOG)] == ["New search"]
    trend = open_page("trends").get("plotly_chart")[0]
    assert "New search" in trend.proto.spec


def test_an_event_in_use_is_not_removed_and_says_where(fresh: Workspace) -> None:
    define(fresh, LOG, "event", {"name": "big", "rule": "buy where value > 50"})
    define(fresh, LOG, "metric", {"name": "big buyers", "kind": "share", "rule": "big"})
    app = open_page("dictionary")
    app.selectbox(key="event-chosen-demo").select("big").run()
    app.button(key="remove-event").click().run()
    assert "the metric 'big buyers'" in app.error[0].value.replace("\\", "")
    assert "big" in named_events(fresh, LOG)
