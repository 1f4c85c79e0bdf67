"""Judges made without any learning: scores that are a known effect plus noise, so that the truth is exact."""

import numpy as np

from core.effects.benefits.judged import Judge


def judge_of(effects: np.ndarray, *, noise: float, seed: int, users: np.ndarray | None = None) -> Judge:
    """Scores of units whose true effects (n,) are given; folds are dealt by user."""
    rng = np.random.default_rng([seed, 7])
    clusters = np.arange(len(effects)) if users is None else users
    shared = rng.normal(size=clusters.max() + 1)[clusters] if users is not None else 0.0
    values = effects + noise * rng.normal(size=len(effects)) + noise * shared
    fold = rng.permutation(np.arange(clusters.max() + 1) % 5)[clusters]
    return Judge(values, np.ones(len(effects)), clusters, fold)
