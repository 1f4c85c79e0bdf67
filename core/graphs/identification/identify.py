"""Identification: can the effect be told from data at all under this graph, and how?

Asked in this order: adjustment (the back-door criterion, which for one treatment is complete for adjustment), a front
door, the general ID algorithm, an instrument. The first that works is the strategy; adjustment is what a study can
estimate by, so what stands in its way is always said.
"""

from typing import Final

from core.graphs.causal_graph import CausalGraph
from core.graphs.identification import sentences
from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.answer import Identification
from core.graphs.identification.bad_controls import bad_controls
from core.graphs.identification.bow import bow
from core.graphs.identification.effects_by_path import direct_effect, mediation
from core.graphs.identification.estimand import Estimand, Hedge, LateSelection
from core.graphs.identification.front_door import front_door_sets
from core.graphs.identification.general_id import identify_jointly
from core.graphs.identification.instruments import find_instruments
from core.graphs.identification.optimal import most_precise
from core.graphs.identification.remedies import remedies
from core.graphs.identification.roles import Roles

SETS_AT_MOST: Final = 10
OF_INSTRUMENTS: Final = (
    "linear: the treatment changes the outcome by the same amount in everybody",
    "or monotone: the instrument moves nobody's treatment the other way; it is then the effect on those whom it moves",
)


def identify(graph: CausalGraph) -> Identification:
    """Decide for the question marked in the graph; raises BadSpec if treatment or outcome is not marked."""
    search = Adjustment.of(graph)
    treatment, outcome = sentences.ends(search)
    roles, named, used = Roles(search), search.arrows.named, search.widest()
    impossible = _impossible(search)
    sets = [] if impossible else search.all_minimal(SETS_AT_MOST + 1)
    doors = [] if impossible else front_door_sets(search, SETS_AT_MOST + 1)
    instruments = () if impossible else find_instruments(search, SETS_AT_MOST + 1)
    path = () if sets or impossible else search.backdoor.walk(search.treatment, used).to(_number(search.outcome))
    helps = () if sets or impossible else remedies(search, path)
    precise = most_precise(search) if sets else None

    ways: dict[str, tuple[str, str]] = {}  # strategy -> (sentence, expression)
    refusal = "" if sets or impossible else sentences.refusal(search, path, helps, instruments)
    if sets:
        ways["backdoor"] = sentences.backdoor(search, used)
    if doors:
        ways["frontdoor"] = sentences.front_door(search, doors[0])
    general: Estimand | Hedge | LateSelection | None = None
    if search.causal and not (ways or impossible):
        general = bow(search, search.treatment) or identify_jointly(graph, [outcome], [treatment])
    if isinstance(general, Estimand):
        ways["id"] = sentences.general(search, general.text, general.uses)
    elif not ways and not impossible and not search.causal:
        ways["id"] = sentences.no_effect(search)
    if instruments:
        ways["instrument"] = (f"Not identifiable: {refusal}", sentences.instrument(search, instruments[0]))
    ways["none"] = (impossible or f"Not identifiable: {refusal}", sentences.nothing(search))
    strategy, *others = ways
    sentence, expression = ways[strategy]
    identifiable = strategy in ("backdoor", "frontdoor", "id")
    return Identification(
        treatment=treatment,
        outcome=outcome,
        identifiable=identifiable,
        strategy=strategy,
        others=tuple(others[:-1]),
        assumptions=OF_INSTRUMENTS if strategy == "instrument" else (),
        adjustment_sets=tuple(named(bits) for bits in sets[:SETS_AT_MOST]),
        adjustment_set=named(used),
        optimal_set=None if precise is None or precise.best is None else named(precise.best),
        optimal=sentences.precision(search, precise.best, precise.best_minimal) if precise else "",
        bad_controls=bad_controls(search, roles, used, biased=not sets),
        front_door=tuple(named(bits) for bits in doors[:SETS_AT_MOST]),
        instruments=instruments[:SETS_AT_MOST],
        cut_short=tuple(
            name
            for name, held in (("adjustment_sets", sets), ("front_door", doors), ("instruments", instruments))
            if len(held) > SETS_AT_MOST
        ),
        direct_effect=None if impossible else direct_effect(graph, search),
        mediation=() if impossible else mediation(search, total=identifiable),
        expression=expression,
        sentence=sentence,
        open_path=search.backdoor.drawn(path),
        unadjusted=impossible
        or (f"Not identifiable{' by adjustment' * (strategy in ('frontdoor', 'id'))}: {refusal}" if refusal else ""),
        estimand=general.plain() if isinstance(general, Estimand) else None,
        hedge=general.sentence if isinstance(general, Hedge) else "",
        remedies=helps,
        derived_roles=roles.by_name(),
    )


def _impossible(search: Adjustment) -> str:
    """Why the question cannot be asked of this graph, empty if it can."""
    if search.selected & ~search.allowed:
        return sentences.late_selection(search)
    if way := search.arrows.ways(_number(search.outcome)).to(_number(search.treatment)):
        return sentences.outcome_first(search, way)
    return ""


def _number(bit: int) -> int:
    return bit.bit_length() - 1
