"""How much of each learner goes into the mixture: shares that add to 1, chosen once on cross-fitted predictions.

Short-stacking: Ahrens, Hansen, Schaffer and Wiemann (arXiv:2401.01645).
"""

import numpy as np
from scipy.optimize import nnls

MIXING_STEPS = 500
GAP = 1e-5  # of the mean log-likelihood: no other mixture is better by more


def mix_squares(predictions: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(k,) shares, adding to 1, that minimise the squared error of the mixed predictions (n, k), weighted by (n,)."""
    weighted = predictions if weights is None else predictions * weights[:, None]
    gram, moment = weighted.T @ predictions, weighted.T @ target
    heavy = 1e3 * np.sqrt(np.trace(gram)) + 1e-12
    root = np.linalg.cholesky(gram + 1e-10 * (np.trace(gram) + 1e-12) * np.eye(len(gram)))
    rows = np.vstack([root.T, np.full(len(gram), heavy)])
    shares, _ = nnls(rows, np.append(np.linalg.solve(root, moment), heavy))
    return np.asarray(shares / shares.sum())


def mix_shares(predictions: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(k,) shares, adding to 1, that maximise the likelihood, weighted by (n,), of 0 or 1 targets under the mixed
    predictions (n, k).

    The EM steps of a mixture with fixed components: each step raises the likelihood. The likelihood is concave in the
    shares, so the largest step, less 1, bounds what any other mixture could still gain: that is when it stops.
    """
    bounded = np.clip(predictions, 1e-6, 1 - 1e-6)
    likelihood = np.where(target[:, None] == 1, bounded, 1 - bounded)
    counts = np.full(len(target), 1 / len(target)) if weights is None else weights / weights.sum()
    shares = np.full(predictions.shape[1], 1 / predictions.shape[1])
    for _ in range(MIXING_STEPS):
        step = (counts / (likelihood @ shares)) @ likelihood
        shares = shares * step
        if step.max() - 1 < GAP:
            break
    return np.asarray(shares / shares.sum())
