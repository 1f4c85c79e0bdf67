"""One question after another: does identification say what brute force finds? Raises AssertionError with the question."""

from collections.abc import Iterable

import numpy as np

from core.graphs.identification.answer import Identification
from core.graphs.identification.estimand import Estimand
from core.graphs.identification.general_id import identify_jointly
from core.graphs.identification.identify import SETS_AT_MOST, identify
from tests.graphs.brute_force import NAMES, Small, regressed

CLOSE = 1e-9


def check_agreement(small: Small, rng: np.random.Generator) -> None:
    """Every part of the answer against the definitions and a random linear model."""
    graph = small.drawn()
    found = identify(graph)
    if small.selected & ~small.allowed:
        assert found.strategy == "none" and "selected on" in found.sentence, small
        return
    if small.upside_down:
        assert found.strategy == "none" and "comes before" in found.sentence, small
        return
    if not small.selected:
        general = identify_jointly(graph, [found.outcome], [found.treatment])
        assert found.identifiable == isinstance(general, Estimand), small
    _check_backdoor(small, found)
    _check_front_door(small, found, rng)
    _check_instruments(small, found, rng)
    _check_remedies(small, found)
    _check_precision(small, found, rng)
    _check_direct_effect(small, found, rng)


def _bits(names: Iterable[str]) -> int:
    return sum(1 << NAMES.index(name) for name in names)


def _minimal(sets: set[int]) -> set[int]:
    return {one for one in sets if not any(other != one and not other & ~one for other in sets)}


def _check_backdoor(small: Small, found: Identification) -> None:
    valid = small.backdoor_sets()
    assert found.adjustable == bool(valid), small
    assert {_bits(names) for names in found.adjustment_sets} == _minimal(valid), small
    assert found.all_sets_listed == (len(_minimal(valid)) <= SETS_AT_MOST), small
    assert not valid or _bits(found.adjustment_set) in valid, small
    assert not {bad.name for bad in found.bad_controls} & set(found.adjustment_set), small
    for bad in found.bad_controls:
        ends = bad.path.split(" ")
        for one, way, other in zip(ends[::2], ends[1::2], ends[2::2], strict=False):
            edge = (one, other) if way == "→" else (other, one)
            assert (NAMES.index(edge[0]), NAMES.index(edge[1])) in small.edges and bad.name in ends, (small, bad)
        if "common effect" in bad.why or "carries" in bad.why:
            assert {ends[0], ends[-1]} == {found.treatment, found.outcome}, (small, bad)
    if not valid:
        path = tuple(NAMES.index(name) for name in found.open_path.split(" ") if name in NAMES)
        assert (path[1], path[0]) in small.edges and small.is_open(path, _bits(found.adjustment_set)), small


def _check_front_door(small: Small, found: Identification, rng: np.random.Generator) -> None:
    sets = _minimal(small.front_door_sets()) if small.has_effect else set()
    assert {_bits(names) for names in found.front_door} == sets, small
    if not found.adjustable and sets:
        assert found.strategy == "frontdoor" and found.identifiable, small
    _, covariance, truth = _linear(small, rng)
    for names in found.front_door:
        carriers = [NAMES.index(name) for name in names]
        moved = [regressed(covariance, place, [small.treatment], small.selected)[0][0] for place in carriers]
        given = small.selected | 1 << small.treatment
        assert np.isclose(moved @ regressed(covariance, small.outcome, carriers, given)[0], truth, atol=1e-8), small


def _linear(small: Small, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """(arrow strengths, covariance, total effect) of a random linear model."""
    strengths, covariance = small.covariance(rng)
    total = np.linalg.inv(np.eye(small.nodes) - strengths)
    return strengths, covariance, float(total[small.treatment, small.outcome])


def _check_instruments(small: Small, found: Identification, rng: np.random.Generator) -> None:
    known = small.instruments() if small.has_effect else {}
    assert bool(found.instruments) == bool(known), small
    for each in found.instruments:
        node, given = NAMES.index(each.name), _bits(each.given)
        assert given in known[node], small
        _, covariance, truth = _linear(small, rng)
        on_outcome, on_treatment = (
            regressed(covariance, end, [node], given)[0][0] for end in (small.outcome, small.treatment)
        )
        assert np.isclose(on_outcome / on_treatment, truth, atol=1e-7), small
    ancestral = {
        node
        for node, sets in known.items()
        if any(not given & ~_above(small, 1 << node | 1 << small.outcome | small.selected) for given in sets)
    }
    assert {NAMES.index(each.name) for each in found.instruments} == ancestral, small


def _above(small: Small, nodes: int) -> int:
    return sum(1 << place for place in range(small.nodes) if small.below[place] & nodes)


def _check_remedies(small: Small, found: Identification) -> None:
    if found.adjustable:
        assert not found.remedies, small
        return
    early = small.hidden & ~small.below[small.treatment]
    helping = {
        more for more in range(1 << small.nodes) if not more & ~early and small.backdoor_sets(small.allowed | more)
    }
    told = {_bits(each["names"]) for each in found.remedies if each["kind"] == "measure"}
    assert told == {one for one in _minimal(helping) if one.bit_count() <= 2}, small
    late = small.below[small.treatment] | 1 << small.outcome
    enough = {edge for edge in small.edges if not late >> edge[0] & 1 and small.less(edge).backdoor_sets()}
    arrows = [each for each in found.remedies if each["kind"] == "no_edge"]
    named = {(NAMES.index(each["source"]), NAMES.index(each["target"])) for each in arrows}
    assert named == enough if small.nodes < 6 else named <= enough, small


def _check_precision(small: Small, found: Identification, rng: np.random.Generator) -> None:
    """In every linear model the optimal set has the smallest variance; where none is named, none has it in all."""
    if not (found.adjustable and small.has_effect):
        assert found.optimal_set is None, small
        return
    valid = small.backdoor_sets()
    lean = _minimal(valid)
    winners = set(valid)
    for draws in range(500):
        _, covariance = small.covariance(rng)
        spread = {given: regressed(covariance, small.outcome, [small.treatment], given)[1] for given in valid}
        best = min(spread.values())
        winners &= {given for given, size in spread.items() if size <= best * (1 + CLOSE)}
        if found.optimal_set is not None:
            assert _bits(found.optimal_set) in winners, small
        else:
            named = found.optimal.removesuffix(".").rsplit(" it is ", 1)[1]
            one = (
                small.selected
                if named == "the empty one"
                else small.selected | _bits(named.replace(" and ", ", ").split(", "))
            )
            assert spread[one] <= min(spread[each] for each in lean) * (1 + CLOSE), small
        if draws >= 2 and (found.optimal_set is not None or not winners):
            break
    assert found.optimal_set is not None or not winners, small


def _check_direct_effect(small: Small, found: Identification, rng: np.random.Generator) -> None:
    """Adjusting so gives the coefficients of treatment and mediators with both set, and no set does where none is told."""
    if found.direct_effect is None or found.direct_effect.strategy == "no_effect":
        return
    causes = [small.treatment, *(NAMES.index(name) for name in found.direct_effect.mediators)]
    taken = sum(1 << place for place in causes) | 1 << small.outcome | small.hidden
    models = [small.covariance(rng) for _ in range(2)]

    def right(given: int) -> bool:
        for strengths, covariance in models:
            cut = strengths.copy()
            cut[:, causes] = 0
            truth = np.linalg.inv(np.eye(small.nodes) - cut)[causes, small.outcome]
            if not np.allclose(regressed(covariance, small.outcome, causes, given)[0], truth, atol=1e-8):
                return False
        return True

    if found.direct_effect.adjustment_set is not None:
        assert right(_bits(found.direct_effect.adjustment_set)), small
    else:
        free = (given | small.selected for given in range(1 << small.nodes) if not given & taken)
        assert not any(right(given) for given in free), small
