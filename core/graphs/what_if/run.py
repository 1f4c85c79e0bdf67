"""The job: bring data and graph together, refuse what the graph cannot answer, ask the model."""

from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np

from core.errors import BadSpec
from core.graphs.brought import bring
from core.graphs.causal_graph import CausalGraph, read_plain
from core.graphs.identification.projection import projected
from core.graphs.matched import Matched
from core.graphs.sources import log_of
from core.graphs.what_if.answers import Ask, look_back, set_nodes
from core.graphs.what_if.change import attribute_change
from core.graphs.what_if.spec import WhatIfSpec
from core.graphs.what_if.spread import refuse_groups, spread
from core.storage.runs import Run

ANSWERS = {"set": set_nodes, "look_back": look_back}
BASIS = {
    "set": "a fitted structural causal model: right as far as graph and mechanisms are",
    "look_back": "a fitted model with additive noise: what would have been for these units, which no data can confirm",
    "change": "Shapley values over the mechanisms of a fitted model; they add up to the change",
}


def work(run: Run) -> dict[str, Any]:
    """The procedure: the run's spec is a WhatIfSpec."""
    spec = WhatIfSpec.read(run.spec)
    graph = read_plain(spec.graph)
    run.progress(0.02, "Reading the data")
    with log_of(run, needed=spec.data.needs_log) as log:
        brought = [bring(run.workspace, graph, data, log) for data in (spec.data, spec.later) if data is not None]
    return {"log_id": run.log_id, "version_id": run.version_id, **what_if(brought, spec, run.progress)}


def what_if(brought: list[Matched], spec: WhatIfSpec, progress: Any) -> dict[str, Any]:
    """The answer, with whom it is about and what was left out; raises BadSpec where the graph cannot give one."""
    outcome = spec.outcome or brought[0].graph.outcome
    if outcome is None:
        raise BadSpec("The graph marks no outcome; name one.")
    refuse_groups(brought[0], (outcome, *spec.hold, *(spec.versus or {})))
    ready = [spread(_capped(each, spec)) for each in brought]
    first = ready[0]
    measured = _measured(first.graph, first.table.names, outcome)
    if spec.ask == "change":
        found = attribute_change(
            measured, first.table.only(measured), ready[1].table.only(measured), outcome,
            draws=spec.draws, seed=spec.seed, progress=progress,
        )  # fmt: skip
    else:
        if outcome in spec.hold:
            raise BadSpec(f"'{outcome}' is the outcome; set a cause of it.")
        hold = {name: value for name, value in spec.hold.items() if name in measured}
        idle = [name for name in spec.hold if name not in measured]
        if idle:
            raise BadSpec(
                f"The graph has no path of arrows from {idle[0]} to {outcome}, so setting it changes nothing."
            )
        ask = Ask(measured, first.table.only(measured), outcome, hold, spec.versus, spec.draws, spec.seed)
        found = ANSWERS[spec.ask](ask, progress)
    return {
        "ask": spec.ask, "hold": spec.hold, "against": spec.versus, **found, "basis": BASIS[spec.ask],
        "rows": [each.table.rows for each in ready], "population": [each.table.population for each in ready],
        "notes": list(dict.fromkeys(note for each in ready for note in (*each.notes, *each.table.notes))),
        "graph": brought[0].graph.plain(), "spec": spec.plain(),
    }  # fmt: skip


def _capped(brought: Matched, spec: WhatIfSpec) -> Matched:
    """At most `rows` rows, drawn by the seed, and said."""
    table = brought.table
    if table.rows <= spec.rows:
        return brought
    chosen = np.sort(np.random.default_rng(spec.seed).choice(table.rows, spec.rows, replace=False))
    drawn = table.take(chosen)
    if drawn.clusters is not None:
        drawn = replace(drawn, clusters=np.unique(drawn.clusters, return_inverse=True)[1].astype(np.int64))
    note = f"The model is fitted on {spec.rows:,} of {table.rows:,} rows, drawn at random."
    return replace(brought, table=drawn, notes=(*brought.notes, note))


def _measured(graph: CausalGraph, names: tuple[str, ...], outcome: str) -> "nx.DiGraph[str]":
    """The arrows among what moves the outcome, hidden nodes passed over; raises BadSpec where a hidden cause is shared.

    A fitted model takes what a hidden common cause does for the effect of one of its effects.
    """
    hidden = [name for name in graph.names if name not in names]
    mixed, shared = projected(graph.directed(), hidden)
    arrows: nx.DiGraph[str] = nx.DiGraph()
    arrows.add_nodes_from(mixed.names)
    for place, name in enumerate(mixed.names):
        arrows.add_edges_from((parent, name) for parent in mixed.listed(mixed.parents[place]))
    used = {outcome} | nx.ancestors(arrows, outcome)
    for pair, causes in shared.items():
        one, other = sorted(pair)
        if pair <= used:
            raise BadSpec(
                f"{one} and {other} share the unmeasured cause {next(iter(causes))}, and a fitted model would take "
                "what it does for theirs; measure it, or use an estimator that the identification allows."
            )
    return arrows.subgraph(used).copy()
