"""The study: from inputs to estimates, checks and a verdict. The procedure of a study's run, in a worker process.

Order: propensities, then overlap, which decides whether the ATE may be estimated at all; outcome models; estimators;
balance; refuters; sensitivity; verdict. The cross-fitted nuisances are made once and shared by all of them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.effects.chosen import chosen_estimators
from core.effects.diagnostics import Balance, Overlap, balance, overlap
from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.nuisances import Nuisances
from core.effects.refutation import Attempt, Refutation
from core.effects.refuters import REFUTERS
from core.effects.sample_ratio import sample_ratio
from core.effects.sensitivity import Sensitivity, sensitivity
from core.effects.study_inputs import StudyInputs, inputs_from_log, inputs_from_table
from core.effects.study_spec import StudySpec
from core.effects.table import AnalysisTable
from core.effects.verdict import Check, Wording, verdict
from core.errors import NotEnoughData
from core.graphs.identification.dowhy_check import state
from core.storage.engine import open_log
from core.storage.runs import Run

SMALLEST_ARM = 20
FEWEST_USERS = 10  # fewer sums cannot carry an error
HEADLINES = ("aipw", "ipw", "raw")  # the most robust of those asked for; an experiment needs no adjustment
Progress = Callable[[float, str], None]


def work(run: Run) -> dict[str, Any]:
    """The job: run.spec is a StudySpec; returns the study as JSON-ready values."""
    spec = StudySpec.read(run.spec)
    run.progress(0.02, "Building the analysis table")
    if spec.question is not None:
        log = open_log(run.workspace, run.log_id or "", run.version_id)
        try:
            inputs = inputs_from_log(run.workspace, log, spec.question)
        finally:
            log.close()
    else:
        inputs = inputs_from_table(run.workspace, spec)
    study = study_of(inputs, spec, progress=run.progress)
    return {"run_id": run.run_id, "log_id": run.log_id, "version_id": run.version_id, **study}


def study_of(
    inputs: StudyInputs, spec: StudySpec, *, progress: Progress = lambda share, message: None
) -> dict[str, Any]:
    """Estimate, check and judge. The dict is the result of a study's run, less the ids of run and log.

    Raises NotEnoughData for arms under 20 units, under 10 users, or an outcome that never varies.
    """
    table, seed = inputs.table, spec.asked_seed
    _refuse_too_little(table)
    nuisances = Nuisances(table, seed=seed)
    progress(0.1, "Learning who was treated")
    asked, offered = _overlaps(table, nuisances, spec.asked_estimand)
    used = offered or asked
    estimates = _estimates(table, spec, used.estimand, nuisances, progress)
    headline = _headline(estimates, spec)
    progress(0.6, "Checking balance")
    balanced = balance(table, _weights(estimates), randomised=spec.randomised)
    attempt = Attempt(table, headline, nuisances, seed, inputs.placebos)
    refutations = [_refute(name, attempt, progress, 0.65 + 0.1 * place) for place, name in enumerate(REFUTERS)]
    progress(0.9, "How strong would a hidden cause have to be?")
    robust = sensitivity(table)
    ratio = sample_ratio(table, spec.treated_share) if spec.randomised else None
    checks = _checks(used, balanced, refutations, robust, ratio)
    wording = Wording(table.treatment_title, table.outcome_title, table.outcome_unit)
    judged = verdict(headline, checks, wording=wording, randomised=spec.randomised, unidentified=inputs.unidentified)
    progress(0.95, "Asking DoWhy to identify the same effect")
    second_opinion = state(inputs.graph)
    return {
        "spec": spec.plain(),
        "seed": seed,
        "title": inputs.title,
        "population": table.population,
        "units": table.units,
        "treated": int(table.treatment.sum()),
        "control": int((1 - table.treatment).sum()),
        "attrition": [{"title": step.title, "units": step.units} for step in table.attrition],
        "treatment_title": table.treatment_title,
        "outcome_title": table.outcome_title,
        "outcome_unit": table.outcome_unit,
        "baseline": float(table.outcome[table.treatment == 0].mean()),
        "raw": estimates[0].plain(),
        "estimates": [estimate.plain() for estimate in estimates],
        "headline": {"estimator": headline.estimator, "estimand": headline.estimand},
        "refused": [{"estimand": asked.estimand, "sentence": asked.sentence}] if offered else [],
        "identification": {**inputs.identification.plain(), "graph": inputs.graph.plain(), "dowhy": second_opinion},
        "overlap": {**asked.plain(), "offered": offered.plain() if offered else None},
        "balance": balanced.plain(),
        "refutations": [refutation.plain() for refutation in refutations],
        "sensitivity": robust.plain(),
        "sample_ratio": {"passed": ratio.passed, "sentence": ratio.sentence} if ratio else None,
        "verdict": judged.plain(),
        "truth": inputs.truth,
        "notes": [*table.notes, *inputs.notes],
    }  # fmt: skip


def _refuse_too_little(table: AnalysisTable) -> None:
    treated, users = int(table.treatment.sum()), int(table.clusters.max(initial=-1)) + 1
    if min(treated, table.units - treated) < SMALLEST_ARM:
        raise NotEnoughData(
            f"There are {treated:,} treated and {table.units - treated:,} control units; "
            f"a study needs {SMALLEST_ARM} of each."
        )
    if users < FEWEST_USERS:
        raise NotEnoughData(
            f"The units belong to {users:,} users or clusters, which are what is independent; "
            f"an interval needs at least {FEWEST_USERS}."
        )
    if np.ptp(table.outcome) == 0:
        raise NotEnoughData(
            f"The outcome {table.outcome_title} is {table.outcome[0]:g} for every unit, so nothing can be compared; "
            "choose one that varies."
        )


def _overlaps(table: AnalysisTable, nuisances: Nuisances, estimand: str) -> tuple[Overlap, Overlap | None]:
    """Overlap for what was asked; where it fails for the ATE, also for the ATT that is offered instead."""
    propensity = nuisances.propensity(0)
    asked = overlap(table, propensity, estimand=estimand)
    if estimand == "ATE" and asked.passed is not True:
        return asked, overlap(table, propensity, estimand="ATT")
    return asked, None


def _estimates(
    table: AnalysisTable, spec: StudySpec, estimand: str, nuisances: Nuisances, progress: Progress
) -> list[Estimate]:
    """The raw difference first, then the others asked for."""
    names = chosen_estimators(table, spec, estimand)
    if "aipw" in names:
        for split in range(nuisances.splits):
            progress(
                0.15 + 0.4 * split / nuisances.splits, f"Learning outcomes, split {split + 1} of {nuisances.splits}"
            )
            nuisances.propensity(split)
            nuisances.outcome(0, split)
            if estimand == "ATE":
                nuisances.outcome(1, split)
    progress(0.55, "Estimating")
    return [
        ESTIMATORS[name].load()(table, estimand=estimand, seed=spec.asked_seed, nuisances=nuisances) for name in names
    ]


def _headline(estimates: Sequence[Estimate], spec: StudySpec) -> Estimate:
    by_name = {estimate.estimator: estimate for estimate in estimates}
    order = reversed(HEADLINES) if spec.randomised else HEADLINES
    return next(by_name[name] for name in order if name in by_name)


def _weights(estimates: Sequence[Estimate]) -> np.ndarray:
    """The weights of the most robust estimator: what balance is judged after."""
    by_name = {estimate.estimator: estimate for estimate in estimates}
    return next(by_name[name].weights for name in HEADLINES if name in by_name)


def _refute(name: str, attempt: Attempt, progress: Progress, share: float) -> Refutation:
    progress(share, f"Trying to break it: {REFUTERS[name].title.lower()}")
    refutation: Refutation = REFUTERS[name].load()(attempt)
    return refutation


def _checks(
    overlapping: Overlap, balanced: Balance, refutations: Sequence[Refutation], robust: Sensitivity, ratio: Check | None
) -> list[Check]:
    return [
        *([ratio] if ratio else []),
        Check("overlap", "Overlap", overlapping.passed, overlapping.sentence),
        Check("balance", "Balance", balanced.passed, balanced.sentence),
        *(Check(each.name, each.title, each.passed, each.sentence) for each in refutations),
        Check("sensitivity", "Sensitivity to a hidden cause", robust.passed, robust.sentence),
    ]
