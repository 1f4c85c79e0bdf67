"""From what was asked to what a study works on: analysis table, placebo table, causal graph and what it identifies."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from core.effects.analysis_table import SMALLEST_ARM, build, build_placebo, groups
from core.effects.own_table import own_table
from core.effects.question import CausalQuestion, sentence
from core.effects.question_graph import graph_of
from core.effects.study_spec import StudySpec
from core.effects.table import CLUSTER, AnalysisTable
from core.errors import BadSpec, NotEnoughData
from core.graphs.causal_graph import CausalGraph, Node, read_plain
from core.graphs.halves import in_half
from core.graphs.identification.answer import Identification
from core.graphs.identification.identify import identify
from core.graphs.tiers import AFTER, BEFORE, TREATMENT, graph_from_tiers
from core.storage.engine import Log, read_table
from core.storage.workspace import Workspace

ROW_INDEX = re.compile(r"__index_level_\d+__|Unnamed: \d+|column0+")  # names pandas and DuckDB give a row index
# What makes two questions ask for the same number; the rest says how it is estimated.
SAME_QUESTION = (
    "population", "treatment", "control", "outcome", "design", "treatment_measure", "outcome_measure", "contrast",
    "uptake", "lookback_days", "treatment_window_days", "outcome_window_days",
)  # fmt: skip


@dataclass(frozen=True)
class StudyInputs:
    """placebos: tables whose effect must be nothing, by the refuter that reads them; unidentified: why no adjustment
    suffices; headlines: estimators that the question or the graph calls for, the first that ran is the headline; log
    and question: what the table was built from, if it was."""

    title: str
    table: AnalysisTable
    placebos: Mapping[str, AnalysisTable]
    graph: CausalGraph
    identification: Identification
    unidentified: str | None
    truth: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()
    log: Log | None = None
    question: CausalQuestion | None = None


def inputs_from_log(workspace: Workspace, log: Log, question: CausalQuestion) -> StudyInputs:
    """Build both tables of a question; the graph (its own, or the template from time tiers) picks the covariates."""
    offered = [group.name for group in groups(log, question)]
    graph = graph_of(workspace, question, groups(log, question))
    if question.graph_id is not None:
        graph = _asked(graph, question.treatment_name, question.outcome_name, offered, question.unmeasured)
    found = identify(graph)
    adjusted = set(found.adjustment_set)
    placebo, why = _log_placebo(log, question, adjusted)
    table = build(log, question).keep(adjusted)
    if any(edge.halved for edge in graph.learnt):
        table, placebo = _other_half(table), None if placebo is None else _other_half(placebo)
    return StudyInputs(
        title=sentence(question),
        table=table,
        placebos={} if placebo is None else {"placebo_outcome": placebo},
        graph=graph,
        identification=found,
        unidentified=_unidentified(found, graph, question.unmeasured),
        truth=matching_truth(log.manifest.get("truth"), question),
        notes=(*_left_out(offered, adjusted, question.unmeasured), *why, *_learnt(graph)),
        log=log,
        question=question,
    )


def inputs_from_table(workspace: Workspace, spec: StudySpec) -> StudyInputs:
    """Read a ready table. Without a graph every covariate may be a common cause (none is, in an experiment)."""
    frame, numbered = _without_row_numbers(read_table(workspace, Path(spec.table or "")), spec)
    treatment, outcome = spec.treatment or "", spec.outcome or ""
    columns = [str(column) for column in frame.columns]
    drawn = None if spec.graph is None else read_plain(spec.graph)
    if drawn is not None and any(edge.halved for edge in drawn.learnt):
        together = frame[spec.cluster] if spec.cluster in columns else frame.index
        frame = frame[in_half(together, "estimation")].reset_index(drop=True)
    table = own_table(frame, treatment=treatment, outcome=outcome, covariates=spec.covariates, cluster=spec.cluster)
    offered = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    if drawn is not None:
        graph = _asked(drawn, treatment, outcome, columns, ())
    elif spec.randomised:
        graph = _randomised_graph(offered, treatment, outcome)
    else:
        graph = graph_from_tiers([(name, name) for name in offered], treatment, outcome)
    found = identify(graph)
    adjusted = set(found.adjustment_set) & set(columns)
    placebo = _table_placebo(frame, spec, table.keep(adjusted))
    return StudyInputs(
        title=f"Does {treatment}, compared with none, change {outcome}?",
        table=table.keep(adjusted),
        placebos={} if placebo is None else {"placebo_outcome": placebo},
        graph=graph,
        identification=found,
        unidentified=_unidentified(found, graph, ()),
        notes=(*numbered, *_left_out(offered, adjusted, ()), *_learnt(graph)),
    )


def matching_truth(truth: Any, question: CausalQuestion) -> dict[str, Any] | None:
    """What a simulated log knows of this question's answer: None unless it asks for the same number."""
    if not isinstance(truth, Mapping) or not truth.get("question"):
        return None
    known, asked = CausalQuestion.read(truth["question"]).plain(), question.plain()
    return dict(truth) if all(known[name] == asked[name] for name in SAME_QUESTION) else None


def _without_row_numbers(frame: pd.DataFrame, spec: StudySpec) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Drop what a program wrote to count rows: as a covariate it would tell the arms apart by their place in the file.

    A column that the analyst named stays.
    """
    named = {spec.treatment, spec.outcome, spec.cluster, spec.placebo_outcome, *(spec.covariates or ())}
    found = [
        str(column) for column in frame.columns if column not in named and _counts_rows(str(column), frame[column])
    ]
    said = (f"Not a covariate, because it numbers the rows: {', '.join(found)}.",) if found else ()
    return frame.drop(columns=found), said


def _counts_rows(name: str, values: pd.Series) -> bool:
    if ROW_INDEX.fullmatch(name):
        return True
    if not pd.api.types.is_integer_dtype(values) or values.isna().any() or len(values) < 2:
        return False
    return bool(values.iloc[0] in (0, 1) and (values.diff().iloc[1:] == 1).all())


def _log_placebo(
    log: Log, question: CausalQuestion, adjusted: set[str]
) -> tuple[AnalysisTable | None, tuple[str, ...]]:
    try:
        return build_placebo(log, question).keep(adjusted), ()
    except NotEnoughData as error:
        return None, (f"There is no placebo outcome: {error}",)


def _table_placebo(frame: pd.DataFrame, spec: StudySpec, table: AnalysisTable) -> AnalysisTable | None:
    """The headline's covariates without the placebo outcome, which takes the outcome's place."""
    name = spec.placebo_outcome
    if name is None:
        return None
    if name not in frame.columns:
        columns = [str(column) for column in frame.columns]
        raise BadSpec(f"The table has no column '{name}' to be the placebo outcome; it has {', '.join(columns[:20])}.")
    kept = [group for group in dict.fromkeys(each.group for each in table.covariates) if group != name]
    return own_table(frame, treatment=spec.treatment or "", outcome=name, covariates=kept, cluster=spec.cluster)


def _asked(
    graph: CausalGraph, treatment: str, outcome: str, measured: Iterable[str], unmeasured: Iterable[str]
) -> CausalGraph:
    """The drawn graph asked this question; nodes that no column holds are unmeasured."""
    held = {*measured, treatment, outcome}
    hidden = [name for name in graph.names if name not in held or name in set(unmeasured)]
    return graph.asked(treatment, outcome, hidden)


def _randomised_graph(names: list[str], treatment: str, outcome: str) -> CausalGraph:
    nodes = (
        *(Node(name, (), BEFORE) for name in names),
        Node(treatment, ("treatment", "randomised"), TREATMENT),
        Node(outcome, ("outcome",), AFTER),
    )
    return CausalGraph(nodes, (*((name, outcome) for name in names), (treatment, outcome)))


def _other_half(table: AnalysisTable) -> AnalysisTable:
    """The users that the discovery of the graph's edges has not seen; raises NotEnoughData when too few are left."""
    other = table.only_units(in_half(table.frame[CLUSTER], "estimation"), "of users that discovery has not seen")
    for arm, title in ((1.0, table.treatment_title), (0.0, f"no {table.treatment_title}")):
        count = int((other.treatment == arm).sum())
        if count < SMALLEST_ARM:
            raise NotEnoughData(
                f"Only {count:,} units with {title} are left in the half that discovery has not seen; an arm needs "
                f"{SMALLEST_ARM}, so discover and estimate over a longer period."
            )
    return other


def _learnt(graph: CausalGraph) -> tuple[str, ...]:
    """What it means that data suggested some of the graph's edges."""
    if not graph.learnt:
        return ()
    edges = (
        f"{len(graph.learnt):,} of the graph's {len(graph.edges):,} edges {_were(len(graph.learnt))} learnt from data"
    )
    if all(edge.halved for edge in graph.learnt):
        return (f"{edges}, from one half of the users; the estimate uses the other half.",)
    return (f"{edges} that the estimate uses too: its interval does not count that choice.",)


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _unidentified(found: Identification, graph: CausalGraph, unmeasured: Iterable[str]) -> str | None:
    if not found.adjustable:  # a front door or an instrument may do, but a study estimates by adjustment
        return found.unadjusted
    unknown = [name for name in unmeasured if name not in graph.names]
    if unknown:
        return f"Unmeasured and not in the causal graph: {', '.join(unknown)}; draw what it causes."
    return None


def _left_out(offered: Iterable[str], adjusted: set[str], unmeasured: Iterable[str]) -> tuple[str, ...]:
    names = [name for name in offered if name not in adjusted and name not in set(unmeasured)]
    return (f"Measured but not adjusted for: {', '.join(names)}.",) if names else ()
