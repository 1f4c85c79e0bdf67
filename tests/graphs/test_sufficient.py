"""Moments: partial correlations and Wilks' test against other ways to compute them, scores against regressions."""

import numpy as np
import pytest
from scipy import stats

from core.errors import BadSpec, NotEnoughData
from core.graphs.sufficient import embed, refuse_collinear
from core.graphs.variables import Variable, VariableTable


def table_of(**columns: np.ndarray) -> VariableTable:
    made = [
        Variable(name, "category", values, tuple("abcdefg"[: int(values.max()) + 1]))
        if values.dtype == np.int64
        else Variable(name, "group" if values.ndim == 2 else "number", values)
        for name, values in columns.items()
    ]
    return VariableTable(tuple(made), "simulated units")


def test_partial_correlation_is_that_of_the_residuals() -> None:
    chance = np.random.default_rng(0)
    z = chance.normal(size=(300, 2))
    x, y = z @ [1.0, -0.5] + chance.normal(size=300), z @ [0.3, 0.8] + chance.normal(size=300)
    found = embed(table_of(x=x, y=y, z0=z[:, 0], z1=z[:, 1]), ranks=False).moments().association(0, 1, [2, 3])
    design = np.column_stack([np.ones(300), z])
    left, right = (v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x, y))
    assert found.effect == pytest.approx(np.corrcoef(left, right)[0, 1], abs=1e-10)
    z_value = np.arctanh(found.effect) * np.sqrt(300 - 2 - 3)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(z_value))) and found.degrees == 1


def test_wilks_is_the_ratio_of_determinants_of_what_is_left() -> None:
    chance = np.random.default_rng(1)
    group, z = chance.integers(0, 3, 400), chance.normal(size=400)
    y = chance.normal(size=(400, 2)) + 0.2 * group[:, None] + z[:, None]
    found = embed(table_of(group=group, y=y, z=z), ranks=False).moments().association(0, 1, [2])
    null = np.column_stack([np.ones(400), z])
    full = np.column_stack([null, group == 1, group == 2])
    rest = [y - design @ np.linalg.lstsq(design, y, rcond=None)[0] for design in (null, full)]
    wilks = np.linalg.det(rest[1].T @ rest[1]) / np.linalg.det(rest[0].T @ rest[0])
    statistic = -(400 - 1 - 1 - (2 + 2 + 1) / 2) * np.log(wilks)
    assert found.degrees == 4 and found.statistic == pytest.approx(statistic)
    assert found.p_value == pytest.approx(stats.chi2.sf(statistic, 4))


def test_p_values_are_uniform_where_nothing_depends_and_small_where_something_does() -> None:
    chance = np.random.default_rng(2)
    null, planted = [], []
    for _ in range(300):
        z = chance.normal(size=150)
        group = (z + chance.normal(size=150) > 0).astype(np.int64) + (chance.random(150) > 0.6)
        y = np.exp(z + chance.normal(size=150))
        null.append(embed(table_of(g=group.astype(np.int64), y=y, z=z)).moments().association(0, 1, [2]).p_value)
        y = np.exp(z + 0.6 * group + chance.normal(size=150))
        planted.append(embed(table_of(g=group.astype(np.int64), y=y, z=z)).moments().association(0, 1, [2]).p_value)
    assert stats.kstest(null, "uniform").pvalue > 0.001
    assert np.mean(np.array(planted) < 0.05) > 0.7


def test_ranks_make_units_and_heavy_tails_immaterial() -> None:
    chance = np.random.default_rng(3)
    x, y = chance.normal(size=(2, 200))
    plain = embed(table_of(x=x, y=x + y)).moments().correlation
    assert embed(table_of(x=np.exp(3 * x), y=(x + y) ** 3)).moments().correlation == pytest.approx(plain, abs=1e-12)
    raw = embed(table_of(x=5 * x - 2, y=x + y), ranks=False).moments().correlation
    assert raw[0, 1] == pytest.approx(np.corrcoef(x, x + y)[0, 1])


def test_the_score_is_the_regression_bic_up_to_a_constant() -> None:
    chance = np.random.default_rng(4)
    a, b = chance.normal(size=(2, 500))
    c = a - b + chance.normal(size=500)
    moments = embed(table_of(a=a, b=b, c=c), ranks=False).moments()

    def bic(columns: list[np.ndarray]) -> float:
        design = np.column_stack([np.ones(500), *columns])
        rest = c - design @ np.linalg.lstsq(design, c, rcond=None)[0]
        return float(-250 * np.log(rest @ rest) - np.log(500) / 2 * len(columns))

    assert moments.score(2, [0]) - moments.score(2, []) == pytest.approx(bic([a]) - bic([]))
    assert moments.score(2, [0, 1]) - moments.score(2, [0]) == pytest.approx(bic([a, b]) - bic([a]))


def test_a_draw_is_the_moments_of_its_rows() -> None:
    chance = np.random.default_rng(5)
    embedded = embed(table_of(x=chance.normal(size=100), y=chance.normal(size=100)))
    rows = embedded.drawn_rows(7)
    assert len(rows) == 100 and len(set(rows)) < 90
    assert embedded.draw(7).correlation == pytest.approx(np.corrcoef(embedded.matrix[rows].T))
    assert (
        embedded.draw(7).correlation[0, 1] == embedded.draw(7).correlation[0, 1] != embedded.draw(8).correlation[0, 1]
    )


def test_rows_of_a_cluster_are_drawn_together() -> None:
    chance = np.random.default_rng(6)
    clusters = np.repeat(np.arange(40), 5)
    shared = chance.normal(size=(40, 2))[clusters]
    table = VariableTable(
        (Variable("x", "number", shared[:, 0]), Variable("y", "number", shared[:, 1])), "rows of users", clusters
    )
    embedded = embed(table)
    assert 30 <= embedded.units <= 60  # 200 rows, 40 of them independent
    times = np.bincount(embedded.drawn_rows(1), minlength=200).reshape(40, 5)
    assert (times == times[:, :1]).all()


def test_perfect_collinearity_names_the_variables() -> None:
    chance = np.random.default_rng(7)
    a, b = chance.normal(size=(2, 100))
    refuse_collinear(table_of(a=a, b=b, c=a + b + 0.01 * chance.normal(size=100)))
    with pytest.raises(BadSpec, match="'c' follows exactly from a and b"):
        refuse_collinear(table_of(a=a, b=b, c=2 * a - b))
    with pytest.raises(BadSpec, match="'c' follows exactly from a"):
        refuse_collinear(table_of(a=a, b=b, c=np.exp(a)))
    with pytest.raises(NotEnoughData, match="more units than variables"):
        embed(table_of(**{f"x{place}": column for place, column in enumerate(chance.normal(size=(30, 30)))}))
