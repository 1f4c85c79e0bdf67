"""EASE: a linear model that predicts each item from the others, solved in one step.

Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019. With X (U, N) the 0/1 matrix of histories and
G = X'X:  P = (G + penalty I)^-1,  B = -P / diag(P) by columns, with a zero diagonal;  scores = history B.

B is dense, N x N, and its cost is N cubed: above MOST_ITEMS it is refused, with the reason.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from core.errors import BadSpec
from core.recommenders.evaluate import Scorer, Validate
from core.recommenders.histories import Histories
from core.recommenders.settings import EASESettings
from core.recommenders.split import Training

MOST_ITEMS = 10_000


def fit(data: Training, settings: EASESettings, validate: Validate) -> Scorer:
    """The scorer whose penalty does best in validation; raises BadSpec for a catalogue that is too large."""
    if data.items > MOST_ITEMS:
        needed = 3 * 4 * data.items**2 / 1e9
        raise BadSpec(
            f"EASE was left out: its item-to-item matrix for {data.items:,} items would take about {needed:,.0f} GB; "
            f"it is computed up to {MOST_ITEMS:,} items, so raise min_item_events to include it."
        )
    seen = _matrix(data.histories, data.items)
    gram = (seen.T @ seen).toarray()
    scorers = [_scorer(weights(gram, penalty)) for penalty in settings.penalties]
    if len(scorers) == 1:
        return scorers[0]
    return scorers[int(np.argmax([validate(scorer) for scorer in scorers]))]


def weights(gram: np.ndarray, penalty: float) -> np.ndarray:
    """B (N, N) float32 from G = X'X (N, N)."""
    ridged = gram.astype(np.float32) + np.float32(penalty) * np.eye(len(gram), dtype=np.float32)
    factor, _ = lapack.spotrf(ridged, lower=1, overwrite_a=1)
    lower, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    found: np.ndarray = inverse / -np.diag(inverse)
    np.fill_diagonal(found, 0)
    return found


def _matrix(histories: Histories, items: int) -> sparse.csr_matrix:
    rows, columns = histories.distinct_pairs()
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(histories), items))


def _scorer(found: np.ndarray) -> Scorer:
    return lambda histories: np.asarray(_matrix(histories, len(found)) @ found)
