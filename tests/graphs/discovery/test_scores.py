"""Scores and tests that methods use, against other ways to compute them; the order search against all orders."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln

from core.errors import BadSpec
from core.graphs.discovery.best_order import OrderSearch
from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.counts import countable, counts_of
from core.graphs.discovery.discrete_scores import DiscreteScores
from core.graphs.discovery.independence import BlockTest, ColumnTest, CountTest
from core.graphs.discovery.local_scores import GaussianScores, LocalScores
from core.graphs.sufficient import embed
from core.graphs.variables import Variable, VariableTable
from tests.graphs.discovery.simulated import simulate


@pytest.fixture(scope="module")
def categories() -> VariableTable:
    """a → b ← c → d, of 2, 3, 2 and 4 values; 1,500 rows."""
    chance = np.random.default_rng(2)
    a, c = chance.integers(0, 2, 1500), chance.integers(0, 2, 1500)
    b = (a + c + (chance.random(1500) < 0.3)) % 3
    d = (2 * c + chance.integers(0, 3, 1500)) % 4
    made = (
        Variable(n, "category", v.astype(float), tuple("wxyz"[: v.max() + 1]))
        for n, v in zip("abcd", (a, b, c, d), strict=True)
    )
    return VariableTable(tuple(made), "simulated units")


@pytest.fixture(scope="module")
def mixed(categories: VariableTable) -> VariableTable:
    chance = np.random.default_rng(3)
    extra = chance.normal(size=1500) + categories.variables[1].values
    return VariableTable((*categories.variables, Variable("e", "number", extra)), "simulated units")


def scores_of(table: VariableTable) -> list[LocalScores]:
    made: list[LocalScores] = [GaussianScores(embed(table).moments(), 2.0)]
    return [*made, DiscreteScores(counts_of(table, table.rows), 1.0)] if countable(table) else made


def test_scores_of_many_candidates_are_those_of_each(categories: VariableTable, mixed: VariableTable) -> None:
    plain = simulate("uniform", nodes=6, edges=8, rows=200).table
    for scores in (*scores_of(categories), *scores_of(mixed), *scores_of(plain)):
        for child, above in ((0, ()), (1, (0,)), (3, (0, 2))):
            rest = [place for place in range(scores.variables) if place != child and place not in above]
            each = [scores.score(child, (*above, place)) for place in rest]
            assert scores.added(child, above, rest) == pytest.approx(each, abs=1e-5)
            if above:
                without = [scores.score(child, [b for b in above if b != a]) for a in above]
                assert scores.dropped(child, above) == pytest.approx(without, abs=1e-5)


def test_the_gaussian_score_is_that_of_moments(mixed: VariableTable) -> None:
    moments = embed(mixed).moments()
    scores = GaussianScores(moments, 1.5)
    assert scores.score(1, [0, 4]) == pytest.approx(moments.score(1, [0, 4], penalty=1.5), abs=1e-4)


def test_bdeu_is_the_sum_over_cells(categories: VariableTable) -> None:
    scores = DiscreteScores(counts_of(categories, categories.rows), 0.0)
    cells = np.zeros((2, 2, 3))
    a, b, c = (categories.variable(name).values.astype(int) for name in "abc")
    np.add.at(cells, (a, c, b), 1)
    row, cell = 1 / 4, 1 / 12
    expected = (gammaln(row) - gammaln(cells.sum(axis=2) + row)).sum() + (gammaln(cells + cell) - gammaln(cell)).sum()
    assert scores.score(1, [0, 2]) == pytest.approx(expected)


def test_the_g_test_is_scipys_summed_over_strata(categories: VariableTable) -> None:
    test = CountTest(counts_of(categories, categories.rows))
    a, b, c = (categories.variable(name).values.astype(int) for name in "abc")
    found = [stats.contingency.crosstab(a[c == value], b[c == value]).count for value in (0, 1)]
    parts = [stats.chi2_contingency(table, correction=False, lambda_="log-likelihood") for table in found]
    p_value = stats.chi2.sf(sum(part.statistic for part in parts), sum(part.dof for part in parts))
    p_values, effects = test(0, 1, np.array([[2]]))
    assert p_values[0] == pytest.approx(p_value) and 0 < effects[0] < 1
    assert test(0, 3, np.array([[2]]))[0][0] > 0.001  # apart given c


def test_columns_at_once_agree_with_one_by_one() -> None:
    table = simulate("uniform", nodes=8, edges=12, rows=300).table
    moments = embed(table).moments()
    sets = np.array([[2, 3], [4, 7], [5, 6]])
    for one, other in zip(ColumnTest(moments)(0, 1, sets), BlockTest(moments)(0, 1, sets), strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def test_equal_rows_count_as_often_as_they_occur_also_in_draws(categories: VariableTable) -> None:
    counts = counts_of(categories, categories.rows)
    assert counts.weights.sum() == 1500 and len(counts.codes) < 48 + 1
    drawn = counts.drawn(3)
    assert drawn.weights.sum() == pytest.approx(1500) and not np.array_equal(drawn.weights, counts.weights)
    together = VariableTable(categories.variables, "rows of users", np.repeat(np.arange(300), 5))
    assert counts_of(together, 300).drawn(3).weights.sum() == pytest.approx(300)


@pytest.mark.parametrize("seed", range(4))
def test_the_best_order_is_the_best_of_all_orders(seed: int) -> None:
    table = simulate("uniform", nodes=6, edges=9, rows=150, seed=seed).table
    names = table.names
    for knowledge in (Knowledge(), Knowledge(tiers=(names[:3], names[3:]), required=frozenset({(names[0], names[4])}))):
        search = OrderSearch(GaussianScores(embed(table).moments(), 2.0), names, knowledge)
        lawful = [
            order
            for order in permutations(range(6))
            if all(not search.before[each] >> later & 1 for place, each in enumerate(order) for later in order[place:])
        ]
        best = max(search.total(order) for order in lawful)
        found = search.best([list(range(6)), [5, 4, 3, 2, 1, 0], [2, 5, 0, 3, 1, 4]])
        assert found.score == pytest.approx(best) and found.order in lawful
        assert len(lawful) == (720 if not knowledge.tiers else 36)


def test_what_is_known_must_not_contradict_itself() -> None:
    table = simulate("uniform", nodes=4, edges=3, rows=100).table
    a, b, c, _ = table.names
    circle = Knowledge(required=frozenset({(a, b), (b, c), (c, a)}))
    with pytest.raises(BadSpec, match="back to itself"):
        OrderSearch(GaussianScores(embed(table).moments(), 2.0), table.names, circle).best([[0, 1, 2, 3]])
