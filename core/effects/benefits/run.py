"""The job: from a study's question to who benefits, with a file of scored users. In a worker process."""

from typing import Any

from core.effects.benefits import SCORED_FILE
from core.effects.benefits.accepted import refuse_red
from core.effects.benefits.scored import scored_users, write_scored
from core.effects.benefits.spec import BenefitsSpec
from core.effects.benefits.who_benefits import Watch, benefits
from core.effects.nuisances import Nuisances
from core.effects.study_inputs import StudyInputs, inputs_from_log
from core.effects.study_spec import StudySpec
from core.effects.table import AnalysisTable
from core.effects.table_inputs import inputs_from_table
from core.effects.trimming import restated
from core.errors import BadSpec
from core.storage.engine import open_log
from core.storage.runs import Run


def work(run: Run) -> dict[str, Any]:
    """run.spec is a BenefitsSpec; returns what `benefits` found, with the ids of the run and of the study it rests on.

    Raises BadSpec when the study of this question is red: nobody benefits from a number that does not stand.
    """
    spec = BenefitsSpec.read(run.spec)
    study = refuse_red(run.workspace, spec.study, run.log_id, run.version_id)
    run.progress(0.01, "Building the analysis table")
    table = table_of(run, spec.study)
    _refuse_unknown(table, spec)
    found = benefits(
        table,
        seed=spec.study.asked_seed,
        learners=spec.learners,
        cost_per_treated=spec.cost_per_treated,
        smallest_group=spec.smallest_group,
        segment_groups=spec.segments,
        watch=Watch(run.progress, run.show),
    )
    scored = scored_users(found)
    if scored is not None:
        write_scored(scored, run.folder / SCORED_FILE)
    said = () if spec.study.table is None else table.notes  # what became of a ready table's columns; a log's are known
    answer = {
        **found.found,
        "notes": [*said, *found.found["notes"]],
        "attrition": [vars(step) for step in table.attrition],
    }
    ids = {"run_id": run.run_id, "log_id": run.log_id, "version_id": run.version_id}
    file = None if scored is None else {"name": SCORED_FILE, "users": len(scored)}
    return {**ids, "spec": spec.plain(), "study": study, **answer, "scored": file}


def table_of(run: Run, study: StudySpec) -> AnalysisTable:
    """The analysis table of the study, trimmed as the study was. An experiment's has all covariates, which it does not
    need for its average."""
    if study.question is None:
        asked = study.model_copy(update={"randomised": False, "treated_share": None}) if study.randomised else study
        return _remaining(inputs_from_table(run.workspace, asked), asked)
    log = open_log(run.workspace, run.log_id or "", run.version_id)
    try:
        return _remaining(inputs_from_log(run.workspace, log, study.question), study)
    finally:
        log.close()


def _remaining(inputs: StudyInputs, study: StudySpec) -> AnalysisTable:
    if study.asked_trim is None:
        return inputs.table
    return restated(inputs, study, Nuisances(inputs.table, seed=study.asked_seed)).inputs.table


def _refuse_unknown(table: AnalysisTable, spec: BenefitsSpec) -> None:
    known = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    for name in spec.segments or ():
        if name not in known:
            raise BadSpec(f"Setting 'segments': there is no covariate group '{name}'; choose from {', '.join(known)}.")
