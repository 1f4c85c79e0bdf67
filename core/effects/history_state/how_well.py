"""How well the order of events foretells what came, on users that a network has not learnt from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import rankdata

from core.effects.history_state.foretold import OUTCOME, TREATMENT, Foretold
from core.effects.history_state.histories import Histories

if TYPE_CHECKING:
    from core.effects.history_state.encoder import Encoder

JUDGED_AT_MOST: Final = 2_000  # histories of a fold


def how_well(
    encoders: Sequence["Encoder"], fold: np.ndarray, histories: Histories, came: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """(k,) area under the ROC curve of each thing foretold, the mean of the folds; NaN where no fold can tell.

    That is the share of pairs of moments, one after which it came and one after which it did not, put in order.
    """
    from core.effects.history_state.encoder import foretell_on_the_way

    shares = np.full((len(encoders), came.shape[2]), np.nan)
    for place, encoder in enumerate(encoders):
        rows = np.flatnonzero(fold == place)[:JUDGED_AT_MOST]
        if not len(rows):
            continue
        odds = foretell_on_the_way(encoder, histories.part(rows))
        width = odds.shape[1]
        for at in range(came.shape[2]):
            seen = known[rows, :width, at]
            shares[place, at] = _in_order(odds[:, :, at][seen], came[rows, :width, at][seen] > 0)
    counted = np.isfinite(shares).sum(axis=0)
    return np.where(counted > 0, np.nansum(shares, axis=0) / np.maximum(counted, 1), np.nan)


def in_words(foretold: Sequence[Foretold], shares: np.ndarray) -> tuple[str, ...]:
    """One sentence on treatment and outcome, each within its own window; none where neither can be told."""
    known = [(each, share) for each, share in zip(foretold, shares, strict=True) if np.isfinite(share)]
    treatment = next((pair for pair in known if pair[0].kind == TREATMENT), None)
    outcome = next((pair for pair in reversed(known) if pair[0].kind == OUTCOME), None)
    said = [f"{100 * share:.0f} % of the time for {each.said}" for each, share in filter(None, (treatment, outcome))]
    if not said:
        return ()
    return (
        "For users not learnt from, the order of events tells which of two moments was followed by it and which was "
        f"not {', '.join(said)} (50 % is chance).",
    )


def _in_order(odds: np.ndarray, came: np.ndarray) -> float:
    """Mann and Whitney's U as a share of pairs; NaN where all came or none."""
    pairs = float(came.sum()) * float((~came).sum())
    above = rankdata(odds)[came].sum() - came.sum() * (came.sum() + 1) / 2
    return float(above / pairs) if pairs else float("nan")
