"""The only file with st.cache_*: opens the workspace and its logs, keeps results that the same request would repeat.

A log version never changes, so its id with the spec's JSON is a whole key; nothing here needs an expiry.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.effects.question import CausalQuestion
from core.errors import BadInput
from core.events.definitions.dictionary import attributes, counted, event_types
from core.events.definitions.rule_text import read_rule
from core.events.definitions.rules import Rule
from core.events.demo.run import DEMO_LOG
from core.events.example_users import example_users as find_example_users
from core.events.features.answer import FeatureTable, table_of
from core.events.features.distribution import Distribution, distribution_of
from core.events.features.listing import features_of
from core.events.features.spec import FeaturesSpec
from core.events.preview import Preview
from core.events.preview import preview as find_preview
from core.events.privacy.anonymity import Anonymity
from core.events.privacy.anonymity import anonymity as find_anonymity
from core.events.quality.quality_spec import QualitySpec
from core.events.recognise import Recognised, recognise
from core.graphs.brought import bring
from core.graphs.causal_graph import CausalGraph, read_plain
from core.graphs.sources import VariablesSpec
from core.graphs.what_if.settable import Settable, settable
from core.jobs.queue import submit
from core.jobs.runner import ensure_runner
from core.patterns import PATTERNS
from core.patterns.funnel import proposed_steps as find_proposed_steps
from core.patterns.table import PatternTable
from core.specs import Spec, choose, load_function
from core.storage.catalogue import find_manifest, list_logs
from core.storage.engine import Log, open_log
from core.storage.query import QueryInstance
from core.storage.replaced import last_forgetting
from core.storage.uploads import sweep_uploads
from core.storage.workspace import Workspace


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    """The workspace of this process."""
    return Workspace.default()


@st.cache_resource(show_spinner=False)
def start_background() -> str | None:
    """Once per process: start the runner, and the demo log's import if it is missing; returns that `run_id`."""
    sweep_uploads(workspace(), now=time.time())
    ensure_runner(workspace())
    known = {log["log_id"] for log in list_logs(workspace())}
    return None if DEMO_LOG in known else submit(workspace(), "demo", {"log_id": DEMO_LOG}, title="Demo log")


def manifest(log_id: str) -> dict[str, Any]:
    """The manifest of a log's current version; read anew each time, because an import may replace the version."""
    return find_manifest(workspace(), log_id)


@st.cache_resource(show_spinner=False, max_entries=12, on_release=lambda log: log.close())
def log(log_id: str, version_id: str) -> Log:
    """One open log version."""
    return open_log(workspace(), log_id, version_id)


@st.cache_data(show_spinner=False, max_entries=500)
def _pattern(log_id: str, version_id: str, name: str, settings: str) -> PatternTable:
    choice = choose(PATTERNS, name, "pattern")
    assert choice.spec is not None
    table: PatternTable = choice.load()(log(log_id, version_id), choice.spec.read(json.loads(settings)))
    return table


def pattern(opened: Log, name: str, spec: Spec) -> PatternTable:
    """The table of a pattern over a log."""
    return _pattern(opened.log_id, opened.version_id, name, json.dumps(spec.plain(), sort_keys=True))


@st.cache_data(show_spinner=False, max_entries=50)
def _proposed_steps(log_id: str, version_id: str) -> tuple[str, ...]:
    return find_proposed_steps(log(log_id, version_id))


def proposed_steps(opened: Log) -> tuple[str, ...]:
    """The funnel to start with: the most common ordered path."""
    return _proposed_steps(opened.log_id, opened.version_id)


@st.cache_data(show_spinner=False, max_entries=200)
def _at_once(log_id: str, version_id: str, settings: str) -> dict[str, Any]:
    question = CausalQuestion.read({**json.loads(settings), "history_state": False})  # learnt in the study's process
    table = load_function("core.effects.analysis_table:build")(log(log_id, version_id), question)
    found: dict[str, Any] = load_function("core.effects.first_look:first_look")(table)
    return found


def first_look(opened: Log, question: CausalQuestion) -> dict[str, Any]:
    """The arms as they are, and the difference between them; nothing is adjusted."""
    found = _at_once(opened.log_id, opened.version_id, json.dumps(question.plain(), sort_keys=True))
    _units()[opened.version_id, question.treatment, question.outcome] = int(found["units"])
    return found


@st.cache_data(show_spinner=False, max_entries=50)
def _ready_questions(log_id: str, version_id: str, named: tuple[str, ...]) -> list[CausalQuestion]:
    found: list[CausalQuestion] = load_function("core.effects.ready_questions:ready_questions")(
        log(log_id, version_id), named
    )
    return found


def ready_questions(log_id: str, version_id: str, named: Sequence[str]) -> list[CausalQuestion]:
    """Questions that have an answer; named: references of the log's named events."""
    return _ready_questions(log_id, version_id, tuple(named))


@st.cache_data(show_spinner=False, max_entries=200)
def _naive(log_id: str, version_id: str, settings: str) -> dict[str, Any] | None:
    question = CausalQuestion.read(json.loads(settings))
    try:
        found: dict[str, Any] = load_function("core.effects.naive:ever_against_never")(
            log(log_id, version_id), question
        )
    except BadInput:
        return None
    return found


def naive(opened: Log, question: CausalQuestion) -> dict[str, Any] | None:
    """Ever against never; None where one of the two is nobody."""
    return _naive(opened.log_id, opened.version_id, json.dumps(question.plain(), sort_keys=True))


@st.cache_resource(show_spinner=False)
def _units() -> dict[tuple[str, str, str], int]:
    return {}


def units_known(opened: Log, question: CausalQuestion) -> int | None:
    """How many units a question about these two events had when it was last looked at; None if it was not."""
    return _units().get((opened.version_id, question.treatment, question.outcome))


@st.cache_data(show_spinner=False, max_entries=20)
def _recognised(path: str, reading: str) -> Recognised:
    return recognise(workspace(), Path(path), json.loads(reading))


def recognised(path: str, reading: Mapping[str, Any] | None = None) -> Recognised:
    """What a file that has arrived looks like; reading: how it is written, where that is known better."""
    return _recognised(path, json.dumps(dict(reading or {}), sort_keys=True))


@st.cache_data(show_spinner=False, max_entries=20)
def _preview(asked: str, changed: tuple[int, int]) -> Preview:
    del changed  # part of the key: a file on the server may have been written again
    return find_preview(workspace(), json.loads(asked))


def preview(asked: dict[str, Any]) -> Preview:
    """What an import would make of the first rows of its first file."""
    path = Path(asked["files"][0])
    stat = path.stat() if path.exists() else None
    return _preview(json.dumps(asked, sort_keys=True), (stat.st_mtime_ns, stat.st_size) if stat else (0, 0))


@st.cache_data(show_spinner=False, max_entries=50)
def _example_users(log_id: str, version_id: str) -> dict[str, str]:
    return find_example_users(log(log_id, version_id))


def example_users(opened: Log) -> dict[str, str]:
    """A typical user of a log and the busiest one."""
    return _example_users(opened.log_id, opened.version_id)


@st.cache_resource(show_spinner=False, max_entries=4, on_release=lambda instance: instance.close())
def query_instance(log_id: str, version_id: str) -> QueryInstance:
    """One log version, open for analysts' own SQL."""
    return QueryInstance(workspace(), log_id, version_id)


@st.cache_data(show_spinner=False, max_entries=60)
def _table_columns(log_id: str, version_id: str, table: str) -> pd.DataFrame:
    first = log(log_id, version_id).fetch(log(log_id, version_id).table(table).limit(1))
    examples = [str(first[column].iloc[0])[:60] if len(first) else "" for column in first.columns]
    schema = log(log_id, version_id).table(table).schema()
    return pd.DataFrame(
        {"column": list(schema.names), "type": [str(kind) for kind in schema.types], "example": examples}
    )


def table_columns(opened: Log, table: str) -> pd.DataFrame:
    """column, type, example: the columns of a table of the log, with what stands in its first row."""
    return _table_columns(opened.log_id, opened.version_id, table)


@st.cache_data(show_spinner=False, max_entries=20)
def _quality(log_id: str, version_id: str, settings: str) -> dict[str, Any]:
    spec = QualitySpec.read(json.loads(settings))
    found: dict[str, Any] = load_function("core.events.quality.assess:assess")(
        workspace(), log(log_id, version_id), spec
    ).plain()
    return found


def quality(opened: Log, spec: QualitySpec) -> dict[str, Any]:
    """Every check of a log version; seconds for a few hundred thousand events."""
    return _quality(opened.log_id, opened.version_id, json.dumps(spec.plain(), sort_keys=True))


@st.cache_data(show_spinner=False, max_entries=20)
def _dictionary(log_id: str, version_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return event_types(log(log_id, version_id)), attributes(log(log_id, version_id))


def dictionary(opened: Log) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the event types and the attributes of a log are."""
    return _dictionary(opened.log_id, opened.version_id)


@st.cache_data(show_spinner=False, max_entries=500)
def _counted(log_id: str, version_id: str, rule: str) -> dict[str, int]:
    return counted(log(log_id, version_id), read_rule(rule))


def matching(opened: Log, rule: Rule) -> dict[str, int]:
    """How many events and users a rule means."""
    return _counted(opened.log_id, opened.version_id, rule.unnamed().plain())


@st.cache_data(show_spinner=False, max_entries=100)
def _anonymity(log_id: str, version_id: str, columns: tuple[str, ...], k: int) -> Anonymity:
    return find_anonymity(log(log_id, version_id), columns, k=k)


def anonymity(opened: Log, columns: tuple[str, ...], k: int) -> Anonymity:
    """How many users of a log could be singled out by these quasi-identifiers."""
    return _anonymity(opened.log_id, opened.version_id, columns, k)


@st.cache_data(show_spinner=False, max_entries=30)
def _feature_table(log_id: str, version_id: str, settings: str, rows: int) -> FeatureTable:
    spec, opened = FeaturesSpec.read(json.loads(settings)), log(log_id, version_id)
    return table_of(opened, spec, features_of(opened, spec), rows=rows)


def feature_table(opened: Log, spec: FeaturesSpec, *, rows: int) -> FeatureTable:
    """The features of at most `rows` users."""
    return _feature_table(opened.log_id, opened.version_id, json.dumps(spec.plain(), sort_keys=True), rows)


@st.cache_data(show_spinner=False, max_entries=200)
def _feature_distribution(log_id: str, version_id: str, settings: str) -> Distribution:
    spec, opened = FeaturesSpec.read(json.loads(settings)), log(log_id, version_id)
    return distribution_of(opened, spec, features_of(opened, spec)[0])


def feature_distribution(opened: Log, spec: FeaturesSpec) -> Distribution:
    """How the first feature of a spec is spread over its users."""
    return _feature_distribution(opened.log_id, opened.version_id, json.dumps(spec.plain(), sort_keys=True))


@st.cache_resource(show_spinner=False)
def _last_forgetting() -> list[float]:
    return [last_forgetting(workspace())]


def drop_what_was_forgotten() -> None:
    """If a user was forgotten since (here or on the command line), drop everything that is held in memory."""
    latest = last_forgetting(workspace())
    if latest > _last_forgetting()[0]:
        st.cache_data.clear()
        st.cache_resource.clear()


@st.cache_data(show_spinner="Looking at what can be set", max_entries=30)
def _settable(asked: str, log_id: str, version_id: str, changed: tuple[int, int]) -> tuple[Settable, ...]:
    del changed  # part of the key, as in _preview
    graph, data = json.loads(asked)
    return settable(bring(workspace(), read_plain(graph), VariablesSpec.read(data), log(log_id, version_id)))


def nodes_to_set(opened: Log, graph: CausalGraph, data: Mapping[str, Any]) -> tuple[Settable, ...]:
    """The nodes of a graph that the data hold, with the values that were observed."""
    path = Path(data["table"]) if data.get("table") else None
    stat = path.stat() if path is not None and path.exists() else None
    asked = json.dumps([graph.plain(), dict(data)], sort_keys=True)
    return _settable(asked, opened.log_id, opened.version_id, (stat.st_mtime_ns, stat.st_size) if stat else (0, 0))
