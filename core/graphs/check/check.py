"""The check of a graph: its claims, its edges, the shuffled graphs, the verdict. The procedure of a run."""

from collections.abc import Callable, Sequence
from typing import Any

from core.errors import BadSpec
from core.graphs.bayes_net.answers import Network, answer, network_answers
from core.graphs.brought import bring
from core.graphs.causal_graph import CausalGraph, read_plain
from core.graphs.check.claims import Judged, Strictness, judge_claims, judge_edges
from core.graphs.check.falsify import Falsification, falsify
from core.graphs.check.implied import Implied, implied_by, in_order
from core.graphs.check.moments import BatchTester
from core.graphs.check.repair import best_change
from core.graphs.check.residuals import RowTester
from core.graphs.check.spec import CheckSpec
from core.graphs.check.verdict import contradictions, verdict
from core.graphs.matched import Matched
from core.graphs.sem.model import linear_model
from core.graphs.sources import log_of
from core.graphs.sufficient import embed, refuse_collinear
from core.storage.runs import Run

Progress = Callable[[float, str], None]


def work(run: Run) -> dict[str, Any]:
    """The job: run.spec is a CheckSpec; returns the check as JSON-ready values."""
    spec = CheckSpec.read(run.spec)
    graph = read_plain(spec.graph)
    run.progress(0.02, "Reading the variables")
    with log_of(run, needed=spec.data.needs_log) as log:
        brought = bring(run.workspace, graph, spec.data, log)
    found = check_graph(brought, spec, progress=run.progress)
    return {"run_id": run.run_id, "log_id": run.log_id, "version_id": run.version_id, **found}


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
