"""A log in which nothing has an effect, through the pages: ever against never shows a huge one, the study none."""

from urllib.parse import parse_qs

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.effects.question import CausalQuestion
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.catalogue import keep_spec
from core.storage.runs import find_result, list_runs
from core.storage.workspace import Workspace
from tests.effects.null_log import QUESTION, null_log
from tests.pages.conftest import carry_out, open_page, said


def imported(workspace: Workspace, users: int, seed: int) -> str:
    """The id of a null log."""
    path = workspace.uploads / "null.parquet"
    frame = null_log(users, seed).astype({"timestamp": "datetime64[us]"})
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    mapping = {role: role for role in ("user_id", "event_type", "timestamp")}
    spec = ImportSpec(files=(str(path),), name="Nothing happens", mapping=mapping)
    manifest = import_log(workspace, spec, lambda share, message: None)
    return str(manifest["log_id"])


@pytest.fixture
def link(demo: Workspace) -> dict[str, str]:
    """What the address of the pages says: the null log and the question of its promo."""
    return linked(demo, imported(demo, 600, 1000), estimators=["raw", "lin", "ipw"], refuters=["placebo_outcome"])


def linked(workspace: Workspace, log_id: str, **changes: object) -> dict[str, str]:
    return {"log": log_id, "question": keep_spec(workspace, CausalQuestion.read({**QUESTION, **changes}).plain())}


def test_what_looks_huge_between_adopters_and_others_is_nothing(demo: Workspace, link: dict[str, str]) -> None:
    app = open_page("ask", **link)
    assert not app.exception
    warned = " ".join(warning.value for warning in app.warning)
    assert "Not an effect: +4" in warned and "ever against never" in warned  # over forty points of no effect
    app = open_page("estimate", **link)
    app.button(key="estimate").click().run()
    (queued,) = list_runs(demo, kind="study", log_id=link["log"])
    carry_out(demo, queued["run_id"])
    found = find_result(demo, queued["run_id"])
    main = next(each for each in found["estimates"] if each["estimator"] == found["headline"]["estimator"])
    assert main["estimator"] == "ipw" and main["low"] < 0 < main["high"]
    assert found["raw"]["low"] > 0 and found["naive"]["low"] > 0.3
    app = open_page("estimate", **link)
    assert not app.exception and "95 % interval" in said(app)


def test_where_it_may_be_who_stays_the_same_question_is_one_click_away(demo: Workspace) -> None:
    log_id = imported(demo, 2_400, 1001)
    landmark = {"kind": "landmark", "landmark_event": 3}
    asked = linked(demo, log_id, design=landmark, estimators=["lin"], refuters=["who_stays"])
    app = open_page("ask", **asked)
    assert [each.proto.label for each in app.get("page_link") if "everybody is there" in each.proto.label]
    app = open_page("estimate", **asked)
    app.button(key="estimate").click().run()
    (queued,) = list_runs(demo, kind="study", log_id=log_id)
    carry_out(demo, queued["run_id"])
    verdict = find_result(demo, queued["run_id"])["verdict"]
    assert verdict["light"] != "green" and "who_stays" in (*verdict["failed"], *verdict["missing"])
    app = open_page("estimate", **asked)
    assert not app.exception and "did nothing more within 10 minutes" in said(app)
    (way,) = [each.proto for each in app.get("page_link") if "everybody is there" in each.proto.label]
    address = parse_qs(way.query_string)
    other = open_page("ask", log=log_id, question=address["question"][0])
    assert not other.exception and "first promo in 1 day" in said(other)
    assert not [each for each in other.get("page_link") if "everybody is there" in each.proto.label]
