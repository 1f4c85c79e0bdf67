"""`study` with what is mistyped: one sentence with the nearest name there is, and exit status 2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.storage.engine import Log
from core.storage.workspace import Workspace

LogOf = Callable[[pd.DataFrame], Log]
ASKED = {"treatment": "search", "outcome": "buy", "lookback_days": 1, "outcome_window_days": 0.5}


@pytest.fixture
def said(
    workspace: Workspace,
    log_of: LogOf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """What the command says of a question with these settings changed."""
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    moments = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(200) * 1.1, unit="h")
    kinds = np.resize(["view", "search", "buy"], 200)
    log = log_of(pd.DataFrame({"user_id": "u", "event_type": kinds, "timestamp": moments, "city": "x"}))

    def ask(command: str = "study", **changes: Any) -> str:
        question = tmp_path / "question.json"
        question.write_text(json.dumps({**ASKED, **changes}))
        assert main([command, str(question), "--log", log.log_id]) == 2
        answer = capsys.readouterr().err.strip().splitlines()
        assert not any("Traceback" in line for line in answer)
        return answer[-1]

    return ask


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"treatment": "serch"}, "did you mean search."),
        ({"treatment": "x" * 500}, f"no event type '{'x' * 80}'; it has"),
        ({"outcome": "buy where price = 3"}, "There is no column 'price' to ask about"),
        ({"estimators": ["aipv"]}, "There is no estimator 'aipv'; did you mean aipw."),
        ({"refuters": ["botstrap"]}, "There is no refuter 'botstrap'; did you mean bootstrap."),
        ({"covariates": ["past_actvity"]}, "no covariate group 'past_actvity'; did you mean past_activity."),
        ({"design": {"kind": "first_exposur"}}, "there is no kind 'first_exposur'; did you mean first_exposure."),
        ({"lookback_dys": 3}, "There is no setting 'lookback_dys'; did you mean lookback_days."),
        ({"outcome_window_days": 400}, "The log is 9.1 days long, but lookback plus outcome window need 401 days"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_nearest(
    said: Callable[..., str], changes: dict[str, Any], words: str
) -> None:
    assert words in said(**changes)


def test_who_benefits_answers_as_a_study_does(said: Callable[..., str]) -> None:
    assert "did you mean aipw." in said("benefits", estimators=["aipv"])
