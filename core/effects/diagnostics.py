"""Overlap and balance under their former address; they live in `core.effects.diagnosis`."""

from core.effects.diagnosis.balance import CHANCE_LINE, Balance, balance
from core.effects.diagnosis.differences import standardised_differences
from core.effects.diagnosis.overlap import BINS, Overlap, overlap

__all__ = ["BINS", "CHANCE_LINE", "Balance", "Overlap", "balance", "overlap", "standardised_differences"]
