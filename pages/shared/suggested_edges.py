"""Suggestions of the last discovery in the picture: which ones the graph still lacks, which were dismissed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.errors import WhypathError
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.discovery.accept import tiers_of_result
from core.storage.engine import Log
from core.storage.runs import find_result, find_run
from pages.components.graph_editor.checked import Edit
from pages.components.graph_editor.shown import Suggested
from pages.shared import cached, graph_in_hand, state
from pages.shared.controls import plain
from pages.shared.graph_in_hand import InHand


def show(log: Log, held: InHand) -> list[Suggested]:
    """The toggle, where there is a discovery of this log; returns the suggestions to draw."""
    found = _last_discovery(log)
    if found is None:
        return []
    run_id, result = found
    suggested = [each for each in suggestions_of(result) if not is_in(held.graph, each)]
    left = [each for each in suggested if [each.source, each.target] not in _dismissed(run_id)]
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.toggle("Show suggestions of the last discovery", key=state.SUGGESTED, bind="query-params")
        if not wanted:
            return []
        drawn = [each for each in left if {each.source, each.target} <= set(held.graph.names)]
        away = sorted({name for each in left for name in (each.source, each.target)} - set(held.graph.names))
        st.caption(plain(_sentence(drawn, len(left) - len(drawn), len(suggested) - len(left))))
        if away:
            st.button(
                f"Add {'their variable' if len(away) == 1 else f'their {len(away)} variables'}", type="tertiary",
                icon=":material/add:", key="add-suggested", on_click=_add, args=(log, held, away, result),
                help=plain(f"To judge the other suggestions: {', '.join(away[:10])}"),
            )  # fmt: skip
    return drawn


def note_dismissed(edit: Edit) -> None:
    """A suggestion that the analyst does not want is not drawn again in this session."""
    run_id = state.recall(state.DISCOVERY)
    if run_id is not None and edit.suggestion is not None:
        ends = [edit.suggestion.source, edit.suggestion.target]
        state.note(state.DISMISSED + run_id, [*_dismissed(run_id), ends])


def suggestions_of(result: Mapping[str, Any]) -> list[Suggested]:
    """The edges of a discovery as the editor draws them; of two between the same ends the firmer one."""
    made: dict[tuple[str, str], Suggested] = {}
    for edge in sorted(result["edges"], key=lambda each: -(each["stability"] or 0)):
        made.setdefault(
            (edge["source"], edge["target"]),
            Suggested(
                edge["source"], edge["target"], edge["kind"], edge["stability"], result["method"],
                result["half"] == "discovery",
            ),
        )  # fmt: skip
    return list(made.values())


def is_in(graph: CausalGraph, suggested: Suggested) -> bool:
    """Whether the graph ties the two already: by an edge, or by an unmeasured common cause where one was suggested."""
    ends = (suggested.source, suggested.target)
    if ends in graph.edges or ends[::-1] in graph.edges:
        return True
    hidden = set(graph.having("unmeasured"))
    causes = [{cause for cause, effect in graph.edges if effect == end} for end in ends]
    return suggested.kind == "bidirected" and bool(causes[0] & causes[1] & hidden)


def _last_discovery(log: Log) -> tuple[str, Mapping[str, Any]] | None:
    run_id = state.recall(state.DISCOVERY)
    if run_id is None:
        return None
    try:
        row = find_run(cached.workspace(), run_id)
        if row["status"] != "done" or row["log_id"] not in (None, log.log_id):
            return None
        return run_id, find_result(cached.workspace(), run_id)
    except WhypathError:  # a link to a run of another workspace
        return None


def _dismissed(run_id: str) -> list[list[str]]:
    return list(state.noted(state.DISMISSED + run_id) or [])


def _sentence(drawn: Sequence[Suggested], away: int, dismissed: int) -> str:
    first = f"{len(drawn)} {'is' if len(drawn) == 1 else 'are'} drawn dotted" if drawn else "None is left to judge here"
    rest = [
        *([f"{away} {'names' if away == 1 else 'name'} variables that the graph lacks"] if away else []),
        *([f"{dismissed} dismissed"] if dismissed else []),
    ]
    return "; ".join([first, *rest]) + "."


def _add(log: Log, held: InHand, names: Sequence[str], result: Mapping[str, Any]) -> None:
    """Put variables of the suggestions into the graph, in their tiers."""
    tiers = tiers_of_result(result)
    nodes = tuple(Node(name, (), tiers.get(name)) for name in names)
    graph_in_hand.edited(log, held, replace(held.graph, nodes=(*held.graph.nodes, *nodes)))
