"""Why estimates differ: chance, another question, heavy weights, straight lines, or nobody knows."""

from dataclasses import replace

import numpy as np

from core.effects.disagreement import why_they_differ
from core.effects.estimate import Estimate

NOISE = np.random.default_rng(0).normal(size=(3, 400))


def found(name: str, value: float, *, estimand: str = "ATE", noise: int = 0, se: float = 0.05) -> Estimate:
    return Estimate(name, name, estimand, value, se, (200, 200), 0.01, NOISE[noise] - NOISE[noise].mean(), np.ones(400))


def test_estimates_within_chance_of_each_other_agree() -> None:
    told = why_they_differ([found("raw", 9.0, estimand="difference"), found("aipw", 1.0), found("ipw", 1.05, noise=1)])
    assert told["reason"] == "chance" and "agree" in told["sentence"] and abs(told["spread"] - 0.05) < 1e-12


def test_the_same_gap_is_no_chance_where_both_saw_the_same_noise() -> None:
    assert why_they_differ([found("aipw", 1.0), found("tmle", 1.05)])["reason"] == "unknown"


def test_different_units_weights_and_lines_are_told_apart() -> None:
    units = why_they_differ([found("aipw", 1.0), found("ipw", 1.01, noise=1), found("dml", 2.0, estimand="ATO")])
    assert units["reason"] == "estimand" and "overlap population" in units["sentence"]
    heavy = replace(found("ipw", 2.0), largest_weight_share=0.4, effective_units=(200, 9))
    weights = why_they_differ([found("aipw", 1.0), found("tmle", 1.0), heavy])
    assert weights["reason"] == "weights" and "worth 200 and 9" in weights["sentence"]
    lines = why_they_differ([found("ols", 2.0), found("ipw", 2.0), found("aipw", 1.0), found("tmle", 1.0)])
    assert lines["reason"] == "form" and "straight lines say +2" in lines["sentence"]
    # Straight lines differ among themselves, too, but less than from those that learn curves.
    straight = [found("ols", 2.2, estimand="ATO"), found("lin", 1.9), found("matching_propensity", 2.0, noise=1)]
    assert why_they_differ([*straight, found("aipw", 1.0)])["reason"] == "form"
    assert why_they_differ([*straight, found("aipw", 1.0), found("tmle", 1.6)])["reason"] == "unknown"


def test_one_estimate_alone_is_compared_with_nothing() -> None:
    assert why_they_differ([found("raw", 1.0, estimand="difference"), found("aipw", 1.0)])["reason"] == "alone"
    told = why_they_differ([found("aipw", 1.0), found("dowhy_matching", 3.0, se=float("nan"))])
    assert told["reason"] == "unknown"
