"""Coat: can the mean of ratings that people chose to give be turned into the mean of ratings drawn at random?

    python -m tests.benchmarks coat [--no-peers]

290 people rated 24 coats of their choice and 16 drawn at random (Schnabel et al. 2016). Every pair of person and coat is
a unit, having been rated by choice the treatment, the rating the outcome; asked is the mean rating had everybody rated
every coat. The random ratings hold the answer, and nothing but it is taken from them. Measured: how much of the raw
distance is left, by weighting and by AIPW with the features of people and coats, beside the propensities that came with
the data and DoubleML's average potential outcome. The same for the mean squared error of a predictor of ratings, which
is what recommenders use such data for. Features do not tell why somebody likes a coat: that is a hidden cause, so no
target says that the distance vanishes; with random ratings of half of the people (their share of each rating is then
known) it must, for the other half.

Then the same people's ratings as a table of two arms, chosen against drawn, adjusted for the features: a rating is of
the coat, however it came up, so that what is left is what features cannot tell. A study of it must not be green.
"""

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.effects.estimate import clustered_error
from core.effects.least_squares import with_constant
from core.effects.logistic import fit_logistic
from core.effects.nuisances import Nuisances
from core.effects.study import study_of
from core.effects.study_spec import StudySpec
from core.effects.table import AnalysisTable
from core.effects.table_inputs import inputs_from_table
from core.storage.workspace import Workspace
from tests.benchmarks.peers import FAULTS, LEARNING, SAID, ask_all, folds, trees
from tests.benchmarks.printed import data_folder, line
from tests.effects.planted import as_table

PEOPLE, COATS = 290, 300


@dataclass(frozen=True)
class Coat:
    """features (pairs, p); given (pairs,) propensities that came with the data; ratings by choice and drawn at random:
    `user, item, rating`."""

    features: np.ndarray
    given: np.ndarray
    chosen: pd.DataFrame
    drawn: pd.DataFrame


def read(folder: Path) -> Coat:
    people, coats = (pd.read_parquet(folder / f"{name}_features.parquet").to_numpy(float) for name in ("user", "item"))
    pairs = np.hstack([np.repeat(people, COATS, axis=0), np.tile(coats, (PEOPLE, 1))])
    given = pd.read_parquet(folder / "propensities.parquet").to_numpy(float).ravel()
    chosen, drawn = (pd.read_parquet(folder / f"{name}_ratings.parquet").astype(int) for name in ("selected", "random"))
    return Coat(pairs, given, chosen, drawn)


def place(ratings: pd.DataFrame) -> np.ndarray:
    """(n,) the pair of each rating."""
    return (ratings["user"] * COATS + ratings["item"]).to_numpy()


def table_of(coat: Coat, values: np.ndarray) -> AnalysisTable:
    """Every pair; treated are those rated by choice, with `values` (one a rating) as the outcome."""
    rated, outcome = np.zeros(len(coat.features)), np.zeros(len(coat.features))
    rated[place(coat.chosen)], outcome[place(coat.chosen)] = 1.0, values
    return as_table(coat.features, rated, outcome, users=np.repeat(np.arange(PEOPLE), COATS))


def weighted(table: AnalysisTable, propensity: np.ndarray) -> tuple[float, float]:
    """The weighted mean of the rated (Hajek) and its error by person, the propensity taken as known."""
    share = table.treatment / propensity
    share = share / share.mean()
    value = float((share * table.outcome).mean())
    return value, clustered_error(share * (table.outcome - value), table.clusters)


def doubly_robust(table: AnalysisTable, fits: Nuisances) -> tuple[float, float]:
    """The mean outcome had all been rated: learnt expectation, plus the weighted surprise of those rated."""
    expected = fits.outcome(1, 0)
    share = table.treatment / fits.propensity(0)
    score = expected + share / share.mean() * (table.outcome - expected)
    return float(score.mean()), clustered_error(score - score.mean(), table.clusters)


def doubleml(table: AnalysisTable) -> tuple[float, float]:
    """DoubleML's average potential outcome of being rated, with boosted trees and the same folds."""
    from doubleml import DoubleMLAPO, DoubleMLData

    data = DoubleMLData.from_arrays(table.matrix(), table.outcome, table.treatment)
    model = DoubleMLAPO(
        data, ml_g=trees(is_share=False), ml_m=trees(is_share=True), treatment_level=1, draw_sample_splitting=False
    )
    model.set_sample_splitting([folds(table, 0)])
    model.fit()
    return float(model.coef[0]), float(model.se[0])


def compare(what: str, coat: Coat, chosen: np.ndarray, drawn: np.ndarray, peers: bool) -> None:
    """Print how far each way is from the mean of `drawn` (one a random rating)."""
    table = table_of(coat, chosen)
    truth = float(drawn.mean())
    error = clustered_error(drawn - truth, coat.drawn["user"].to_numpy())
    raw = float(chosen.mean()) - truth
    chance = clustered_error(chosen - chosen.mean(), coat.chosen["user"].to_numpy())
    said = "" if abs(raw) > 1.96 * np.hypot(error, chance) else ": no further than chance explains, little to mend"
    print(f"{what}: at random {truth:.3f} (se {error:.3f}), by choice {chosen.mean():.3f}, {raw:+.3f} away{said}")
    fits = Nuisances(table, seed=0, splits=1, apart=True)
    line_fit = fit_logistic(with_constant(table.matrix(), np.ones(table.units)), table.treatment)
    ways = {
        "propensities that came with the data": lambda: weighted(table, coat.given),
        "weighting, logistic": lambda: weighted(table, 1 / (1 + np.exp(-line_fit.score))),
        "weighting, learnt": lambda: weighted(table, fits.propensity(0)),
        "AIPW": lambda: doubly_robust(table, fits),
        **({"DoubleML APO": lambda: doubleml(table)} if peers else {}),
    }
    for name, way in ways.items():
        try:
            value, se = way()
        except FAULTS as fault:
            print(f"  {name}: no number: {type(fault).__name__}: {fault}")
            continue
        left = (value - truth) / raw
        line(f"Coat, {what}, {name}: share of the raw distance left", abs(left),
             aside=f"{value:.3f}, se {se:.3f}, {value - truth:+.3f} away")  # fmt: skip


def with_a_few_random_ratings(coat: Coat, seed: int = 0) -> None:
    """Schnabel's naive Bayes: the chance of rating given the rating, from the random ratings of half of the people."""
    half = np.random.default_rng(seed).permutation(PEOPLE) < PEOPLE // 2
    told, asked = (coat.drawn[coat.drawn["user"].map(lambda user, side=side: bool(half[user] == side))]
                   for side in (True, False))  # fmt: skip
    own = coat.chosen[~half[coat.chosen["user"].to_numpy()]]
    common = coat.chosen["rating"].value_counts(normalize=True)
    weights = (told["rating"].value_counts(normalize=True) / common).reindex(own["rating"]).to_numpy()
    value, truth = float(np.average(own["rating"], weights=weights)), float(asked["rating"].mean())
    error = np.hypot(clustered_error((asked["rating"] - truth).to_numpy(float), pd.factorize(asked["user"])[0]),
                     clustered_error((told["rating"] - told["rating"].mean()).to_numpy(float),
                                     pd.factorize(told["user"])[0]))  # fmt: skip
    line("Coat, mean rating, with random ratings of the other half of the people: distance in errors",
         abs(value - truth) / error, at_most=1.96, aside=f"{value:.3f}, at random {truth:.3f} ± {error:.3f}, "
         f"by choice {own['rating'].mean():.3f}")  # fmt: skip


def two_arms(coat: Coat, peers: bool) -> None:
    """Chosen against drawn, adjusted for the features, as a study of a ready table."""
    both = pd.concat([coat.chosen.assign(chosen=1), coat.drawn.assign(chosen=0)], ignore_index=True)
    names = [f"f{column}" for column in range(coat.features.shape[1])]
    features = pd.DataFrame(coat.features[place(both)], columns=names)
    frame = pd.concat([both[["user", "chosen", "rating"]], features], axis=1)
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Workspace(Path(temporary))
        workspace.prepare()
        frame.to_parquet(path := workspace.uploads / "coat.parquet")
        spec = StudySpec.read({
            "table": str(path), "treatment": "chosen", "outcome": "rating", "cluster": "user", "covariates": names,
            "refuters": ("unobserved_common_cause", "e_value"),
        })  # fmt: skip
        inputs = inputs_from_table(workspace, spec)
        study = study_of(inputs, spec)
    raw = study["raw"]["value"]
    for each in study["estimates"]:
        line(f"Coat, chosen against drawn, {each['estimator']}: share of the raw difference left", each["value"] / raw,
             aside=f"{each['value']:+.3f}, {each['low']:+.3f} to {each['high']:+.3f}")  # fmt: skip
    if peers:
        print(SAID)
        for answer in ask_all(inputs.table, "ATE", names=LEARNING):
            print(f"  {answer.said()}", flush=True)
    print(f"{study['verdict']['light']}: {study['verdict']['sentence']}")
    print(f"sensitivity: {study['sensitivity']['sentence']}")
    print(f"what would settle it: {study['verdict']['settles']}")
    line("Coat, chosen against drawn: the study is not green", float(study["verdict"]["light"] != "green"), at_least=1)


def predicted(coat: Coat) -> tuple[Coat, np.ndarray, np.ndarray]:
    """The data with half of each person's chosen ratings, and the squared errors on them and on the random ratings of
    a predictor fitted to the other half: means of coats and people, shrunk."""
    held = coat.chosen.sample(frac=1, random_state=0).groupby("user").cumcount().sort_index().to_numpy() % 2 == 0
    known, rest = coat.chosen[~held], coat.chosen[held].reset_index(drop=True)
    level = known["rating"].mean()
    away = known.assign(rating=known["rating"] - level)
    means = {
        key: away.groupby(key)["rating"].agg(lambda given: given.sum() / (len(given) + 5)) for key in ("item", "user")
    }

    def errors(of: pd.DataFrame) -> np.ndarray:
        guess = level + sum(of[key].map(means[key]).fillna(0.0) for key in means)
        return np.asarray((of["rating"] - guess) ** 2, dtype=float)

    return replace(coat, chosen=rest), errors(rest), errors(coat.drawn)


def main(peers: bool) -> None:
    coat = read(data_folder() / "coat")
    compare("mean rating", coat, coat.chosen["rating"].to_numpy(float), coat.drawn["rating"].to_numpy(float), peers)
    with_a_few_random_ratings(coat)
    compare("squared error of a predictor", *predicted(coat), peers)
    two_arms(coat, peers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-peers", action="store_true")
    main(not parser.parse_args().no_peers)
