"""Many outcomes at once: the same numbers as one at a time, the truth recovered, sampling weights honoured."""

import numpy as np
import pytest

from core.effects.many_outcomes import design_of, many_effects
from tests.effects.planted import confounded


def test_each_outcome_is_estimated_as_if_alone() -> None:
    table = confounded(units=600)
    design, two = design_of(table.matrix()), np.column_stack([table.outcome, np.abs(table.outcome)])
    together = many_effects(design, table.treatment, two, table.clusters)
    for at in range(2):
        alone = many_effects(design, table.treatment, two[:, [at]], table.clusters)
        assert alone.value[0] == pytest.approx(together.value[at], abs=1e-9)
        assert alone.se[0] == pytest.approx(together.se[at], abs=1e-9)


@pytest.mark.parametrize(("estimand", "truth"), [("ATE", 1.0), ("ATT", None), ("ATO", 1.0)])
def test_a_planted_effect_is_recovered(estimand: str, truth: float | None) -> None:
    table = confounded(units=4000, effect=1.0, treated_more=0.5)
    wanted = truth or 1.0 + 0.5 * table.matrix()[table.treatment == 1, 0].mean()
    found = many_effects(
        design_of(table.matrix()), table.treatment, table.outcome[:, None], table.clusters, estimand=estimand
    )
    assert found.value[0] == pytest.approx(wanted, abs=4 * found.se[0])
    raw = table.outcome[table.treatment == 1].mean() - table.outcome[table.treatment == 0].mean()
    assert abs(raw - wanted) > 8 * found.se[0]


def test_controls_that_were_sampled_count_for_those_that_were_not() -> None:
    table = confounded(units=8000, effect=1.0, treated_more=1.0)
    kept = (table.treatment == 1) | (np.arange(table.units) % 4 == 0)
    weights = np.where(table.treatment == 1, 1.0, 4.0)[kept]
    found = many_effects(
        design_of(table.matrix()[kept]), table.treatment[kept], table.outcome[kept][:, None], table.clusters[kept],
        weights=weights,
    )  # fmt: skip
    unweighted = many_effects(
        design_of(table.matrix()[kept]), table.treatment[kept], table.outcome[kept][:, None], table.clusters[kept]
    )
    assert found.value[0] == pytest.approx(1.0, abs=4 * found.se[0])
    assert unweighted.value[0] > 1.1  # more of the treated among the units, whose effect is larger


def test_coverage_in_a_few_hundred_draws() -> None:
    covered = []
    for seed in range(150):
        table = confounded(units=300, seed=seed)
        found = many_effects(design_of(table.matrix()), table.treatment, table.outcome[:, None], table.clusters)
        covered.append(found.low[0] < 1.0 < found.high[0])
    assert np.mean(covered) > 0.88
