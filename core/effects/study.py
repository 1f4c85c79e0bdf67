"""The study: from inputs to estimates, checks and a verdict. The procedure of a study's run, in a worker process.

Order: the raw difference, which is shown at once; propensities, who remains where trimming was asked for, and overlap,
which decides what may be estimated at all; the planted effect, before the headline is seen; estimators; balance and
diagnosis; refuters; sensitivity; what the log itself says (negative controls, other tools); verdict. Each
chapter is shown as soon as it is written. The cross-fitted nuisances are made once and shared by all of them.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from core.effects.battery.battery import battery
from core.effects.benefits.who_benefits import who_benefits
from core.effects.chosen import ASSUMED, chosen_estimators, chosen_refuters, headline_of, weighting_of
from core.effects.diagnosis import diagnose
from core.effects.diagnosis.balance import balance
from core.effects.diagnosis.leak import leak
from core.effects.disagreement import why_they_differ
from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.naive import ever_against_never
from core.effects.nuisances import Nuisances
from core.effects.opening import opening, refuse_too_little
from core.effects.other_tools import other_tools
from core.effects.planted_effect import planted_effect
from core.effects.protocol import protocol
from core.effects.refutation import Attempt, Refutation
from core.effects.refuters import REFUTERS, who_stays
from core.effects.sample_ratio import sample_ratio
from core.effects.sensitivity import sensitivity
from core.effects.settling import what_would_settle
from core.effects.standing import Standing, standing
from core.effects.study_inputs import StudyInputs, inputs_from_log
from core.effects.study_spec import StudySpec
from core.effects.table import AnalysisTable
from core.effects.table_inputs import inputs_from_table
from core.effects.trimming import restated
from core.effects.verdict import GREEN, Check, Wording, verdict
from core.errors import BadInput
from core.graphs.identification.dowhy_check import state
from core.storage.engine import open_log
from core.storage.runs import Run

PATIENCE_SECONDS: Final = 600.0  # what is tried is planned from sizes, so that a seed gives one answer; this is a stop
PAIRS: Final = 30  # null pairs
Progress = Callable[[float, str], None]
Show = Callable[[dict[str, Any]], None]


def work(run: Run) -> dict[str, Any]:
    """The job: run.spec is a StudySpec; returns the study as JSON-ready values."""
    spec = StudySpec.read(run.spec)
    run.progress(0.02, "Building the analysis table")
    ids = {"run_id": run.run_id, "log_id": run.log_id, "version_id": run.version_id}

    def show(known: dict[str, Any]) -> None:
        run.show({**ids, **known})

    if spec.question is None:
        study = study_of(inputs_from_table(run.workspace, spec), spec, progress=run.progress, show=show)
    else:
        log = open_log(run.workspace, run.log_id or "", run.version_id)
        try:
            show(opening(inputs_from_log(run.workspace, log, spec.question, bare=True), spec))
            if spec.question.history_state:
                run.progress(0.03, "Learning the order of events")
            inputs = inputs_from_log(run.workspace, log, spec.question)
            study = study_of(inputs, spec, progress=run.progress, show=show)
        finally:
            log.close()
    return {**ids, **study}


def study_of(
    inputs: StudyInputs,
    spec: StudySpec,
    *,
    progress: Progress = lambda share, message: None,
    show: Show = lambda known: None,
) -> dict[str, Any]:
    """Estimate, check and judge. The dict is the result of a study's run, less the ids of run and log.

    show: told what is known after each chapter. Raises NotEnoughData for arms under 20 units, under 10 users, or an
    outcome that never varies.
    """
    table, seed = inputs.table, spec.asked_seed
    refuse_too_little(table)
    known: dict[str, Any] = {}

    def tell(share: float, next_chapter: str, **chapters: Any) -> None:
        known.update(chapters)
        show(known)
        progress(share, next_chapter)

    tell(0.05, "Learning who was treated", **opening(inputs, spec))
    remain = restated(inputs, spec, Nuisances(table, seed=seed))
    whole, inputs, nuisances, table = table, remain.inputs, remain.nuisances, remain.inputs.table
    if remain.trimming is not None:
        tell(0.08, "Learning who was treated, of those who remain", **opening(inputs, spec))
    stands = standing(table, nuisances, spec.asked_estimand)
    tell(0.1, "Planting an effect", **stands.plain(), naive=_naive(inputs), trimming=remain.plain())
    names = chosen_estimators(table, inputs, spec, stands.estimand)
    planted = planted_effect(
        table, names, nuisances=nuisances, estimand=stands.estimand, seed=seed, seconds=PATIENCE_SECONDS
    )
    tell(0.2, "Estimating", planted=planted.plain())
    estimates, without = _estimates(table, names, spec, stands, nuisances, progress)
    headline = headline_of(estimates, inputs, spec)
    tell(
        0.5,
        "Checking balance",
        estimates=[estimate.plain() for estimate in estimates],
        without=without,
        disagreement=why_they_differ(
            [each for each in estimates if not ESTIMATORS[each.estimator].needs], table.outcome_unit
        ),
        headline={"estimator": headline.estimator, "estimand": headline.estimand},
    )
    balanced = balance(table, weighting_of(estimates), randomised=spec.randomised)
    diagnosis = diagnose(table, headline, nuisances, asked=spec.asked_estimand, seed=seed)
    overlapping = diagnosis["support"] or vars(stands.used)  # several arms and amounts have a support of their own
    leaking = leak(table)
    tell(0.55, "Trying to break it", balance=balanced.plain(), diagnosis=diagnosis, leak=leaking.plain())
    placebos = inputs.placebos()
    known["notes"] = [*known["notes"], *placebos.notes]
    settings = inputs.question.plain() if inputs.question is not None else {}
    attempt = Attempt(table, headline, nuisances, seed, placebos.tables, again=inputs.again, settings=settings)
    refutations = _refutations(spec, attempt, tell)
    robust = sensitivity(table, headline, nuisances)
    tell(0.8, "Drawing null pairs from the log", sensitivity=robust.plain())
    controls, tools = None, None
    if inputs.log is not None and inputs.question is not None:
        controls = battery(
            inputs.log,
            inputs.question,
            table,
            headline,
            states=inputs.states,
            seed=seed,
            pairs=PAIRS,
            seconds=PATIENCE_SECONDS,
        )
        tools = other_tools(
            inputs.log, inputs.question, table, headline, whole=None if whole is table else whole, seed=seed
        )
    ratio = sample_ratio(table, spec.treated_share) if spec.randomised else None
    tell(
        0.9,
        "Who benefits" if spec.cate else "Asking DoWhy",
        battery=controls.plain() if controls else None,
        other_tools=tools.plain() if tools else None,
        sample_ratio={"passed": ratio.passed, "sentence": ratio.sentence} if ratio else None,
    )
    if spec.cate:
        tell(0.95, "Asking DoWhy", cate=_who_benefits(inputs, nuisances, seed))
    known["identification"] = {**known["identification"], "dowhy": state(inputs.graph)}
    checks = [
        *([ratio] if ratio else []),
        Check("overlap", "Overlap", overlapping["passed"], overlapping["sentence"]),
        Check("balance", "Balance", balanced.passed, balanced.sentence),
        Check("leak", "Leaks of the treatment", leaking.passed, leaking.sentence),
        *(Check(each.name, each.title, each.passed, each.sentence, each.needed) for each in refutations),
        *who_stays.left_out(table, chosen_refuters(spec)),
        *([Check("battery", controls.plain()["title"], controls.passed, controls.sentence)] if controls else []),
        *([Check("planted", "Planted effect", planted.passed, planted.sentence)] if planted.passed is False else []),
        Check("sensitivity", "Sensitivity to a hidden cause", robust.passed, robust.sentence),
        *_own_checks(headline),
    ]
    taken = f"{table.arms[1]} instead of {table.arms[0]}" if len(table.arms) > 1 else table.treatment_title
    wording = Wording(taken, table.outcome_title, headline.unit or table.outcome_unit, remain.among)
    judged = verdict(
        headline,
        checks,
        wording=wording,
        randomised=spec.randomised,
        unidentified=_without_number(inputs, without) or inputs.unidentified,
        assumed=ASSUMED.get(headline.estimator),
    )
    settles = (
        what_would_settle(judged.failed, judged.missing, inputs.identification, table, headline)
        if judged.light != GREEN
        else None
    )
    known["verdict"] = {**judged.plain(), "settles": settles}
    tell(1.0, "Done", protocol=[row.plain() for row in protocol(spec, known)])
    return known


def _without_number(inputs: StudyInputs, without: Sequence[dict[str, str]]) -> str | None:
    """What the question or the graph called for and has no number: another in its place answers another question."""
    lost = next((each for each in without if each["estimator"] in inputs.headlines), None)
    return None if lost is None else f"{lost['title']} was called for and has no number: {lost['sentence']}"


def _own_checks(headline: Estimate) -> list[Check]:
    """What the headline's estimator checked of its own assumptions."""
    title = ESTIMATORS[headline.estimator].title
    return [
        Check(name, f"{title}: {name.replace('_', ' ')}", found["passed"], str(found["sentence"]))
        for name, found in headline.details.items()
        if isinstance(found, dict) and {"passed", "sentence"} <= set(found)
    ]


def _naive(inputs: StudyInputs) -> dict[str, Any] | None:
    """Ever against never, for a question of a log; None where it cannot be counted."""
    if inputs.log is None or inputs.question is None:
        return None
    try:
        return ever_against_never(inputs.log, inputs.question)
    except BadInput:
        return None


def _who_benefits(inputs: StudyInputs, nuisances: Nuisances, seed: int) -> dict[str, Any]:
    """Held-out learners of who benefits, or why there are none. An experiment has covariates for this alone."""
    try:
        return who_benefits(inputs.wide, nuisances if inputs.wide is inputs.table else None, seed=seed)
    except BadInput as error:
        return {"refused": str(error)}


def _estimates(
    table: AnalysisTable,
    names: Sequence[str],
    spec: StudySpec,
    stands: Standing,
    nuisances: Nuisances,
    progress: Progress,
) -> tuple[list[Estimate], list[dict[str, str]]]:
    """The raw difference first, then the others: each of the estimand that stands, or of its own; and why some have
    none. Raises what the last one raised where none has any."""
    found: list[Estimate] = []
    without: list[dict[str, str]] = []
    for place, name in enumerate(names):
        entry = ESTIMATORS[name]
        progress(0.2 + 0.3 * place / len(names), f"Estimating: {entry.title.lower()}")
        estimand = stands.estimand if stands.estimand in entry.estimands else entry.estimands[0]
        try:
            found.append(entry.load()(table, estimand=estimand, seed=spec.asked_seed, nuisances=nuisances))
        except BadInput as error:
            without.append({"estimator": name, "title": entry.title, "sentence": str(error)})
            if len(without) == len(names):
                raise
    return found, without


def _refutations(spec: StudySpec, attempt: Attempt, tell: Callable[..., None]) -> Sequence[Refutation]:
    names = chosen_refuters(spec)
    found: list[Refutation] = []
    for place, name in enumerate(names):
        following = names[place + 1] if place + 1 < len(names) else None
        message = f"Trying to break it: {REFUTERS[following].title.lower()}" if following else "A hidden cause?"
        found.append(REFUTERS[name].load()(attempt))
        tell(0.55 + 0.3 * (place + 1) / len(names), message, refutations=[each.plain() for each in found])
    return found
