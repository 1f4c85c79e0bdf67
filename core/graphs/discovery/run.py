"""Discovery as a job: load, decide on a method and say why, search, bootstrap, compare with another method."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import BadSpec, WhypathError
from core.graphs.background import known_with
from core.graphs.discovery import DISCOVERERS
from core.graphs.discovery.contract import Edge, Knowledge, Search, adjacent
from core.graphs.discovery.spec import DiscoverSpec
from core.graphs.discovery.stability import stability_of
from core.graphs.sources import Tiers, load_variables, log_of
from core.graphs.variables import tiers_of
from core.specs import choose, load_function
from core.storage.engine import Log
from core.storage.runs import Run
from core.storage.workspace import Workspace

BESIDE: Final = {"boss": "pc", "pc": "boss", "fci": "boss", "lingam": "boss"}  # the method to compare with


@dataclass(frozen=True)
class Input:
    """What the methods work on (a VariableTable, a Series or event streams), and what is known of it.

    rows: how many units, steps or events; tiers: those that the source knows.
    """

    data: Any
    names: tuple[str, ...]
    rows: int
    population: str
    notes: tuple[str, ...]
    tiers: Tiers = ()


@dataclass(frozen=True)
class Picked:
    """The method to use; reason: why it was chosen, or why another one than was asked for."""

    method: str
    reason: str
    switched: bool = False


def work(run: Run) -> dict[str, Any]:
    """The job's procedure: the run's spec is a DiscoverSpec."""
    spec = DiscoverSpec.read(run.spec)
    run.progress(0.01, "Reading the data")
    with log_of(run, needed=spec.needs_log) as log:
        given = load_input(run.workspace, spec, log)
    return {"log_id": run.log_id, "version_id": run.version_id, **discover(given, spec, run.progress)}


def load_input(workspace: Workspace, spec: DiscoverSpec, log: Log | None) -> Input:
    """Read what the spec names; raises BadFile, BadSpec, NotEnoughData."""
    if spec.variables is not None:
        table, tiers = load_variables(workspace, spec.variables, log)
        load_function("core.graphs.sufficient:refuse_collinear")(table)
        return Input(table, table.names, table.rows, table.population, table.notes, tiers)
    place = "core.graphs.discovery.series:load_series" if spec.series else "core.graphs.discovery.streams:load_streams"
    data = load_function(place)(workspace, spec.series or spec.events, log)
    return Input(data, data.names, data.rows, data.population, data.notes)


def discover(given: Input, spec: DiscoverSpec, progress: Any) -> dict[str, Any]:
    """Edges with their stability, the method and why, what another method says; JSON-ready."""
    picked = pick(given, spec)
    discoverer = choose(DISCOVERERS, picked.method, "method")
    known = known_with(knowledge_of(spec, given), spec.causal, spec.not_causal, given.names)
    knowledge = known.knowledge
    progress(0.05, f"{discoverer.title} on {given.rows:,} rows of {len(given.names)} variables")
    started = time.perf_counter()
    search = _search(picked.method, given, {} if picked.switched else spec.settings)
    edges = search.edges(knowledge)
    seconds = time.perf_counter() - started
    progress(0.1, f"{len(edges)} edges; {spec.draws} bootstrap draws follow")
    began = time.perf_counter()

    def said(done: int) -> None:
        left = (time.perf_counter() - began) / done * (spec.draws - done)
        progress(0.1 + 0.8 * done / spec.draws, f"Bootstrap draw {done} of {spec.draws}, about {left:,.0f} s left")

    stability = stability_of(search, knowledge, draws=spec.draws, seed=spec.seed, said=said)
    progress(0.92, "Comparing methods")
    plain = [stability.plain(each) for each in edges]
    others = [_beside(name, given, knowledge, edges) for name in _others(picked.method, discoverer.needs, spec)]
    return {
        "method": picked.method, "title": discoverer.title, "reason": picked.reason, "switched": picked.switched,
        "asked": spec.method, "edges": plain, "missed": stability.missed(edges) if spec.draws else [],
        "draws": spec.draws, "seed": spec.seed, "seconds": seconds, "compared": others,
        "variables": list(given.names), "tiers": [list(tier) for tier in knowledge.tiers],
        "required": sorted(map(list, knowledge.required)), "forbidden": sorted(map(list, knowledge.forbidden)),
        "rows": given.rows, "population": given.population, "notes": [*given.notes, *known.notes, *_said(search)],
        "half": spec.variables.half if spec.variables else "all", "spec": spec.plain(),
        "grade": "suggested by the data: hypotheses to check, not facts",
    }  # fmt: skip


def pick(given: Input, spec: DiscoverSpec) -> Picked:
    """The method for these data; raises NotFound for an unknown one, BadSpec for one that needs other data."""
    kind = spec.needs
    if spec.method is not None:
        discoverer = choose(DISCOVERERS, spec.method, "method")
        if discoverer.needs != kind:
            fitting = ", ".join(name for name, each in DISCOVERERS.items() if each.needs == kind)
            raise BadSpec(f"The method '{spec.method}' works on {discoverer.needs}, not on {kind}; choose {fitting}.")
    if kind == "table":
        found = load_function("core.graphs.discovery.choose:choose_method")(given.data, spec.method, spec.hidden)
        return Picked(found.method, found.reason, spec.method is not None and found.method != spec.method)
    if spec.method is not None:
        return Picked(spec.method, "It was asked for.")
    default = next(name for name, each in DISCOVERERS.items() if each.needs == kind)
    return Picked(default, f"The default for {kind}.")


def knowledge_of(spec: DiscoverSpec, given: Input) -> Knowledge:
    """What is known before looking, checked; raises BadSpec."""
    tiers = given.tiers if spec.tiers is None else tiers_of(spec.tiers, given.names)
    known = Knowledge(tiers, frozenset(spec.required), frozenset(spec.forbidden))
    known.check(given.names)
    return known


def expected_seconds(method: str, rows: int, columns: int, draws: int) -> float | None:
    """What a discovery will cost on one core; None where its method cannot tell."""
    discoverer = choose(DISCOVERERS, method, "method")
    if not discoverer.seconds:
        return None
    return float(load_function(discoverer.seconds)(rows, columns)) * (1 + draws)


def _search(method: str, given: Input, settings: Mapping[str, Any]) -> Search:
    discoverer = choose(DISCOVERERS, method, "method")
    if discoverer.spec is None and settings:
        raise BadSpec(f"The method '{method}' takes no settings.")
    read = discoverer.spec.read(settings) if discoverer.spec is not None else None
    search: Search = discoverer.load()(given.data, read)
    return search


def _others(method: str, needs: str, spec: DiscoverSpec) -> list[str]:
    """The methods to set beside it: those asked for, or one more of the same kind."""
    if spec.compare is not None:
        for name in spec.compare:
            if choose(DISCOVERERS, name, "method").needs != needs:
                raise BadSpec(f"The method '{name}' does not work on {needs}, so it cannot be compared here.")
        return [name for name in spec.compare if name != method]
    other = BESIDE.get(method)
    return [other] if other in DISCOVERERS and other is not None else []


def _beside(name: str, given: Input, knowledge: Knowledge, edges: Sequence[Edge]) -> dict[str, Any]:
    """What another method says, and how far the two agree on which pairs are joined."""
    title = DISCOVERERS[name].title
    try:
        found = _search(name, given, {}).edges(knowledge)
    except WhypathError as error:
        return {"method": name, "title": title, "edges": None, "agreement": None, "reason": str(error)}
    ours, theirs = adjacent(edges), adjacent(found)
    union = ours | theirs
    return {
        "method": name, "title": title, "reason": "",
        "edges": [{"source": each.source, "target": each.target, "kind": each.kind} for each in found],
        "agreement": len(ours & theirs) / len(union) if union else None,
    }  # fmt: skip


def _said(search: Search) -> tuple[str, ...]:
    """What the method has to say of itself, if anything."""
    return tuple(getattr(search, "notes", ()))
