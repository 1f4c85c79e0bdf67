"""Which events are treatment and which are outcome: two columns beside the events, whatever the question means."""

from datetime import UTC, datetime, timedelta
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from core.effects.question import CausalQuestion
from core.effects.question_parts import Recommended, Shown
from core.errors import BadSpec, NotFound
from core.events.definitions.references import rule_of
from core.storage.catalogue import find_manifest
from core.storage.engine import Log
from core.storage.runs import find_result, find_run

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Columns of ours; the space keeps them apart from a log's attributes.
IS_TREATMENT, IS_OUTCOME = "is treatment", "is outcome"


def marked_events(log: Log, question: CausalQuestion) -> ir.Table:
    """The events of the log with IS_TREATMENT and IS_OUTCOME, never null."""
    events = log.table("events")
    treatment = rule_of(question.treatment, log.manifest).matches(events)
    outcome = rule_of(question.outcome, log.manifest).matches(events)
    measure = question.treatment_measure
    if isinstance(measure, Shown):
        treatment = treatment & (events.position <= measure.position).fill_null(False)
    if isinstance(measure, Recommended):
        lists = _lists(log, measure)
        events = events.left_join(
            lists, [events.user_id == lists["listed user"], events.item_id == lists["listed item"]]
        )
        return events.mutate(**{IS_TREATMENT: treatment & events["listed user"].notnull(), IS_OUTCOME: outcome}).drop(
            "listed user", "listed item"
        )
    return events.mutate(**{IS_TREATMENT: treatment, IS_OUTCOME: outcome})


def lists_since_us(log: Log, measure: Recommended) -> int:
    """The last moment that the stored lists know of: they were made from the whole log as it was for the training."""
    row = find_run(log.workspace, measure.run_id)
    if row["kind"] != "train" or row["log_id"] != log.log_id:
        raise BadSpec(f"The run '{measure.run_id}' is no training on this log; choose one of the log's models.")
    result = find_result(log.workspace, measure.run_id)
    manifest = find_manifest(log.workspace, result["log_id"], result["version_id"])
    return moment_us(str(manifest["last_at"]))


def moment_us(text: str) -> int:
    """A moment of a manifest in microseconds since 1970, exactly."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def _lists(log: Log, measure: Recommended) -> ir.Table:
    """(listed user, listed item): the first items of each user's stored list."""
    lists_since_us(log, measure)  # raises for a run that has none
    folder = log.workspace.run(measure.run_id)
    paths = folder / "recommendations.parquet", folder / "items.parquet"
    if not all(path.is_file() for path in paths):
        raise NotFound(f"The run '{measure.run_id}' has no stored lists; choose a training that is finished.")
    lists, items = (parquet.read_table(path) for path in paths)
    users = lists["user_id"].combine_chunks()
    codes = [codes[: measure.list_length] for codes in lists["items"].to_pylist()]
    repeated = pa.array(np.repeat(np.arange(len(users)), [len(each) for each in codes]))
    flat = pa.array([code for each in codes for code in each], pa.int64())
    table = pa.table({"listed user": users.take(repeated), "listed item": items["item_id"].combine_chunks().take(flat)})
    return log.lend(f"first {measure.list_length} of {measure.run_id}", table)
