"""What a graph says about its question: identifiable or not, by which sets, what must not be adjusted for."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.effects.question_graph import not_held
from core.errors import WhypathError
from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.answer import Identification
from core.graphs.identification.identify import identify
from core.storage.engine import Log
from pages.shared import controls, graph_in_hand, state
from pages.shared.controls import plain
from pages.shared.graph_in_hand import InHand
from pages.shared.words import as_drawn

BEST = "best"


def identified(graph: CausalGraph) -> tuple[Identification | None, str]:
    """What the graph says, or why it says nothing."""
    if graph.treatment is None or graph.outcome is None:
        missing = "treatment" if graph.treatment is None else "outcome"
        return None, f"No variable is marked as {missing}: give one that role, and the graph says what to adjust for."
    try:
        return identify(graph), ""
    except WhypathError as error:
        return None, str(error)


def chosen_set(found: Identification | None) -> tuple[str, ...]:
    """The adjustment set that the picker holds; the one to use where it holds another graph's."""
    if found is None:
        return ()
    return _sets(found).get(str(state.noted(state.ADJUSTMENT)), found.adjustment_set)


def show(held: InHand, found: Identification | None, why: str) -> None:
    """The whole panel."""
    if found is None:
        st.info(plain(why), icon=":material/flag:")
        return
    names = held.graph.names
    box, icon = (st.success, "check_circle") if found.identifiable else (st.warning, "warning")
    box(plain(as_drawn(found.sentence, names)), icon=f":material/{icon}:")
    if found.unadjusted and found.identifiable:
        st.caption(f":material/info: {plain(as_drawn(found.unadjusted, names))}")
    if held.follows and (missing := not_held(held.graph, held.groups)):
        controls.notes([f"No covariate group of the log: {_and(missing)}. A study counts what it lacks as unmeasured."])
    _pick_set(found)
    _bad_controls(found)
    _other_ways(found)
    _effects(found)
    with st.expander("In do-notation"):
        st.code(as_drawn(found.expression, names), language=None, wrap_lines=True)


def use(log: Log, held: InHand) -> None:
    """From the graph to an estimate: the question has to believe it first."""
    if held.question is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if held.follows:
            controls.go_to("estimate.py", "Estimate with this graph")
            if held.question.graph_id is not None and st.button(
                "Detach from the question", key="detach-graph", type="tertiary", icon=":material/link_off:",
                help="The question goes back to the template: everything measured before may cause both",
            ):  # fmt: skip
                graph_in_hand.detach(log, held)
                st.rerun()
            return
        if st.button("Attach to the question", key="attach-graph", type="primary", icon=":material/link:"):
            refused = graph_in_hand.attach(log, held, held.graph)
            if not refused:
                st.rerun()
            st.error(plain(refused))
        else:
            st.caption("The question in hand does not use this graph.")


def _sets(found: Identification) -> dict[str, tuple[str, ...]]:
    """The sets to choose from; the one to use is first."""
    sets = {BEST: found.adjustment_set}
    sets |= {str(place): names for place, names in enumerate(found.adjustment_sets)}
    return {key: names for key, names in sets.items() if key == BEST or names != found.adjustment_set}


def _pick_set(found: Identification) -> None:
    """Choose what the picture fills; a study uses the first."""
    sets = _sets(found)
    if not found.adjustable or len(sets) < 2:
        return
    state.keep_choice(state.ADJUSTMENT, sets)

    def said(key: str) -> str:
        names = as_drawn(", ".join(sets[key]), sets[key]) or "nothing"
        return f"{names} (used by a study)" if key == BEST else f"{names} (minimal)"

    st.selectbox(
        "Adjust for", sets, format_func=said, key=state.ADJUSTMENT,
        help="Each of these closes every path but the effect. A study uses the first: all measured causes that help.",
    )  # fmt: skip
    if not found.all_sets_listed:
        st.caption(f"The first {len(found.adjustment_sets)} minimal sets; there are more.")
    if found.optimal:
        st.caption(plain(as_drawn(found.optimal, {name for names in sets.values() for name in names})))


def _bad_controls(found: Identification) -> None:
    if found.bad_controls:
        st.markdown("**Do not adjust for**")
        rows = [{"variable": bad.name, "why": bad.why, "path": bad.path} for bad in found.bad_controls]
        st.dataframe(
            pd.DataFrame(rows), hide_index=True, key="bad-controls", alt="Bad controls",
            column_config={"why": st.column_config.TextColumn(width="large")},
        )  # fmt: skip


def _other_ways(found: Identification) -> None:
    """Front doors, instruments, and what an instrument takes."""
    said = [f"Front door: through {_and(names)}." for names in found.front_door[:3]]
    said += [
        f"Instrument: {each.name}" + (f", holding {_and(each.given)} fixed." if each.given else ".")
        for each in found.instruments[:5]
    ]
    for sentence in said:
        st.markdown(f":material/alt_route: {plain(sentence)}")
    if found.strategy == "instrument" and found.assumptions:
        st.caption(plain(f"Assumed: {'; '.join(found.assumptions)}."))


def _effects(found: Identification) -> None:
    """Direct and indirect effects, where there is a mediator."""
    if found.direct_effect is None and not found.mediation:
        return
    with st.expander("Direct and indirect effects"):
        if found.direct_effect is not None:
            st.markdown(plain(found.direct_effect.sentence))
            st.code(found.direct_effect.expression, language=None, wrap_lines=True)
        for each in found.mediation:
            st.markdown(plain(each.sentence))
            st.code("\n".join(filter(None, (each.natural_direct, each.natural_indirect))), language=None)


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
