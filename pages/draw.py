"""Draw: what do you believe causes what? The template comes from time; what the log lacks is marked here."""

import streamlit as st

from core.effects.analysis_table import groups
from core.effects.question import check, sentence
from core.errors import WhypathError
from core.figures.graph import causal_graph
from core.graphs.identify import identify
from core.graphs.tiers import graph_from_tiers
from core.storage.catalogue import keep_graph
from pages.shared import cached, controls, question_state
from pages.shared.group_marks import LEFT_OUT, UNMEASURED, marks_of_groups

controls.header("Causal graph", "What do you believe causes what? An estimate is as good as this picture.")
log = controls.open_log_or_wait()

try:
    held = question_state.recall_question(cached.workspace(), log.manifest)
    check(held, log.manifest)
    st.markdown(f"**{controls.plain(sentence(held))}**")
    picture, settings = st.columns([3, 2], gap="medium")
    with settings, st.container(border=True, key="group-marks"):
        marks = marks_of_groups(groups(log, held), held)
    unmeasured = tuple(name for name, mark in marks.items() if mark == UNMEASURED)
    kept = tuple(name for name, mark in marks.items() if mark != LEFT_OUT)
    titles = {group.name: group.title for group in groups(log, held)}
    graph = graph_from_tiers(
        [(name, titles[name]) for name in kept], held.treatment_name, held.outcome_name, unmeasured
    )
    identified = identify(graph)
    keep_graph(cached.workspace(), graph.plain(), name=sentence(held), log_id=log.log_id)
    question = held.model_copy(
        update={"unmeasured": unmeasured, "covariates": None if len(kept) == len(marks) else kept, "graph_id": None}
    )
    question_state.remember_question(cached.workspace(), question)
except WhypathError as error:
    st.error(controls.plain(str(error)))
    controls.go_to("ask.py", "Ask another question")
    st.stop()

with picture:
    controls.figure(
        causal_graph(graph, adjusted=identified.adjustment_set),
        caption="Filled: adjusted for. Dashed: not measured. Columns are time: before, at and after time zero.",
        alt=f"Causal graph of {held.treatment_name} and {held.outcome_name}",
        name="causal-graph",
    )
    (st.success if identified.identifiable else st.warning)(
        controls.plain(identified.sentence),
        icon=":material/check_circle:" if identified.identifiable else ":material/warning:",
    )
    with st.expander("In do-notation"):
        st.code(identified.expression, language=None, wrap_lines=True)
    controls.go_to("estimate.py", "Estimate with this graph")
