"""Outcomes with a planted effect: the table's own covariates and treatment, and an outcome that was made up.

What is expected without treatment is fitted to the controls' real outcomes by oblique waves and hinges: random
directions through all covariates at once, bent and bounded. The candidate learners are made of single covariates, of
their products, of trees and of likeness to units, so none of them can hold this shape exactly. Treated units differ
from controls in all that the covariates hold, as they really do; hidden causes there are none.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from core.effects.table import AnalysisTable

WAVES: Final = 120  # of each kind
PENALTIES: Final = np.logspace(-1, 4, 11)
EDGE: Final = 3.0  # standard deviations beyond which covariates flatten
SMALLEST: Final = 0.01  # shares are kept this far from 0 and 1, so that an effect has room
NO_DIFFERENCE: Final = 0.2  # standard deviations: planted where the arms do not differ
UNEVENNESS: Final = 0.5  # standard deviation of the uneven effect, as a share of its mean

Scenario = Literal["none", "even", "uneven"]
SCENARIOS: Final[dict[Scenario, str]] = {
    "none": "no effect",
    "even": "the same effect for all, as large as the raw difference",
    "uneven": "an effect of that size on average that differs between units",
}


@dataclass(frozen=True)
class Plant:
    """A scenario ready to draw from: expected outcomes (n,) in either arm, and the controls' residuals (m,), or none
    where the outcome is 0 or 1."""

    control: np.ndarray
    treated: np.ndarray
    residuals: np.ndarray | None

    def draw(self, treatment: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n,) an outcome: the expected one in the unit's arm, and chance."""
        expected = self.expected(treatment)
        if self.residuals is None:
            return (rng.random(len(expected)) < expected).astype(float)
        return np.asarray(expected + rng.choice(self.residuals, size=len(expected)))

    def expected(self, treatment: np.ndarray) -> np.ndarray:
        """(n,) the expected outcome in the unit's own arm."""
        return np.where(treatment == 1, self.treated, self.control)

    def effect(self, weights: np.ndarray) -> float:
        """The planted effect, averaged over units by weights (n,)."""
        return float(np.average(self.treated - self.control, weights=weights))


def plants(table: AnalysisTable, *, seed: int) -> dict[Scenario, Plant]:
    """One per scenario, for a table of two arms."""
    rng = np.random.default_rng([seed, 1])
    outcome, control = table.outcome, table.treatment == 0
    is_share = bool(np.isin(outcome, (0.0, 1.0)).all())
    waves = _waves(table.matrix(), rng)
    base = _fitted(waves, outcome, control)
    size = float(outcome[~control].mean() - outcome[control].mean())
    if abs(size) < NO_DIFFERENCE * float(outcome[control].std()) / 4:
        size = NO_DIFFERENCE * float(outcome[control].std())
    uneven = _uneven(waves, rng)
    if is_share:
        base = np.clip(base, SMALLEST, 1 - SMALLEST)
        return {
            name: Plant(base, np.clip(base + size * shape, 0.0, 1.0), None) for name, shape in _shapes(uneven).items()
        }
    residuals = outcome[control] - base[control]
    return {
        name: Plant(base, base + size * shape, residuals - residuals.mean()) for name, shape in _shapes(uneven).items()
    }


def _shapes(uneven: np.ndarray) -> dict[Scenario, np.ndarray]:
    return {"none": np.zeros_like(uneven), "even": np.ones_like(uneven), "uneven": uneven}


def _waves(matrix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, 2 WAVES) oblique waves and hinges of the covariates (n, p); (n, 0) without covariates."""
    spread = matrix.std(axis=0)
    varying = matrix[:, spread > 0]
    if not varying.shape[1]:
        return np.zeros((len(matrix), 0))
    scaled = np.clip((varying - varying.mean(axis=0)) / varying.std(axis=0), -EDGE, EDGE)
    width = np.sqrt(scaled.shape[1])
    direction = rng.normal(size=(scaled.shape[1], 2 * WAVES)) / width
    tempo = rng.choice([0.5, 1.0, 2.0], size=WAVES)
    first, second = scaled @ direction[:, :WAVES], scaled @ direction[:, WAVES:]
    waves = np.sin(tempo * first + rng.uniform(0, 2 * np.pi, size=WAVES))
    return np.hstack([waves, np.maximum(second - rng.normal(size=WAVES), 0.0)])


def _fitted(waves: np.ndarray, outcome: np.ndarray, control: np.ndarray) -> np.ndarray:
    """(n,) ridge on the controls, its penalty by generalised cross-validation."""
    level = float(outcome[control].mean())
    if not waves.shape[1]:
        return np.full(len(outcome), level)
    centre = waves[control].mean(axis=0)
    inner, target = waves[control] - centre, outcome[control] - level
    sizes, vectors = np.linalg.eigh(inner.T @ inner)
    sizes = np.maximum(sizes, 0.0)
    projected = vectors.T @ (inner.T @ target)
    shrunk = 1 / (sizes[:, None] + PENALTIES)
    freedom = 1 + (sizes[:, None] * shrunk).sum(axis=0)
    left = target @ target - (projected**2) @ (2 * shrunk - sizes[:, None] * shrunk**2)
    criterion = np.where(freedom < len(target) / 2, left / np.maximum(len(target) - freedom, 1.0) ** 2, np.inf)
    best = int(np.argmin(criterion))
    return np.asarray(level + (waves - centre) @ (vectors @ (projected * shrunk[:, best])))


def _uneven(waves: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) of mean 1 and standard deviation UNEVENNESS; all 1 without covariates."""
    if not waves.shape[1]:
        return np.ones(len(waves))
    drawn = waves @ rng.normal(size=waves.shape[1])
    spread = float(drawn.std())
    return np.asarray(1 + UNEVENNESS * (drawn - drawn.mean()) / spread) if spread > 0 else np.ones(len(waves))


def sampled_users(table: AnalysisTable, units: int, seed: int) -> AnalysisTable:
    """Whole users, by chance, up to so many units."""
    if table.units <= units:
        return table
    clusters = table.clusters
    order = np.random.default_rng([seed, 2]).permutation(int(clusters.max()) + 1)
    kept = order[np.cumsum(np.bincount(clusters)[order]) <= units]
    part = table.only_units(np.isin(clusters, kept), "of a chance sample")
    return part if 20 <= part.treatment.sum() <= part.units - 20 else table
