"""Probabilities whose odds are multiplied: by how units were sampled, or until the arms are of equal size."""

import numpy as np


def times_odds(probability: np.ndarray, factor: np.ndarray | float) -> np.ndarray:
    """(n,) the probabilities with `factor` times the odds."""
    return np.asarray(probability * factor / (probability * factor + 1 - probability))
