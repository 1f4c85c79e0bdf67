"""Other programs on the same table: DoWhy and EconML through our adapters, DoubleML here, each with its own number.

What is alike: the covariates, the five folds (dealt out by user with the same seed) and, in EconML and DoubleML, boosted
trees with 8 leaves and 80 rounds. What is not: ours mix several learners and take the median of several such divisions
(`--one-split` where a benchmark has it). DoubleML moves propensities to 0.01 and 0.99 without saying so; EconML to its
own limits; DoWhy's clipping is switched off. A peer that fails on a table is shown with its reason, and ends nothing.
"""

import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from core.effects.adapters.peers import quietly
from core.effects.estimators import ESTIMATORS
from core.effects.interval import Ranged
from core.effects.nuisances import deal_folds
from core.effects.table import AnalysisTable
from core.errors import WhypathError

SAID = (
    "Peers get the same covariates and five folds; EconML and DoubleML learn with the same boosted trees (8 leaves, 80 "
    "rounds). DoubleML moves propensities to 0.01 and 0.99 without saying so."
)
FAULTS = (WhypathError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError, ImportError)
Peer = Callable[[AnalysisTable, str, int], tuple[str, float, float]]


@dataclass(frozen=True)
class Answer(Ranged):
    """What a peer said: estimand, value and error (NaN where it has none), CPU seconds; why: the reason of a failure."""

    peer: str
    estimand: str = ""
    value: float = float("nan")
    se: float = float("nan")
    seconds: float = 0.0
    why: str | None = None

    def said(self) -> str:
        """One line."""
        if self.why is not None:
            return f"{self.peer:28s} no number: {self.why}"
        return (
            f"{self.peer:28s} {self.estimand:10s} {self.value:12,.3f} (se {self.se:,.3f})  {self.low:,.3f} to "
            f"{self.high:,.3f}  {self.seconds:.1f} CPU s"
        )


def trees(*, is_share: bool) -> object:
    """The boosted trees of all peers."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    made = LGBMClassifier if is_share else LGBMRegressor
    return made(num_leaves=8, n_estimators=80, learning_rate=0.08, verbose=-1, num_threads=1, random_state=0)


def folds(table: AnalysisTable, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(train, test) rows of our first division of this table and seed."""
    fold = deal_folds(table.treatment, table.clusters, np.random.default_rng([seed, 0]))
    return [(np.flatnonzero(fold != which), np.flatnonzero(fold == which)) for which in range(fold.max() + 1)]


def plr(table: AnalysisTable, estimand: str, seed: int) -> tuple[str, float, float]:
    """DoubleML's partially linear regression: one effect for all, else near the overlap population's."""
    from doubleml import DoubleMLPLR

    model = DoubleMLPLR(
        _data(table), ml_l=_outcomes(table), ml_m=trees(is_share=True), draw_sample_splitting=False
    )  # fmt: skip
    return "ATO", *_fitted(model, table, seed)


def irm(table: AnalysisTable, estimand: str, seed: int) -> tuple[str, float, float]:
    """DoubleML's interactive regression, for the ATE or the ATT."""
    from doubleml import DoubleMLIRM

    score = "ATTE" if estimand == "ATT" else "ATE"
    model = DoubleMLIRM(
        _data(table), ml_g=_outcomes(table), ml_m=trees(is_share=True), score=score, draw_sample_splitting=False
    )
    return ("ATT" if estimand == "ATT" else "ATE"), *_fitted(model, table, seed)


def _adapter(name: str) -> Peer:
    def ask(table: AnalysisTable, estimand: str, seed: int) -> tuple[str, float, float]:
        entry = ESTIMATORS[name]
        wanted = estimand if estimand in entry.estimands else entry.estimands[0]
        found = entry.load()(table, estimand=wanted, seed=seed)
        return wanted, found.value, found.se

    return ask


PEERS: dict[str, Peer] = {
    "DoubleML PLR": plr,
    "DoubleML IRM": irm,
    **{entry.title: _adapter(name) for name, entry in ESTIMATORS.items() if entry.adapter},
}
LEARNING = ("DoubleML PLR", "DoubleML IRM", "LinearDML (EconML)", "LinearDRLearner (EconML)", "Causal forest (EconML)")


def ask(peer: str, table: AnalysisTable, estimand: str, seed: int = 0) -> Answer:
    """The peer's answer; whatever it raises is the reason why there is none."""
    began = time.process_time()
    try:
        with warnings.catch_warnings(), quietly():
            warnings.simplefilter("ignore")
            found = PEERS[peer](table, estimand, seed)
    except FAULTS as error:
        return Answer(peer, why=f"{type(error).__name__}: {str(error).splitlines()[0][:160] if str(error) else ''}")
    return Answer(peer, found[0], float(found[1]), float(found[2]), time.process_time() - began)


def ask_all(table: AnalysisTable, estimand: str, seed: int = 0, names: Iterable[str] = PEERS) -> list[Answer]:
    """The answers of all peers, or of those named."""
    return [ask(name, table, estimand, seed) for name in names]


def _outcomes(table: AnalysisTable) -> object:
    return trees(is_share=bool(np.isin(table.outcome, (0.0, 1.0)).all()))


def _data(table: AnalysisTable) -> object:
    from doubleml import DoubleMLData

    if table.sampled:
        raise ValueError("DoubleML counts every unit once, and here they stand for different numbers")
    return DoubleMLData.from_arrays(table.matrix(), table.outcome, table.treatment)


def _fitted(model: object, table: AnalysisTable, seed: int) -> tuple[float, float]:
    model.set_sample_splitting([folds(table, seed)])
    model.fit()
    return float(model.coef[0]), float(model.se[0])
