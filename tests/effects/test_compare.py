"""Finished studies: what the list says of each, what differs between several, and titles and removal of runs."""

import json
from itertools import count
from typing import Any

import pytest

from core.__main__ import main
from core.effects.compare import compare
from core.effects.finished import finished_studies
from core.effects.study_spec import StudySpec
from core.errors import BadSpec, NotFound
from core.jobs.queue import insert_run
from core.storage.catalogue import database
from core.storage.run_care import delete_run, rename_run
from core.storage.runs import find_run, mark_stale
from core.storage.workspace import Workspace, write_json

NUMBERS = count()
QUESTION = {"treatment": "search", "outcome": "buy"}
TABLE = {"table": "/data/of mine/t.csv", "treatment": "mail", "outcome": "sales"}


def waiting(workspace: Workspace, kind: str = "study", spec: dict[str, Any] | None = None, **pinned: Any) -> str:
    """A run that nobody works on."""
    given = {"title": "waits", "log_id": "demo", "version_id": "version-1", **pinned}
    return insert_run(workspace, kind, spec or {"question": QUESTION}, **given, dedupe=str(next(NUMBERS)))


def finished(
    workspace: Workspace,
    *,
    question: dict[str, Any] | None = None,
    value: float | None = 0.08,
    light: str = "green",
    estimator: str = "aipw",
    title: str = "search on buy",
    log_id: str | None = "demo",
) -> str:
    """A study as its run would have left it."""
    spec = StudySpec.read({"question": {**QUESTION, **question}} if question is not None else TABLE).plain()
    pinned = {"log_id": log_id} if question is not None else {"log_id": None, "version_id": None}
    run_id = waiting(workspace, spec=spec, title=title, **pinned)
    with database(workspace) as rows:
        rows.execute("UPDATE runs SET status='done' WHERE run_id=?", (run_id,))
    shares = question is not None
    result = {
        "run_id": run_id,
        "spec": spec,
        "title": "For all users, does search change buy?",
        "outcome_unit": "share" if shares else "sales",
        "units": 1000,
        "attrition": [],
        "identification": {"adjustment_set": ["past_activity"]},
        "headline": {"estimator": estimator, "estimand": "ATE"},
        "estimates": [
            {"estimator": estimator, "title": estimator, "estimand": "ATE", "value": value, "unit": None,
             "low": None if value is None else value - 0.01, "high": None if value is None else value + 0.01}
        ],
        "verdict": {"light": light, "grade": "adjusted", "reasons": ["The placebo outcome moved."]},
    }  # fmt: skip
    workspace.run(run_id).mkdir(parents=True, exist_ok=True)
    write_json(workspace.run(run_id) / "result.json", result)
    return run_id


def test_the_list_says_what_was_found_and_whether_it_stands(workspace: Workspace) -> None:
    first = finished(workspace, question={})
    second = finished(workspace, value=3.0, title="mail on sales")
    queued = waiting(workspace)
    mark_stale(workspace, first, "a user was forgotten")
    newest, oldest = finished_studies(workspace)
    assert (newest.run_id, oldest.run_id) == (second, first) and queued not in (first, second)
    assert (oldest.value, oldest.unit, oldest.light, oldest.grade) == (0.08, "share", "green", "adjusted")
    assert oldest.estimator == "Weighting and outcome model (AIPW)"
    assert (oldest.stale, oldest.pruned, oldest.current) == ("a user was forgotten", True, False)  # no such log here
    assert (newest.table, newest.current, newest.unit) == ("t.csv", None, "sales")
    assert [study.run_id for study in finished_studies(workspace, "other")] == [second]


def test_what_differs_is_named_by_what_it_is_about(workspace: Workspace) -> None:
    plain = finished(workspace, question={})
    longer = finished(workspace, question={"outcome_window_days": 7}, value=0.12)
    found = compare(workspace, [plain, longer])
    assert [row["what"] for row in found.differs] == ["Outcome", "Outcome window"]
    assert found.differs[1]["values"] == ["1 day", "7 days"]
    assert found.sentences == (
        "They ask different questions (outcome and outcome window), so different numbers need not contradict each "
        "other.",
        "No value lies in all of the intervals. Where they share users this is no test of the difference.",
        "No longer stands as it is, or cannot be made again: A and B.",
    )
    assert {"what": "Treatment", "value": "search within 10 minutes"} in found.same
    assert [row["element"] for row in found.protocol][:2] == ["Eligibility", "Treatment strategies"]
    assert [study["letter"] for study in found.plain()["studies"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"question": {}}, "Nothing that was asked differs, and nothing in how it was estimated."),
        (
            {"question": {"unmeasured": ["device"]}, "estimator": "ipw"},
            "what differs is how it was estimated (marked as unmeasured and estimator).",
        ),
        ({"question": {}, "log_id": "mine"}, "They ask the same of different data (data)."),
        ({"question": {"design": {"kind": "first_exposure"}}}, "They ask different questions (treatment, control"),
        ({"value": 3.0}, "Their numbers are in different units, so only directions can be compared."),
        ({"question": {}, "value": None}, "Not all of them have an interval."),
        ({"question": {}, "value": 0.09}, "All intervals hold the values from +8.00 to +9.00 percentage points."),
        ({"question": {}, "light": "red"}, "Not supported by its own checks: B."),
    ],
)
def test_what_to_make_of_two_studies_is_said(workspace: Workspace, other: dict[str, Any], words: str) -> None:
    found = compare(workspace, [finished(workspace, question={}), finished(workspace, **other)])
    if words.startswith("They ask different questions (treatment"):
        assert found.sentences[0].startswith("They ask different questions (")
        assert {"Design", "Treatment"} <= {row["what"] for row in found.differs}
    else:
        assert any(words in sentence for sentence in found.sentences)


def test_only_two_to_five_finished_studies_are_compared(workspace: Workspace) -> None:
    one = finished(workspace, question={})
    with pytest.raises(BadSpec, match="Compare 2 to 5 different studies; these are 1"):
        compare(workspace, [one, one])
    with pytest.raises(NotFound, match="no run 'study-nowhere'"):
        compare(workspace, [one, "study-nowhere"])
    training = waiting(workspace, "train", {"model": "sasrec"})
    with pytest.raises(BadSpec, match="is no study but a run of the kind 'train'"):
        compare(workspace, [one, training])
    queued = waiting(workspace)
    with pytest.raises(NotFound, match="has no result: it is queued"):
        compare(workspace, [one, queued])


def test_a_run_gets_another_title_and_goes_for_good(workspace: Workspace) -> None:
    run_id = finished(workspace, question={})
    rename_run(workspace, run_id, "  Search,\n again ")
    assert find_run(workspace, run_id)["title"] == "Search, again"
    with pytest.raises(BadSpec, match="at least one character"):
        rename_run(workspace, run_id, "  ")
    delete_run(workspace, run_id)
    assert not workspace.run(run_id).exists() and finished_studies(workspace) == []
    with pytest.raises(NotFound):
        delete_run(workspace, run_id)
    queued = waiting(workspace)
    with pytest.raises(BadSpec, match="under way"):
        delete_run(workspace, queued)


def test_both_are_commands(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    runs = [finished(workspace, question={}), finished(workspace, value=2.0)]
    assert main(["studies", "--json"]) == 0
    assert {study["run_id"] for study in json.loads(capsys.readouterr().out)["studies"]} == set(runs)
    assert main(["compare", *runs, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"studies", "differs", "same", "protocol", "sentences"}
    assert main(["compare", runs[0], "--json"]) == 2
    assert main(["studies", "--log", "nowhere"]) == 2
