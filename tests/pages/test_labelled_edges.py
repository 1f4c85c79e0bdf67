"""Draw with labels of the causal screen: one click draws what was labelled, and a denied arrow is warned of."""

from core.effects.screen.labels import label_pair
from core.storage.workspace import Workspace
from tests.pages.conftest import open_page, said


def test_what_was_labelled_is_drawn_by_a_click_with_or_without_new_variables(fresh: Workspace) -> None:
    assert "labelled" not in said(open_page("draw"))
    label_pair(fresh, "demo", "cart", "buy", "causal")
    label_pair(fresh, "demo", "search", "cart", "causal")
    app = open_page("draw")
    assert "2 pairs labelled causal and not drawn" in said(app)
    app.button(key="add-labelled-all").click().run()
    assert not app.exception
    assert "Added from labels: cart → buy, search → cart." in said(app)
    assert "labelled causal and not drawn" not in said(app)


def test_an_arrow_that_was_labelled_not_causal_is_warned_of(fresh: Workspace) -> None:
    label_pair(fresh, "demo", "search", "buy", "not causal")
    app = open_page("draw")
    assert "Drawn, but labelled not causal on the causal screen: search → buy" in said(app)
