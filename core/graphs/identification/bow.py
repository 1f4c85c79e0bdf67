"""The commonest hedge, found at once: a cause and what it acts on share an unmeasured cause.

Where treatment X acts on C by an arrow, C causes the outcome past all treatments and an unmeasured node causes both X
and C, then {X, C} and {C} are a hedge (Shpitser, Pearl 2006, theorem 4), and no expression of the effect exists. The
general algorithm says the same, after a search that takes long where many unmeasured nodes cause much.
"""

from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.estimand import Hedge
from core.graphs.identification.reach import members


def bow(search: Adjustment, treatments: int) -> Hedge | None:
    """Such a pair, for the joint effect of the treatments (a set); None if there is none, or if nodes are selected."""
    arrows = search.arrows
    if search.selected:
        return None
    acting = arrows.without(entering=treatments).above(search.outcome) & ~(treatments | search.hidden)
    for place in members(treatments):
        for child in members(arrows.children[place] & acting):
            shared = arrows.parents[place] & arrows.parents[child] & search.hidden
            if shared:
                cause, effect = arrows.names[place], arrows.names[child]
                return Hedge((cause, effect), (effect,), (cause, effect), arrows.named(shared)[:1])
    return None
