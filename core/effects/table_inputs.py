"""From a ready table and what its columns are to what a study works on."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd

from core.effects.by_strategy import structural_estimators
from core.effects.own_columns import Roles
from core.effects.own_table import own_table
from core.effects.study_inputs import GRAPH_DECIDES, Placebos, StudyInputs, asked_graph, learnt, left_out, unadjusted
from core.effects.study_spec import StudySpec
from core.effects.table import AnalysisTable
from core.errors import BadSpec, NotEnoughData
from core.events.reading.ready_tables import read_table
from core.graphs.causal_graph import CausalGraph, Node, read_plain
from core.graphs.halves import in_half
from core.graphs.identification.identify import identify
from core.graphs.tiers import AFTER, BEFORE, TREATMENT, graph_from_tiers
from core.near import near
from core.storage.workspace import Workspace

ROW_INDEX: Final = re.compile(r"__index_level_\d+__|Unnamed: \d+|column0+")  # names pandas and DuckDB give a row index


def inputs_from_table(workspace: Workspace, spec: StudySpec) -> StudyInputs:
    """Read a ready table. Without a graph every covariate may be a common cause (none is, in an experiment)."""
    read = read_table(workspace, Path(spec.table or ""))
    frame, numbered = _without_row_numbers(read.frame, spec)
    treatment, outcome = spec.treatment or "", spec.outcome or ""
    columns = [str(column) for column in frame.columns]
    drawn = None if spec.graph is None else read_plain(spec.graph)
    if drawn is not None and any(edge.halved for edge in drawn.learnt):
        together = frame[spec.cluster] if spec.cluster in columns else frame.index
        frame = frame[in_half(together, "estimation")].reset_index(drop=True)
    roles = Roles.of(spec)
    table = own_table(
        frame, treatment=treatment, outcome=outcome, covariates=spec.covariates, cluster=spec.cluster, roles=roles,
        also=() if drawn is None else drawn.names,
    )  # fmt: skip
    offered = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    if drawn is not None:
        graph = asked_graph(drawn, treatment, outcome, columns, table.without_columns)
    elif spec.randomised:
        graph = _randomised_graph(offered, treatment, outcome)
    else:
        graph = graph_from_tiers([(name, name) for name in offered], treatment, outcome)
    found = identify(graph)
    adjusted = set(found.adjustment_set) & set(columns)
    ways = () if found.adjustable or drawn is None else structural_estimators(found, columns)
    if ways:  # what the graph allows instead of an adjustment
        adjusted = set(ways[0].given)
        table = own_table(
            frame, treatment=treatment, outcome=outcome, covariates=ways[0].given, cluster=spec.cluster,
            roles=replace(roles, instruments=ways[0].instruments, mediators=ways[0].mediators),
        )  # fmt: skip
    kept = table.keep(adjusted)
    placebos = _placebos(frame, spec, kept)  # at once: what they cannot be is said before anything is estimated
    return StudyInputs(
        title=f"Does {treatment}, compared with {spec.control or _comparison(table)}, change {outcome}?",
        table=kept,
        wide=table if spec.randomised else kept,
        placebos=lambda: placebos,
        graph=graph,
        identification=found,
        unidentified=unadjusted(found, graph, ()),
        notes=(
            *read.notes,
            *numbered,
            *([GRAPH_DECIDES] if drawn is not None and spec.covariates is not None else []),
            *left_out(offered, adjusted, ()),
            *learnt(graph),
            *(way.sentence for way in ways[:1]),
        ),
        headlines=(*(way.estimator for way in ways[:1]), *_headlines(spec)),
    )


def _without_row_numbers(frame: pd.DataFrame, spec: StudySpec) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Drop what a program wrote to count rows: as a covariate it would tell the arms apart by their place in the file.

    A column that the analyst named stays.
    """
    named = {
        spec.treatment, spec.outcome, spec.cluster, spec.placebo_outcome, spec.negative_control, spec.running,
        spec.follow_up, spec.weights, *spec.instruments, *spec.mediators, *(spec.covariates or ()),
    }  # fmt: skip
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


def _placebos(frame: pd.DataFrame, spec: StudySpec, table: AnalysisTable) -> Placebos:
    """The headline's covariates with another column as the outcome: one from before, one that cannot be changed.

    Raises BadSpec for a column that cannot be one; one with too few rows is left out, with a note.
    """
    named = {"placebo_outcome": spec.placebo_outcome, "negative_control": spec.negative_control}
    tables: dict[str, AnalysisTable] = {}
    notes: list[str] = []
    for role, name in named.items():
        called = role.replace("_", " ")
        if name is None:
            continue
        if name not in frame.columns:
            columns = [str(column)[:60] for column in frame.columns]
            raise BadSpec(f"The table has no column '{name}' to be the {called}; {near(name, columns, 20)}.")
        kept = [group for group in dict.fromkeys(each.group for each in table.covariates) if group != name]
        try:
            tables[role] = own_table(
                frame, treatment=spec.treatment or "", outcome=name, covariates=kept, cluster=spec.cluster,
                roles=Roles.of(spec).for_other_outcome(), called=called,
            )  # fmt: skip
        except NotEnoughData as error:
            notes.append(f"No {called} '{name}'. {error}")
    return Placebos(tables, tuple(notes))


def _comparison(table: AnalysisTable) -> str:
    return {"binary": "none", "dose": "less of it", "arms": table.arms[0] if table.arms else "none"}[
        table.treatment_kind
    ]


def _headlines(spec: StudySpec) -> tuple[str, ...]:
    """What the columns that were named call for, before the most robust of all."""
    return (
        *(("discontinuity",) if spec.running else ()),
        *(("instrument",) if spec.instruments else ()),
        *(("survival",) if spec.follow_up else ()),
    )


def _randomised_graph(names: list[str], treatment: str, outcome: str) -> CausalGraph:
    nodes = (
        *(Node(name, (), BEFORE) for name in names),
        Node(treatment, ("treatment", "randomised"), TREATMENT),
        Node(outcome, ("outcome",), AFTER),
    )
    return CausalGraph(nodes, (*((name, outcome) for name in names), (treatment, outcome)))
