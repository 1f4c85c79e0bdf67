"""Which study the page on who benefits is about, and what is asked of it."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.effects.benefits import CATE_LEARNERS, DEFAULT_LEARNERS
from core.effects.benefits.accepted import study_of_it
from core.effects.benefits.spec import BenefitsSpec
from core.effects.groups import called
from core.effects.study_spec import StudySpec
from core.errors import WhypathError
from core.jobs.queue import submit
from core.storage.engine import Log
from core.storage.runs import find_result, find_run, list_runs
from pages.shared import cached, controls, question_state, state, words

LEARNERS, COST, SMALLEST, SEGMENTS, SOURCE = (
    f"{state.BENEFITS}{name}" for name in ("learners", "cost", "smallest", "segments", "source")
)


@dataclass(frozen=True)
class Accepted:
    """A finished study that may be asked who benefits: the row of its run, and its result."""

    row: dict[str, Any]
    result: dict[str, Any]


def accepted_study(log: Log) -> Accepted | None:
    """The study in hand, if its number stands; else says what is missing, or why not."""
    found = {name: run_id for name, run_id in (("question", _of_question(log)), ("table", _of_table())) if run_id}
    if not found:
        st.info(
            "This needs an accepted estimate: ask a question and estimate its effect first.", icon=":material/balance:"
        )
        controls.go_to("estimate.py", "Estimate the effect")
        controls.go_to("studies.py", "Or open a study that is finished")
        controls.go_to("own_table.py", "Or study a table of your own")
        return None
    titles = {"question": "The question of the log", "table": "The ready table"}
    which = next(iter(found))
    if len(found) > 1:
        which = str(
            st.segmented_control(
                "Study", list(found), format_func=titles.__getitem__, key=SOURCE, default=which, required=True
            )
        )
    study = Accepted(find_run(cached.workspace(), found[which]), find_result(cached.workspace(), found[which]))
    st.subheader(controls.plain(study.result["title"]), anchor=False)
    return study if _stands(study.result) else None


def ask(study: Accepted) -> str | None:
    """The form; returns the run that answers it, or the newest of the same study, or None."""
    unit = study.result["outcome_unit"]
    groups = list(dict.fromkeys(row["group"] for row in study.result["balance"]["rows"]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        learners = st.multiselect(
            "Learners", list(CATE_LEARNERS), default=list(DEFAULT_LEARNERS), key=LEARNERS, width=430,
            format_func=lambda name: CATE_LEARNERS[name].title,
            help="  \n".join(f"**{entry.title}**: {entry.says}" for entry in CATE_LEARNERS.values()),
        )  # fmt: skip
        segments = st.multiselect(
            "Segments by", groups, key=f"{SEGMENTS}-{study.row['run_id']}", placeholder="every covariate", width=330,
            format_func=called,
            help="Covariate groups to divide the units by. Fewer looks find a real difference more surely.",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cost = st.number_input(
            f"Cost of treating one unit, in {'percentage points' if unit == 'share' else controls.plain(unit)}",
            value=0.0, key=COST, width=430, format="%g",
            help="What treating one unit costs, in the outcome's unit: a rule then treats where the effect is larger.",
        )  # fmt: skip
        smallest = st.number_input(
            "Smallest group", min_value=40, max_value=1_000_000, value=100, step=20, key=SMALLEST, width=160,
            help="Segments of fewer units are pooled.",
        )  # fmt: skip
    spec = BenefitsSpec.read(
        {
            "study": study.row["spec"],
            "learners": learners or list(DEFAULT_LEARNERS),
            "cost_per_treated": cost / 100 if unit == "share" else cost,
            "smallest_group": int(smallest),
            "segments": segments or None,
        }
    )
    return _run_of(study, spec)


def _run_of(study: Accepted, spec: BenefitsSpec) -> str | None:
    pinned = {"log_id": study.row["log_id"], "version_id": study.row["version_id"]}
    asked = spec.plain()
    runs = [
        row
        for row in list_runs(cached.workspace(), kind="benefits", log_id=pinned["log_id"])
        if row["spec"].get("study") == asked["study"] and row["version_id"] == pinned["version_id"]
    ]
    same = [str(row["run_id"]) for row in runs if row["spec"] == asked]
    if same:
        return same[0]
    if st.button("Find out who benefits", type="primary", icon=":material/groups:", key="find-benefits"):
        submit(cached.workspace(), "benefits", asked, title=f"Who benefits: {study.result['title']}", **pinned)
        st.rerun()
    if runs:
        st.caption(":material/info: What stands below was asked with other settings.")
        return str(runs[0]["run_id"])
    return None


def _of_question(log: Log) -> str | None:
    """The newest finished study of the question in hand on the open version."""
    try:
        question = question_state.recall_question(cached.workspace(), log.manifest)
    except WhypathError:
        return None
    found = study_of_it(cached.workspace(), StudySpec(question=question), log.log_id, log.version_id)
    return str(found["run_id"]) if found else None


def _of_table() -> str | None:
    """The study of the ready table that was brought last, once it is done."""
    run_id = state.recall(state.TABLE_STUDY)
    if run_id is None:
        return None
    return run_id if find_run(cached.workspace(), run_id)["status"] == "done" else None


def _stands(result: dict[str, Any]) -> bool:
    """Whether the study's number stands; says so, or says why it does not."""
    verdict = result["verdict"]
    if result.get("treatment_kind", "binary") != "binary":
        st.info("Who benefits is answered for a treatment that is taken or not; this one has more values.")
        return False
    if verdict["light"] == "red":
        st.error(f"The study is red, so who benefits is not asked of it. {controls.plain(verdict['sentence'])}")
        controls.go_to("estimate.py", "See why")
        return False
    if verdict["light"] == "amber":
        reason = controls.plain((verdict["reasons"] or verdict["not_checked"] or [""])[0])
        st.warning(f"The study is amber, and what follows is no surer than it is. {reason}", icon=":material/warning:")
    main = next((row for row in result["estimates"] if row["estimator"] == result["headline"]["estimator"]), None)
    if main is not None:
        unit = main.get("unit") or result["outcome_unit"]
        st.caption(
            f"On average the study found {words.effect(main['value'], unit)} "
            f"({words.interval(main['low'], main['high'], unit)}), {main['estimand']}, {verdict['light']} light."
        )
    return True
