"""From what was asked to what a study works on: analysis table, placebo table, causal graph and what it identifies."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.effects.analysis_table import SMALLEST_ARM, build, build_placebo, build_placebo_time, build_with, groups
from core.effects.by_strategy import structural_estimators
from core.effects.groups import EVENT_ORDER, called
from core.effects.history_state.states import HistoryStates, learn_states
from core.effects.question import CausalQuestion, sentence, without_covariates
from core.effects.question_check import check
from core.effects.question_graph import graph_of
from core.effects.question_parts import BeforeAfter, InSegment, TimeTo, unnamed
from core.effects.table import CLUSTER, AnalysisTable
from core.errors import BadSpec, NotEnoughData
from core.graphs.causal_graph import CausalGraph
from core.graphs.halves import in_half
from core.graphs.identification.answer import Identification
from core.graphs.identification.identify import identify
from core.storage.engine import Log
from core.storage.workspace import Workspace

# What makes two questions ask for the same number; the rest says how it is estimated.
SAME_QUESTION = (
    "population", "treatment", "control", "outcome", "design", "treatment_measure", "outcome_measure", "contrast",
    "uptake", "lookback_days", "treatment_window_days", "outcome_window_days", "trim",
)  # fmt: skip

GRAPH_DECIDES: Final = "Covariates were named beside a causal graph: the graph decides what is adjusted for."


@dataclass(frozen=True)
class Placebos:
    """tables: by the refuter that reads them; notes: why there is none."""

    tables: Mapping[str, AnalysisTable]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudyInputs:
    """placebos: makes the tables whose effect must be nothing (they are not needed at once); unidentified: why no
    adjustment suffices; headlines: estimators that the question or the graph calls for, of which the first that ran is
    the headline; again: the table of the question with some settings changed; log and question: what the table was
    built from, if it was; wide: the table with every covariate, adjusted for or not; states: what tells the state of a
    history, if the question asks for it.
    """

    title: str
    table: AnalysisTable
    wide: AnalysisTable
    placebos: Callable[[], Placebos]
    graph: CausalGraph
    identification: Identification
    unidentified: str | None
    truth: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()
    again: Callable[[Mapping[str, Any]], AnalysisTable] | None = None
    log: Log | None = None
    question: CausalQuestion | None = None
    states: HistoryStates | None = None


def inputs_from_log(workspace: Workspace, log: Log, question: CausalQuestion, *, bare: bool = False) -> StudyInputs:
    """Build the table of a question; the graph (its own, or the template from time tiers) picks the covariates.

    bare: without their columns, which is there much sooner and enough for the raw difference.
    """
    check(question, log.manifest)  # all of it, also what the bare table does without
    offered = [group.name for group in groups(log, question)]
    graph = graph_of(workspace, question, groups(log, question))
    if question.graph_id is not None:
        graph = asked_graph(graph, question.treatment_name, question.outcome_name, offered, question.unmeasured)
    found = identify(graph)
    adjusted = set(found.adjustment_set)
    ways = () if found.adjustable else structural_estimators(found, offered)
    way = next((each for each in ways if each.estimator == "instrument"), None)  # a log has no mediators as columns
    if way is not None:
        question, adjusted = question.model_copy(update={"instruments": way.instruments}), set(way.given)
    halved = any(edge.halved for edge in graph.learnt)

    def ready(table: AnalysisTable) -> AnalysisTable:
        kept = table.keep(adjusted)
        return _other_half(kept) if halved else kept

    asked = without_covariates(question) if bare else question
    reads = asked.history_state and EVENT_ORDER not in question.unmeasured
    states = learn_states(log, question) if reads else None
    table = ready(build(log, asked, states))
    if lost := (set(table.without_columns) - set(question.unmeasured)) & set(graph.names):
        graph = _without(graph, lost, drawn=question.graph_id is not None)
        found = identify(graph)
    return StudyInputs(
        title=sentence(question),
        table=table,
        wide=table,
        placebos=lambda: _log_placebos(log, question, states, ready),
        graph=graph,
        identification=found,
        unidentified=_not_told_apart(question) or unadjusted(found, graph, question.unmeasured),
        truth=matching_truth(log.manifest.get("truth"), question),
        notes=(
            *([GRAPH_DECIDES] if question.covariates is not None and question.graph_id is not None else []),
            *left_out(offered, adjusted, question.unmeasured),
            *learnt(graph),
            *([way.sentence] if way else []),
        ),
        headlines=_headlines(question),
        again=lambda changes: ready(build_with(log, question, states, **changes)),
        log=log,
        question=question,
        states=states,
    )


def _log_placebos(
    log: Log,
    question: CausalQuestion,
    states: HistoryStates | None,
    ready: Callable[[AnalysisTable], AnalysisTable],
) -> Placebos:
    """The outcome before time zero, a time zero before the treatment, an outcome that the treatment cannot change."""
    asked, others = question, {"outcome_measure": unnamed(question.outcome_measure).plain()}
    if question.placebo_outcome is not None:
        asked = CausalQuestion.read({**question.plain(), "outcome": question.placebo_outcome, **others})
    makers: dict[str, Callable[[], AnalysisTable]] = {
        "placebo_outcome": lambda: build_placebo(log, asked, states),
        "placebo_time": lambda: build_placebo_time(log, question, states),
    }
    if question.negative_control is not None:
        other = question.negative_control
        makers["negative_control"] = lambda: build_with(log, question, states, outcome=other, **others)
    tables: dict[str, AnalysisTable] = {}
    notes = []
    for name, make in makers.items():
        try:
            tables[name] = ready(make())
        except (BadSpec, NotEnoughData) as error:
            notes.append(f"No {name.replace('_', ' ')}. {error}")
    return Placebos(tables, tuple(notes))


def _without(graph: CausalGraph, lost: set[str], *, drawn: bool) -> CausalGraph:
    """The graph once a study knows which nodes no column can stand for: the template never meant an id as a cause; what
    an analyst drew is unmeasured."""
    treatment, outcome = graph.question()
    if drawn:
        return graph.asked(treatment, outcome, [*graph.having("unmeasured"), *lost])
    nodes = tuple(node for node in graph.nodes if node.name not in lost)
    return CausalGraph(nodes, tuple(edge for edge in graph.edges if not lost & set(edge)), graph.learnt)


def _headlines(question: CausalQuestion) -> tuple[str, ...]:
    """What the question's own words call for, before the most robust of all."""
    return (
        *(("instrument",) if question.instruments else ()),
        *(("raw",) if isinstance(question.design, BeforeAfter) else ()),
        *(("clone_censor_weight",) if question.uptake == "clone_censor_weight" else ()),
        *(("per_protocol",) if question.contrast == "per_protocol" else ()),
        *(("survival",) if isinstance(question.outcome_measure, TimeTo) else ()),
    )


def _not_told_apart(question: CausalQuestion) -> str | None:
    if isinstance(question.design, BeforeAfter):
        return "Before and after: whatever else changed at that time is not told apart from the treatment."
    if isinstance(question.treatment_measure, InSegment):
        return "Being in a segment has no moment of its own, so what led to it is not told from what it led to."
    return None


def matching_truth(truth: Any, question: CausalQuestion) -> dict[str, Any] | None:
    """What a simulated log knows of this question's answer: None unless it asks for the same number."""
    if not isinstance(truth, Mapping) or not truth.get("question"):
        return None
    known, asked = (
        {**each.plain(), "outcome_measure": unnamed(each.outcome_measure).plain()}
        for each in (CausalQuestion.read(truth["question"]), question)
    )
    return dict(truth) if all(known[name] == asked[name] for name in SAME_QUESTION) else None


def asked_graph(
    graph: CausalGraph, treatment: str, outcome: str, measured: Iterable[str], unmeasured: Iterable[str]
) -> CausalGraph:
    """The drawn graph asked this question; nodes that no column holds are unmeasured."""
    held = {*measured, treatment, outcome}
    hidden = [name for name in graph.names if name not in held or name in set(unmeasured)]
    return graph.asked(treatment, outcome, hidden)


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


def learnt(graph: CausalGraph) -> tuple[str, ...]:
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


def unadjusted(found: Identification, graph: CausalGraph, unmeasured: Iterable[str]) -> str | None:
    if not found.adjustable:  # a front door or an instrument may do, but a study estimates by adjustment
        return found.unadjusted
    unknown = [name for name in unmeasured if name not in graph.names]
    if unknown:
        return f"Unmeasured and not in the causal graph: {', '.join(unknown)}; draw what it causes."
    return None


def left_out(offered: Iterable[str], adjusted: set[str], unmeasured: Iterable[str]) -> tuple[str, ...]:
    names = [name for name in offered if name not in adjusted and name not in set(unmeasured)]
    return (f"Measured but not adjusted for: {', '.join(map(called, names))}.",) if names else ()
