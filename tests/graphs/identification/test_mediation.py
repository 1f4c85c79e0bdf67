"""Natural effects: the sets told give the nested counterfactual, counted draw by draw; where none are told, none would."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from core.graphs.identification.identify import identify
from tests.graphs.brute_force import NAMES, Small, small_questions, subsets
from tests.graphs.drawing import drawn
from tests.graphs.response_models import ResponseModel


def counted(model: ResponseModel, mediators: list[int]) -> float:
    """E[Y(T=1, M(T=0))]."""
    small = model.small
    without = model.world({small.treatment: 0})
    crossed = model.world({small.treatment: 1} | {place: without[place] for place in mediators})
    return model.mean(crossed[small.outcome])


def by_formula(model: ResponseModel, entries: list[int], first: int, second: int, third: int) -> float:
    """Σ_m,w [Σ_w3 E(Y | T=1, m, w, w3) P(w3 | w)] [Σ_w2 P(m | T=0, w, w2) P(w2 | w)] P(w)."""
    small, seen = model.small, model.world({})
    treated = seen[small.treatment] == 1

    def cells(nodes: int) -> Iterator[np.ndarray]:
        held = [seen[place] for place in range(small.nodes) if nodes >> place & 1]
        for values in product((0, 1), repeat=len(held)):
            yield np.all([treated | True, *(one == value for one, value in zip(held, values, strict=True))], axis=0)

    total = 0.0
    for stratum in cells(first):
        for level in cells(sum(1 << place for place in entries)):
            outcome = sum(
                model.mean(seen[small.outcome], treated & level & stratum & part) * model.mean(part, stratum)
                for part in cells(third)
            )
            share = sum(
                model.mean(level, ~treated & stratum & part) * model.mean(part, stratum) for part in cells(second)
            )
            total += outcome * share * model.mean(stratum)
    return total


def check_mediation(small: Small, rng: np.random.Generator) -> list[bool]:
    """Whether each mediation is told by adjustment; raises AssertionError if one is wrong, or refused though possible."""
    models = [ResponseModel(small, rng) for _ in range(3)]
    told = []
    for each in identify(small.drawn()).mediation if small.has_effect else ():
        mediators = [NAMES.index(name) for name in each.mediators]
        entries = [NAMES.index(name) for name in each.entries]
        if each.adjustment_sets is not None:
            first, second, third = (sum(1 << NAMES.index(name) for name in names) for names in each.adjustment_sets)
            assert all_right(models, mediators, entries, first, second, third), (small, each)
        elif not each.identifiable:
            assert not any(all_right(models, mediators, mediators, *sets) for sets in candidates(small)), (small, each)
        told.append(each.adjustment_sets is not None)
    return told


def test_natural_effects_are_those_of_the_nested_counterfactual() -> None:
    rng = np.random.default_rng(0)
    told = [one for small in small_questions(4, every=3, offset=1) for one in check_mediation(small, rng)]
    told += [one for small in small_questions(5, every=97) for one in check_mediation(small, rng)]
    assert sum(told) > 40 and len(told) - sum(told) > 20


def candidates(small: Small) -> Iterator[tuple[int, int, int]]:
    for first in subsets(small.allowed):
        rest = small.allowed & ~first
        for second in subsets(rest):
            for third in subsets(rest):
                yield first, second, third


def all_right(models: list[ResponseModel], mediators: list[int], entries: list[int], *sets: int) -> bool:
    """Whether the formula over the entries, with three sets, is the counterfactual of the mediators in every model."""
    return all(abs(by_formula(model, entries, *sets) - counted(model, mediators)) < 1e-9 for model in models)


def test_a_confounder_that_the_treatment_causes_is_named() -> None:
    alone = identify(drawn("T>M M>Y T>Y T>K K>M K>Y")).mediation
    assert [(each.mediators, each.identifiable) for each in alone] == [
        (("M", "K"), True), (("M",), False), (("K",), True),
    ]  # fmt: skip
    assert alone[1].sentence.endswith("no adjustment closes M ← K → Y, where K is caused by T.")


def test_the_formulas_name_what_is_summed_over() -> None:
    found = identify(drawn("T>M M>Y T>Y C>M C>Y"))
    assert found.direct_effect is not None
    assert found.direct_effect.expression == "P(Y | do(T), do(M)) = Σ_(C) P(Y | T, M, C) · P(C)"
    assert found.mediation[0].natural_indirect == (
        "NIE = Σ_(M, C) E[Y | T=t', M, C] · [P(M | T=t, C) − P(M | T=t', C)] · P(C)"
    )


def test_without_a_way_past_the_mediators_all_is_indirect() -> None:
    found = identify(drawn("T>M M>Y U>T U>Y", unmeasured=("U",)))
    assert found.strategy == "frontdoor"
    assert (found.mediation[0].identifiable, found.mediation[0].natural_direct) == (True, "NDE = 0")
    assert found.direct_effect is not None and found.direct_effect.strategy == "no_effect"
