"""A log in which nothing has an effect, through the pages: ever against never shows a huge one, the study none."""

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


@pytest.fixture
def link(demo: Workspace) -> dict[str, str]:
    """What the address of the pages says: the null log and the question of its promo."""
    path = demo.uploads / "null.parquet"
    frame = null_log(600, seed=1000).astype({"timestamp": "datetime64[us]"})
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    mapping = {role: role for role in ("user_id", "event_type", "timestamp")}
    spec = ImportSpec(files=(str(path),), name="Nothing happens", mapping=mapping)
    manifest = import_log(demo, spec, lambda share, message: None)
    asked = {**QUESTION, "estimators": ["raw", "lin", "ipw"], "refuters": ["placebo_outcome"]}
    return {"log": manifest["log_id"], "question": keep_spec(demo, CausalQuestion.read(asked).plain())}


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
