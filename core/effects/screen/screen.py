"""The causal screen, a run: every pair of event types of a log with its raw and its adjusted difference, in one table.

One scan serves all pairs. A trial is a session that reaches its n-th event, and the question is what comes next: the
cause, or something else or nothing. Covariates are the history up to there, the effect is looked for from then on;
since the cause comes next, no effect can come before it. Adjusted by weighting and outcome model with shared linear
learners (`many_outcomes`). The placebo is the cause in the user's next trials, which cannot change what followed
this one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from core.effects.battery.empirical_null import p_value
from core.effects.battery.later_trials import trial_after
from core.effects.diagnosis.differences import standardised_differences
from core.effects.diagnosis.overlap import overlap
from core.effects.groups import covariate_groups
from core.effects.many_outcomes import Effects, design_of, many_effects
from core.effects.question import microseconds
from core.effects.screen.pair import Pair, Quick, place_check, placebo_check, q_values
from core.effects.screen.robustness import robustness_checks
from core.effects.screen.scan import Followed, Rules, follow, windows_of
from core.effects.screen.settings import refuse, settled
from core.effects.screen.spec import ScreenSpec
from core.effects.table import OUTCOME, TREATMENT, AnalysisTable
from core.events.definitions.references import rule_of, title_of
from core.storage.engine import Log, open_log
from core.storage.runs import Run

FEWEST: Final = 20  # units of each arm, and with and without the effect
PLACEBO_LAGS: Final = 3
FIRST_SHARE: Final = (
    0.2  # where fewer trials than this had none of the cause so far, it is asked whether it comes again
)
BALANCE_LINE: Final = 0.1
Progress = Callable[[float, str], None]


def work(run: Run) -> dict[str, Any]:
    """The job: run.spec is a ScreenSpec; returns the screen as JSON-ready values."""
    log = open_log(run.workspace, run.log_id or "", run.version_id)
    try:
        found = screen(log, ScreenSpec.read(run.spec), progress=run.progress)
    finally:
        log.close()
    return {"run_id": run.run_id, "log_id": run.log_id, "version_id": run.version_id, **found}


def screen(log: Log, spec: ScreenSpec, *, progress: Progress = lambda share, message: None) -> dict[str, Any]:
    """All pairs, the clearest first. Raises NotEnoughData without two event types or with too few trials."""
    used, types, left_out = settled(log, spec)
    progress(0.02, f"Scanning the trials for {len(types)} event types")
    rules = [rule_of(name, log.manifest) for name in types]
    seen = follow(
        log,
        landmark_event=used.landmark_event or 1,
        offsets=windows_of(
            lookback_us=microseconds(used.lookback_days or 1.0),
            treatment_us=0,
            outcome_us=microseconds(used.outcome_window_days),
        ),
        rules=Rules(rules, rules),
        groups=covariate_groups(log.manifest),
        units_at_most=used.units_at_most,
        next_event=True,
    )
    refuse(seen.units, used)
    design = design_of(seen.matrix)
    pairs: list[Pair] = []
    for place, cause in enumerate(types):
        progress(0.1 + 0.85 * place / len(types), f"What {title_of(cause)} does")
        pairs += _pairs_of(seen, design, types, place, used)
    pairs = _with_q_values(pairs)
    return {
        "spec": used.plain(),
        "event_types": types,
        "pairs": [pair.plain() for pair in sorted(pairs, key=_clearness)],
        "units": seen.units,
        "users": int(seen.clusters.max(initial=-1)) + 1,
        "found": sum(_stands_out(pair, used.false_share) for pair in pairs),
        "covariates": list(dict.fromkeys(covariate.group for covariate in seen.covariates)),
        "notes": _notes(seen, left_out, pairs),
    }


def _pairs_of(seen: Followed, design: np.ndarray, types: Sequence[str], place: int, spec: ScreenSpec) -> list[Pair]:
    """What one event type does to all others."""
    first = seen.taken_before[:, place] == 0
    again = bool(first.mean() < FIRST_SHARE)
    rows = np.arange(seen.units) if again else np.flatnonzero(first)
    treatment, outcomes = (seen.taken[rows, place] > 0).astype(float), (seen.counts[rows] > 0).astype(float)
    others = [at for at in range(len(types)) if at != place]
    treated, few = int(treatment.sum()), min(treatment.sum(), (1 - treatment).sum()) < FEWEST
    varied = [at for at in others if not few and FEWEST <= outcomes[:, at].sum() <= len(rows) - FEWEST]
    pairs = [_untold(types[place], types[at], treatment, outcomes[:, at], again) for at in others if at not in varied]
    if not varied:
        return pairs
    clusters = np.unique(seen.clusters[rows], return_inverse=True)[1]
    found = many_effects(design[rows], treatment, outcomes[:, varied], clusters, seed=spec.seed)
    shared = {"overlap": _overlap(treatment, found), "balance": _balance(seen.matrix[rows], treatment, found)}
    robust = robustness_checks(seen.matrix[rows], seen.covariates, treatment, outcomes[:, varied])
    placebos = _placebos(seen, design, place, varied, rows, spec)
    for column, at in enumerate(varied):
        value, se = float(found.value[column]), float(found.se[column])
        instead = float((seen.taken[rows[treatment == 0], at] > 0).mean())
        checks = {
            "place": place_check(value, instead, title_of(types[place]), title_of(types[at])),
            **shared,
            "placebo": _placebo(placebos, column, value),
            "robustness": robust[column],
        }
        pairs.append(
            Pair(
                types[place], types[at], again, len(rows), treated,
                float(found.treated_mean[column]), float(found.control_mean[column]), value, se, checks,
                p_value=p_value(value, se) if np.isfinite(se) and se > 0 else None,
            )
        )  # fmt: skip
    return pairs


def _untold(cause: str, effect: str, treatment: np.ndarray, outcome: np.ndarray, again: bool) -> Pair:
    treated = int(treatment.sum())
    shares = [float(outcome[treatment == arm].mean()) if (treatment == arm).any() else None for arm in (1, 0)]
    said = (
        f"Too few: {title_of(cause)} came next in {treated:,} of {len(treatment):,} trials, and "
        f"{int(outcome.sum()):,} had {title_of(effect)} later; each needs {FEWEST}, and as many without."
    )
    return Pair(
        cause, effect, again, len(treatment), treated, shares[0], shares[1], None, None, {"units": Quick(None, said)}
    )


def _overlap(treatment: np.ndarray, found: Effects) -> Quick:
    frame = pd.DataFrame({TREATMENT: treatment, OUTCOME: 0.0})
    judged = overlap(AnalysisTable(frame, (), "", "", "share", ""), found.propensity, estimand="ATE")
    return Quick(judged.passed, judged.sentence)


def _balance(matrix: np.ndarray, treatment: np.ndarray, found: Effects) -> Quick:
    if not matrix.shape[1]:
        return Quick(None, "Balance: there are no covariates.")
    kept = np.clip(found.propensity, 1e-3, 1 - 1e-3)
    worst = float(
        np.abs(standardised_differences(matrix, treatment, np.where(treatment == 1, 1 / kept, 1 / (1 - kept)))).max()
    )
    return Quick(
        worst <= BALANCE_LINE,
        f"Balance: after weighting the arms differ by at most {worst:.2f} standard deviations (line {BALANCE_LINE}).",
    )


def _placebos(
    seen: Followed, design: np.ndarray, place: int, varied: Sequence[int], rows: np.ndarray, spec: ScreenSpec
) -> Effects | None:
    """The cause in the user's next trials on what followed this one, over the trials that had none of it after this."""
    eligible = np.isin(np.arange(seen.units), rows)
    untouched = eligible & (seen.taken[:, place] == 0) & (seen.counts[:, place] == 0)
    earlier, later = [], []
    for lag in range(1, PLACEBO_LAGS + 1):
        after = trial_after(seen, eligible, microseconds(spec.outcome_window_days), lag)
        here = np.flatnonzero(untouched & (after >= 0))
        earlier.append(here)
        later.append(after[here])
    units, treatment = np.concatenate(earlier), (seen.taken[np.concatenate(later), place] > 0).astype(float)
    if min(treatment.sum(), (1 - treatment).sum()) < FEWEST:
        return None
    clusters = np.unique(seen.clusters[units], return_inverse=True)[1]
    outcomes = (seen.counts[units][:, varied] > 0).astype(float)
    return many_effects(design[units], treatment, outcomes, clusters, seed=spec.seed)


def _placebo(placebos: Effects | None, column: int, headline: float) -> Quick:
    if placebos is None:
        return Quick(None, "Placebo: too few users come back for another trial.")
    return placebo_check(float(placebos.value[column]), float(placebos.se[column]), headline=headline)


def _with_q_values(pairs: Sequence[Pair]) -> list[Pair]:
    told = [pair for pair in pairs if pair.p_value is not None]
    adjusted = q_values(np.array([pair.p_value for pair in told]))
    known = {(pair.cause, pair.effect): float(q) for pair, q in zip(told, adjusted, strict=True)}
    return [replace(pair, q_value=known.get((pair.cause, pair.effect))) for pair in pairs]


def _clearness(pair: Pair) -> tuple[bool, float]:
    """The clearest first; what may only be one event in the other's place after all others, then what has no number."""
    if pair.value is None or not pair.se:
        return True, 1.0
    return pair.displaced, -abs(pair.value / pair.se)


def _stands_out(pair: Pair, false_share: float) -> bool:
    return pair.q_value is not None and pair.q_value <= false_share and not pair.displaced


def _notes(seen: Followed, left_out: Sequence[str], pairs: Sequence[Pair]) -> list[str]:
    notes = []
    if left_out:
        named = ", ".join(left_out[:8]) + (f" and {len(left_out) - 8} more" if len(left_out) > 8 else "")
        notes.append(f"Less frequent event types are not screened: {named}.")
    if seen.sampled_share < 1:
        notes.append(f"A chance sample of {100 * seen.sampled_share:.1f} % of the users, always the same ones.")
    untold = sum(pair.value is None for pair in pairs)
    if untold:
        notes.append(f"{untold} of {len(pairs)} pairs have too few trials for a number.")
    notes.append(
        "A first look, made for all pairs at once: linear learners, no trees, and few checks. Study a pair before "
        "acting on it."
    )
    return notes
