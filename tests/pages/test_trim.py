"""Trimming on the pages: asked for in the form, kept in the link, and said on the verdict and on Diagnose."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import BadSpec
from core.storage.catalogue import find_spec
from core.storage.workspace import Workspace
from tests.pages.conftest import HOSTILE, open_page, said

TRIMMING: dict[str, Any] = {
    "asked": 0.05, "low": 0.05, "high": 0.95, "says": "a propensity from 0.05 to 0.95",
    "left_out": {"treated": 5, "control": 7}, "remaining": {"treated": 40, "control": 60}, "caught_share": 0.8,
    "among": ", restated to the 100 of 112 units with a propensity from 0.05 to 0.95",
    "sentence": f"Trimmed to the 100 of 112 units: {HOSTILE}",
    "rules": [{"says": f"{HOSTILE} above 2", "side": "nearly all treated", "units": 9, "treated_share": 0.9,
               "marked_share": 0.8}],
}  # fmt: skip


def question(workspace: Workspace, app: AppTest) -> dict:
    link = app.query_params["question"]
    return find_spec(workspace, link[0] if isinstance(link, list) else link)


def test_the_form_asks_for_a_cut_and_offers_none_for_the_overlap_population(demo: Workspace) -> None:
    app = open_page("ask")
    assert question(demo, app)["trim"] is None
    app.selectbox(key="trim").set_value("under 5 % or over 95 %").run()
    assert not app.exception and question(demo, app)["trim"] == 0.05
    app.selectbox(key="trim").set_value("by the best cut (Crump et al.)").run()
    assert question(demo, app)["trim"] == "auto"
    app.segmented_control(key="estimand").set_value("ATO").run()
    assert not app.exception and question(demo, app)["trim"] is None
    assert "trim" not in {each.key for each in app.selectbox}


def test_who_was_left_out_is_shown_and_is_no_markup() -> None:
    def page() -> None:
        import json

        import streamlit as st

        from pages.shared.trim_field import show_trimming

        show_trimming(json.loads(st.session_state["trimming"]))
        show_trimming(None)

    app = AppTest.from_function(page)
    app.session_state["trimming"] = json.dumps(TRIMMING)
    app.run()
    assert not app.exception
    assert HOSTILE in said(app) and "**x**" not in app.info[0].value
    assert len(app.dataframe) == 1 and HOSTILE in app.dataframe[0].value.iloc[0, 0]


@pytest.mark.parametrize("cut", [0.0, 0.5, "x"])
def test_a_cut_that_is_none_is_refused_with_the_values_there_are(cut: object) -> None:
    from core.effects.question import CausalQuestion

    with pytest.raises(BadSpec, match="above 0 and below"):
        CausalQuestion.read({"treatment": "a", "outcome": "b", "trim": cut})
