"""The check of a graph: its claims, its edges, the shuffled graphs, the verdict. The procedure of a run."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import BadSpec
from core.events.features.listing import offered_features
from core.graphs.bayes_net.answers import Network, answer, network_answers
from core.graphs.causal_graph import CausalGraph, read_plain
from core.graphs.check.claims import Judged, Strictness, judge_claims, judge_edges
from core.graphs.check.falsify import Falsification, falsify
from core.graphs.check.implied import Implied, implied_by, in_order
from core.graphs.check.matched import Matched, matched, measured_of
from core.graphs.check.moments import BatchTester
from core.graphs.check.repair import best_change
from core.graphs.check.residuals import RowTester
from core.graphs.check.spec import CheckSpec
from core.graphs.check.verdict import contradictions, verdict
from core.graphs.sem.model import linear_model
from core.graphs.sources import VariablesSpec, load_variables
from core.graphs.sufficient import embed, refuse_collinear
from core.graphs.user_variables import LATER
from core.storage.engine import Log, open_log, read_table
from core.storage.runs import Run
from core.storage.workspace import Workspace

Progress = Callable[[float, str], None]


def work(run: Run) -> dict[str, Any]:
    """The job: run.spec is a CheckSpec; returns the check as JSON-ready values."""
    spec = CheckSpec.read(run.spec)
    graph = read_plain(spec.graph)
    run.progress(0.02, "Reading the variables")
    log = open_log(run.workspace, run.log_id or "", run.version_id) if spec.data.needs_log else None
    try:
        brought = bring(run.workspace, graph, spec, log)
    finally:
        if log is not None:
            log.close()
    found = check_graph(brought, spec, progress=run.progress)
    return {"run_id": run.run_id, "log_id": run.log_id, "version_id": run.version_id, **found}


def bring(workspace: Workspace, graph: CausalGraph, spec: CheckSpec, log: Log | None) -> Matched:
    """The graph with the variables it names: of a table only these columns, of users only these features and events.

    Raises BadFile, BadSpec and NotEnoughData as the source does, and BadSpec where graph and data do not meet.
    """
    if spec.data.table is None:
        table, _ = load_variables(workspace, _named_by(graph, spec.data, workspace, log), log)
        return matched(graph, table, table.names)
    frame = read_table(workspace, Path(spec.data.table))
    held = [str(column) for column in frame.columns if str(column) != spec.data.cluster]
    allowed = held if spec.data.columns is None else spec.data.columns
    columns = [name for name in allowed if name not in spec.data.leave_out]
    used = tuple(name for name in measured_of(graph, columns))
    table, _ = load_variables(workspace, spec.data.model_copy(update={"columns": used, "leave_out": ()}))
    return matched(graph, table, columns)


def _named_by(graph: CausalGraph, data: VariablesSpec, workspace: Workspace, log: Log | None) -> VariablesSpec:
    """Of users the features and later events that nodes are named after, where none were asked for."""
    if data.users is None or log is None:
        return data
    offered = {name for name, _ in offered_features(workspace, log)}
    named = {
        "features": tuple(name for name in graph.names if name in offered),
        "later": tuple(name.removesuffix(LATER) for name in graph.names if name.endswith(LATER)),
    }
    missing = {name: names for name, names in named.items() if names and getattr(data.users, name) is None}
    return data.model_copy(update={"users": data.users.model_copy(update=missing)})


def check_graph(
    brought: Matched, spec: CheckSpec, *, progress: Progress = lambda share, message: None
) -> dict[str, Any]:
    """Test every claim and every edge, compare with shuffled graphs, and judge.

    Raises BadSpec for variables that follow exactly from others, NotEnoughData for fewer units than variables.
    """
    graph, table = brought.graph, brought.table
    progress(0.1, "Computing second moments")
    embedded = embed(table)
    refuse_collinear(table)
    judge = _Judge(table.names, RowTester(table, embedded), spec)
    tester = BatchTester(embedded.moments())
    progress(0.15, "Listing what the graph claims")
    implied = judge.implied(graph)
    claims = judge.claims(graph, implied, lambda share: progress(0.2 + 0.3 * share, "Testing what the graph claims"))
    edges = judge_edges(graph, table.names, judge.rows, judge.strict)
    falsification = Falsification(None, "Not compared with shuffled graphs.", len(claims))
    if spec.shuffles:
        falsification = falsify(
            implied, table.names, tester, floor=spec.floor, times=spec.shuffles, seed=spec.seed,
            progress=lambda share: progress(0.5 + 0.2 * share, "Comparing with shuffled graphs"),
        )  # fmt: skip
    worst, change = contradictions(claims), None
    if worst:
        progress(0.7, "Looking for a change that mends it")
        change = best_change(
            graph, worst, table.names, tester, judge.contradicted, floor=spec.floor, test_roots=spec.test_roots
        )
    sem = None
    if spec.draws:
        sem = linear_model(
            graph, table, embed(table, ranks=False), implied, draws=spec.draws, seed=spec.seed,
            progress=lambda share: progress(0.72 + 0.14 * share, "Fitting the linear model"),
        )  # fmt: skip
    tables = _tables(brought, implied, spec, progress) if spec.draws else None
    passed, sentence = verdict(implied, claims, edges, falsification, change.sentence if change else "")
    return {
        "passed": passed,
        "sentence": sentence,
        "first": worst[0].plain() if worst else None,
        "change": change.plain() if change else None,
        "implications": [claim.plain() for claim in claims],
        "edges": [_edge(edge.plain()) for edge in edges],
        "falsification": falsification.plain(),
        "sem": sem,
        "tables": tables,
        "untestable": len(implied.untestable),
        "untestable_pairs": [list(pair) for pair in implied.untestable],
        "free_pairs": [list(pair) for pair in implied.free],
        "graph": graph.plain(),
        "spec": spec.plain(),
        "population": table.population,
        "rows": table.rows,
        "units": embedded.units,
        "notes": [*brought.notes, *table.notes],
    }


class _Judge:
    """The same tests for the graph and for changes of it; what was taken out of a variable once is kept."""

    def __init__(self, names: Sequence[str], rows: RowTester, spec: CheckSpec) -> None:
        self.rows, self.strict = rows, Strictness(spec.floor, spec.false_share)
        self._names, self._test_roots = names, spec.test_roots

    def implied(self, graph: CausalGraph) -> Implied:
        return implied_by(graph, self._names, test_roots=self._test_roots)

    def claims(
        self, graph: CausalGraph, implied: Implied, progress: Callable[[float], None] = lambda share: None
    ) -> tuple[Judged, ...]:
        return judge_claims(graph, implied.implications, self._names, self.rows, self.strict, progress)

    def contradicted(self, graph: CausalGraph) -> int:
        """How many claims of a graph the data contradict."""
        return len(contradictions(self.claims(graph, self.implied(graph))))


def _tables(brought: Matched, implied: Implied, spec: CheckSpec, progress: Progress) -> dict[str, Any]:
    """The network's answers about the outcome, and the ones that were asked for by name."""
    network = Network(
        brought.graph, brought.table, implied, bins=spec.bins, draws=spec.draws, prior=spec.prior, seed=spec.seed
    )
    last = [name for name in in_order(brought.graph) if name in network.levels][-1]
    outcome = spec.outcome or brought.graph.outcome or last
    found = network_answers(
        network, outcome, lambda share: progress(0.86 + 0.13 * share, "Asking what to observe and to set would mean")
    )
    asked = None
    if spec.observe or spec.hold:
        asked = {"observe": spec.observe, "set": spec.hold, **answer(network, outcome, spec.observe, spec.hold)}
        if asked["refused"]:
            raise BadSpec(asked["refused"])
    return {**found, "asked": asked, "bins": spec.bins, "prior": spec.prior}


def _edge(judged: dict[str, Any]) -> dict[str, Any]:
    """An edge's ends have names of their own."""
    judged.pop("gain")
    return {"source": judged.pop("one"), "target": judged.pop("other"), **judged}
