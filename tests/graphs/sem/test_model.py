"""The linear model: equal to ordinary least squares and to a likelihood written by hand; hidden causes told or not."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize

from core.graphs.bunches import drawn_moments
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.check.implied import implied_by
from core.graphs.matched import matched
from core.graphs.sem.model import linear_model
from core.graphs.sufficient import embed
from core.graphs.variables import variables_of_frame
from tests.graphs.check.planted import draw, graph_of


def model(graph: CausalGraph, frame: pd.DataFrame, draws: int = 20) -> dict:
    used = [name for name in graph.names if name in frame.columns]
    brought = matched(graph, variables_of_frame(frame, "", columns=used), used)
    implied = implied_by(brought.graph, used)
    embedded = embed(brought.table, ranks=False)
    return linear_model(brought.graph, brought.table, embedded, implied, draws=draws, seed=0)


def coefficients(found: dict) -> dict[tuple[str, str], float | None]:
    return {(edge["source"], edge["target"]): edge["value"] for edge in found["edges"]}


GRAPH = graph_of("a b", "a c", "b c", "c d", "e d", question=("a", "d"))


def test_coefficients_are_those_of_least_squares() -> None:
    frame = draw(GRAPH, 500, 1)
    found = coefficients(model(GRAPH, frame, 2))
    z = (frame - frame.mean()) / frame.std(ddof=0)
    for target, causes in {"b": ["a"], "c": ["a", "b"], "d": ["c", "e"]}.items():
        fitted = sm.OLS(z[target], z[causes]).fit()
        for cause in causes:
            assert found[cause, target] == pytest.approx(fitted.params[cause], abs=1e-9)


def test_chi_square_is_that_of_a_likelihood_maximised_by_hand() -> None:
    frame = draw(GRAPH, 400, 2, mixed=False)
    fit = model(GRAPH, frame, 2)["fit"]
    observed = np.corrcoef(frame.to_numpy().T)
    place = {name: number for number, name in enumerate(frame.columns)}
    edges = [(place[target], place[source]) for source, target in GRAPH.edges]

    def discrepancy(values: np.ndarray) -> float:
        paths = np.zeros((5, 5))
        for value, (effect, cause) in zip(values, edges, strict=False):
            paths[effect, cause] = value
        total = np.linalg.inv(np.eye(5) - paths)
        implied = total @ np.diag(np.exp(values[len(edges) :])) @ total.T
        return float(
            np.linalg.slogdet(implied)[1] - np.linalg.slogdet(observed)[1]
            + np.trace(np.linalg.solve(implied, observed)) - 5
        )  # fmt: skip

    best = optimize.minimize(discrepancy, np.zeros(len(edges) + 5), method="BFGS").fun
    assert fit["chi2"] == pytest.approx(400 * best, abs=1e-3)
    assert fit["degrees"] == 15 - 5 - 5  # correlations and variances, less errors and edges


def test_a_right_model_fits_and_a_wrong_one_does_not() -> None:
    frame = draw(GRAPH, 3000, 3, mixed=False)
    right = model(GRAPH, frame, 2)["fit"]
    assert right["passed"] is True
    assert right["p_value"] > 0.001
    assert right["cfi"] > 0.99
    wrong = model(graph_of("a b", "b c", "d e"), frame, 2)["fit"]
    assert wrong["passed"] is False
    assert wrong["rmsea_low"] > 0.08
    assert wrong["srmr"] > 0.1


def test_the_effects_of_a_mediated_cause_add_up() -> None:
    rng = np.random.default_rng(4)
    t = rng.normal(size=50_000)
    m = 0.8 * t + rng.normal(size=50_000)
    y = 0.5 * t + 1.0 * m + rng.normal(size=50_000)
    found = model(graph_of("t m", "m y", "t y", question=("t", "y")), pd.DataFrame({"t": t, "m": m, "y": y}), 50)
    effects = found["effects"]
    scale = y.std() / t.std()
    for name, truth in {"direct": 0.5, "indirect": 0.8, "total": 1.3}.items():
        assert effects[name]["value"] * scale == pytest.approx(truth, abs=0.02)
        assert effects[name]["low"] < effects[name]["value"] < effects[name]["high"]


def test_intervals_cover_and_users_widen_them() -> None:
    # Each user has 10 rows and one value of a: 100 independent units, and an effect of 0.5 / √1.25 = 0.447.
    covered, widths = 0, []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        user = np.repeat(np.arange(100), 10)
        a = rng.normal(size=100)[user]
        b = 0.5 * a + rng.normal(size=100)[user]
        frame = pd.DataFrame({"a": a, "b": b})
        table = variables_of_frame(frame, "", clusters=pd.Series(user))
        graph = graph_of("a b")
        embedded = embed(table, ranks=False)
        edge = linear_model(graph, table, embedded, implied_by(graph, "ab"), draws=100, seed=seed)["edges"][0]
        covered += edge["low"] <= 0.4472 <= edge["high"]
        widths.append(edge["high"] - edge["low"])
    assert covered >= 20
    assert np.mean(widths) == pytest.approx(2 * 1.96 * (1 - 0.2) / 10, rel=0.25)


def test_bunched_draws_spread_like_units() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.normal(size=(20_000, 2)), columns=["a", "b"])
    embedded = embed(variables_of_frame(frame, ""), ranks=False)
    drawn = [moments.correlation[0, 1] for moments in drawn_moments(embedded, draws=300, seed=1)]
    assert np.std(drawn) == pytest.approx(20_000**-0.5, rel=0.2)


def test_a_hidden_cause_of_four_is_told() -> None:
    graph = graph_of("u a", "u b", "u c", "u d", hidden=("u",))
    rng = np.random.default_rng(6)
    u = rng.normal(size=20_000)
    loads = {"a": 0.9, "b": -0.7, "c": 0.5, "d": 0.6}
    frame = pd.DataFrame(
        {name: load * u + (1 - load**2) ** 0.5 * rng.normal(size=20_000) for name, load in loads.items()}
    )
    found = model(graph, frame, 10)
    for name, load in loads.items():
        assert coefficients(found)["u", name] == pytest.approx(load, abs=0.03)
    assert found["fit"]["degrees"] == 2  # ten variances and covariances, less four loadings and four errors
    assert found["fit"]["passed"] is True


def test_what_hidden_confounding_blurs_is_not_told_and_the_rest_is() -> None:
    graph = graph_of("u t", "u y", "t y", "x t", "x y", hidden=("u",), question=("t", "y"))
    found = model(graph, draw(graph, 2000, 7, mixed=False).drop(columns="u"), 5)
    known = {pair for pair, value in coefficients(found).items() if value is not None}
    assert known == {("x", "t")}
    assert found["effects"]["total"]["identified"] is False
    assert "Not identified" in " ".join(found["notes"])


def test_an_instrument_tells_the_effect_despite_a_hidden_cause() -> None:
    rng = np.random.default_rng(8)
    u, z = rng.normal(size=(2, 40_000))
    t = z + u + rng.normal(size=40_000)
    y = 0.5 * t - 2 * u + rng.normal(size=40_000)
    graph = graph_of("z t", "t y", "u t", "u y", hidden=("u",), question=("t", "y"))
    found = model(graph, pd.DataFrame({"z": z, "t": t, "y": y}), 5)
    assert found["effects"]["total"]["value"] * y.std() / t.std() == pytest.approx(0.5, abs=0.05)


def test_a_category_as_a_cause_has_a_size_without_a_sign() -> None:
    rng = np.random.default_rng(9)
    place = rng.integers(0, 3, 5000)
    y = np.array([0.0, 2.0, -1.0])[place] + rng.normal(size=5000)
    found = model(graph_of("place y"), pd.DataFrame({"place": pd.Series(place).map("abc".__getitem__), "y": y}), 5)
    # √R² of the regression on the category: the spread of its means over that of y.
    spread = np.array([y[place == level].mean() for level in range(3)])[place].std() / y.std()
    assert coefficients(found)["place", "y"] == pytest.approx(spread, abs=1e-6)


def test_causes_in_one_tier_cost_no_fit() -> None:
    rng = np.random.default_rng(10)
    a = rng.normal(size=2000)
    b = a + rng.normal(size=2000)
    frame = pd.DataFrame({"a": a, "b": b, "c": a + b + rng.normal(size=2000)})
    edges = (("a", "c"), ("b", "c"))
    free = CausalGraph((Node("a", tier=0), Node("b", tier=0), Node("c", tier=1)), edges)
    assert model(free, frame, 2)["fit"]["degrees"] == 0
    bound = CausalGraph((Node("a"), Node("b"), Node("c")), edges)
    assert model(bound, frame, 2)["fit"]["passed"] is False
