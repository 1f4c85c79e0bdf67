"""What Diagnose shows of refutations: the answers first, no answer is no pass, and names never act as markup."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.effects.estimators import ipw
from core.effects.refuters import REFUTERS
from core.effects.sensitivity import sensitivity
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, attempt, confounded
from tests.pages.conftest import HOSTILE, PATIENCE, said


@pytest.fixture(scope="module")
def study() -> dict[str, Any]:
    """The part of a study's result that refuters write; one covariate has a hostile name."""
    plain = confounded(units=300)
    table = as_table(plain.matrix(), plain.treatment, plain.outcome, names=(HOSTILE, "x1", "x2"), unit=HOSTILE)
    headline = ipw.estimate(table, estimand="ATE")
    given = attempt(table, headline, placebo_outcome=table)
    found = [entry.load()(given).plain() for entry in REFUTERS.values()]
    assert np.isin([row["passed"] for row in found], [True, False, None]).all()
    return {
        "outcome_unit": HOSTILE,
        "headline": {"estimator": "ipw", "estimand": "ATE"},
        "estimates": [headline.plain()],
        "refutations": jsonable(found),
        "sensitivity": jsonable(sensitivity(table, headline, given.nuisances).plain()),
    }


def shown(result: dict[str, Any]) -> AppTest:
    def page(result):  # type: ignore[no-untyped-def]  # AppTest takes its text without the names around it
        from pages.shared.refute_views import show_refutations

        show_refutations(result)

    return AppTest.from_function(page, default_timeout=PATIENCE, kwargs={"result": result}).run()


def test_every_refutation_is_shown_with_its_answer_its_sentence_and_its_limits(study: dict[str, Any]) -> None:
    app = shown(study)
    assert not app.exception
    text = said(app)
    assert app.markdown[0].value.startswith(":red[") and "no answer" in app.markdown[0].value
    for row in study["refutations"]:
        assert row["sentence"] in text and row["detects"] in text
    assert [tab.label for tab in app.tabs] == ["Negative controls", "Hidden cause", "Choices", "Method"]
    for element in [*app.markdown, *app.caption]:
        assert HOSTILE not in element.value  # only with its marks escaped
    assert any("Not run" in element.value for element in app.markdown)


def test_a_study_that_nothing_has_tried_to_break_says_so() -> None:
    app = shown({"refutations": []})
    assert "Nothing has tried to break" in said(app)


def test_an_older_study_without_a_contour_still_opens(study: dict[str, Any]) -> None:
    result = deepcopy(study)
    for key in ("contour", "bounds", "of", "value_of", "interval_of", "e_value"):
        result["sensitivity"].pop(key)
    result["refutations"] = [
        {key: value for key, value in row.items() if key != "sees"} for row in result["refutations"]
    ]
    assert not shown(result).exception
