"""Bad controls: measured nodes that adjusting for would harm, each with the path that it would block or open."""

from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.answer import BadControl
from core.graphs.identification.reach import members
from core.graphs.identification.roles import Roles


def bad_controls(search: Adjustment, roles: Roles, used: int, *, biased: bool) -> tuple[BadControl, ...]:
    """Those outside the adjustment that is used, in the order of the graph. biased: whether that leaves a path open."""
    passed = used | search.selected | search.hidden | search.treatment | search.outcome
    everything = (1 << len(search.arrows.names)) - 1
    start, end = search.treatment.bit_length() - 1, search.outcome.bit_length() - 1
    meeting = roles.colliders | sum(1 << place for place in roles.opening)
    treatment, arrows = search.arrows.names[start], search.arrows
    from_treatment, to_treatment = arrows.ways(start), arrows.ways(start, back=True)
    to_outcome, from_outcome = arrows.ways(end, back=True), arrows.walk(search.outcome, search.treatment)

    def judged(place: int) -> BadControl | None:
        name, here = arrows.names[place], 1 << place
        if roles.mediators & here:
            path = (*from_treatment.to(place), *reversed(to_outcome.to(place)[:-1]))
            why = f"{name} carries part of the effect; adjusting for it would take that away."
            return BadControl(name, why, arrows.drawn(path))
        if meeting & here:
            if search.later & here:
                path = (*from_treatment.to(place), *reversed(from_outcome.to(place)[:-1]))
            else:
                path = roles.opening[place].path(place)
            why = f"{name} stems from a common effect; adjusting for it opens a path."
            return BadControl(name, why, arrows.drawn(path))
        if search.later & here:
            why = f"{name} comes after {treatment}; adjusting for it can hide its effect."
            return BadControl(name, why, arrows.drawn(from_treatment.to(place)))
        if roles.instruments & here:
            harm = "makes the bias larger" if biased else "widens the interval"
            why = f"{name} moves only {treatment}; adjusting for it {harm}."
            return BadControl(name, why, arrows.drawn(tuple(reversed(to_treatment.to(place)))))
        return None

    found = [judged(place) for place in members(everything & ~passed)]
    return tuple(bad for bad in found if bad is not None)
