"""The study of the demo log, whose truth is known: found when intent is adjusted for, missed when it is not."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from core.effects.opening import opening
from core.effects.question import CausalQuestion
from core.effects.refuters import REFUTERS
from core.effects.rehearsal import rehearse
from core.effects.study import study_of
from core.effects.study_inputs import GRAPH_DECIDES, inputs_from_log
from core.effects.study_spec import StudySpec
from core.errors import NotFound
from core.events.demo.shop import ensure_demo
from core.graphs.tiers import graph_from_tiers
from core.storage.catalogue import keep_graph
from core.storage.engine import Log, open_log
from core.storage.workspace import ROOT, Workspace, jsonable


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Log]]:
    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    workspace.prepare()
    log = open_log(workspace, ensure_demo(workspace, lambda share, message: None))
    yield workspace, log
    log.close()


def question(log: Log, **changes: object) -> CausalQuestion:
    return CausalQuestion.read(log.manifest["truth"]["question"] | changes)


def test_the_headline_covers_the_truth_and_the_raw_difference_does_not(demo: tuple[Workspace, Log]) -> None:
    workspace, log = demo
    asked = question(log)
    study = jsonable(study_of(inputs_from_log(workspace, log, asked), StudySpec(question=asked)))
    truth, raw = study["truth"]["ate"], study["estimates"][0]
    aipw = next(each for each in study["estimates"] if each["estimator"] == "aipw")
    assert raw["low"] > truth
    assert aipw["low"] < truth < aipw["high"] and aipw["estimand"] == "ATE"
    unnamed = {"negative_control"}  # nobody named one
    assert {each["name"] for each in study["refutations"]} == set(REFUTERS)
    assert all(each["passed"] is (None if each["name"] in unnamed else True) for each in study["refutations"])
    assert study["battery"]["passed"] is True and study["planted"]["passed"] is True
    assert study["overlap"]["passed"] and study["balance"]["passed"]
    assert (study["verdict"]["grade"], study["verdict"]["light"]) == ("adjusted", "green")
    assert study["outcome_unit"] == "share" and "percentage points" in study["verdict"]["sentence"]


def test_the_first_answer_is_that_of_the_whole_table_less_what_covariates_say(demo: tuple[Workspace, Log]) -> None:
    workspace, log = demo
    asked = question(log)
    spec = StudySpec(question=asked)
    first, whole = (opening(inputs_from_log(workspace, log, asked, bare=bare), spec) for bare in (True, False))
    assert {name for name in whole if first[name] != whole[name]} <= {"notes"}
    assert first["raw"] is not None and first["truth"] is not None


def test_a_rehearsal_takes_what_there_is(demo: tuple[Workspace, Log], workspace: Workspace) -> None:
    rehearse(demo[0])
    rehearse(workspace)  # where there is no log


def test_without_intent_the_number_leaves_the_truth_and_the_verdict_says_so(demo: tuple[Workspace, Log]) -> None:
    workspace, log = demo
    asked = question(log, unmeasured=["intent"], estimators=["raw", "ipw"])
    inputs = inputs_from_log(workspace, log, asked)
    study = jsonable(study_of(inputs, StudySpec(question=asked)))
    assert "intent" not in {row["group"] for row in study["balance"]["rows"]}
    assert study["estimates"][1]["low"] > study["truth"]["ate"]
    assert (study["verdict"]["grade"], study["verdict"]["light"]) == ("associated", "amber")
    assert "intent is unmeasured" in study["verdict"]["sentence"]


def test_a_drawn_graph_decides_which_groups_are_adjusted_for(demo: tuple[Workspace, Log]) -> None:
    workspace, log = demo
    drawn = graph_from_tiers([("intent", ""), ("past_activity", ""), ("mood", "")], "search", "buy")
    graph_id = keep_graph(workspace, drawn.plain(), name="mine", log_id=log.log_id)
    inputs = inputs_from_log(workspace, log, question(log, graph_id=graph_id))
    assert {covariate.group for covariate in inputs.table.covariates} == {"intent", "past_activity"}
    assert "placebo_outcome" in inputs.placebos().tables
    assert {covariate.group for covariate in inputs.placebos().tables["placebo_outcome"].covariates} <= {
        "intent",
        "past_activity",
    }
    # No column holds the mood, so it counts as unmeasured even though nobody marked it.
    assert inputs.unidentified is not None and "mood is unmeasured" in inputs.unidentified
    # Covariates that the question names beside it cannot take away what the graph adjusts for.
    both = inputs_from_log(workspace, log, question(log, graph_id=graph_id, covariates=["intent"]))
    assert {covariate.group for covariate in both.table.covariates} == {"intent", "past_activity"}
    assert GRAPH_DECIDES in both.notes and GRAPH_DECIDES not in inputs.notes
    assert inputs_from_log(workspace, log, question(log, graph_id=graph_id), bare=True).table.covariates == ()


def test_a_graph_about_something_else_is_refused(demo: tuple[Workspace, Log]) -> None:
    workspace, log = demo
    drawn = graph_from_tiers([("intent", "")], "view", "cart")
    graph_id = keep_graph(workspace, drawn.plain(), name="other", log_id=log.log_id)
    with pytest.raises(NotFound, match="no node 'search'"):
        inputs_from_log(workspace, log, question(log, graph_id=graph_id))


def test_building_a_spec_imports_no_heavy_library() -> None:
    code = (
        "import sys, core.effects.study_spec, core.effects.refuters, core.effects.estimators;"
        "print([name for name in ('lightgbm', 'sklearn', 'dowhy', 'torch') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
