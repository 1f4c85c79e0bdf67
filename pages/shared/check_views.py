"""What the page on checks shows: the verdict first, the claims and the graph, then paths, and observe beside set."""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.figures.graph_check import (
    SHOWN,
    checked_graph,
    claim_words,
    claims_forest,
    observe_and_set,
    path_diagram,
    shuffles_histogram,
)
from core.graphs.causal_graph import CausalGraph, read_plain
from core.graphs.check.repair import changed_by
from core.storage.engine import Log
from pages.shared import controls, graph_in_hand, state

Colour = Literal["green", "red", "orange"]
LIGHTS: dict[bool | None, tuple[str, str, Colour]] = {
    True: ("Not contradicted", "check_circle", "green"),
    False: ("Contradicted", "cancel", "red"),
    None: ("Unknown", "help", "orange"),
}
NUMBER = st.column_config.NumberColumn(format="%.3f")


def show(log: Log, result: Mapping[str, Any], in_hand: CausalGraph) -> None:
    """A finished check; in_hand: the graph that is open now, which may be another by now."""
    graph = read_plain(result["graph"])
    same = (set(graph.names), set(graph.edges)) == (set(in_hand.names), set(in_hand.edges))
    if not same:
        st.warning("This check is of another graph than the one in hand; check again.", icon=":material/history:")
    _verdict(result)
    if same and result["change"] is not None:
        _offer_change(log, in_hand, result["change"])
    st.subheader("The graph", anchor=False)
    controls.figure(
        checked_graph(graph, result), name="checked-graph", alt="The graph, with contradicted pairs marked",
        caption="Solid: an edge that the data support. Dashed: not supported, or an end is unmeasured. Dotted red: no "
        "edge, but an association is left.",
    )  # fmt: skip
    st.subheader("What it claims", anchor=False)
    _claims(result)
    shuffled, edges, paths, asked, tables = st.tabs(["Shuffled graphs", "Edges", "Paths", "Observe or set", "Tables"])
    with shuffled:
        _shuffled(result)
    with edges:
        _edges(result)
    with paths:
        _paths(graph, result)
    with asked:
        _observe_or_set(result)
    with tables:
        _tables(result)
    controls.notes(result["notes"])


def _verdict(result: Mapping[str, Any]) -> None:
    title, icon, colour = LIGHTS[result["passed"]]
    with st.container(border=True, key="graph-verdict"):
        st.badge(title, icon=f":material/{icon}:", color=colour)
        st.markdown(f"**{controls.plain(result['sentence'])}**")
        said = [result["falsification"]["sentence"]] if result["falsification"]["claims"] else []
        if result["untestable"]:
            said.append(f"Pairs that nothing measured separates, so that they claim nothing: {result['untestable']:,}.")
        if result["free_pairs"]:
            said.append(f"Pairs of causes in one time tier, free to go together: {len(result['free_pairs']):,}.")
        for sentence in said:
            st.markdown(f":gray[{controls.plain(sentence)}]")
        st.caption(
            controls.plain(f"{result['rows']:,} rows, {result['units']:,} independent units: {result['population']}.")
        )


def _offer_change(log: Log, graph: CausalGraph, change: Mapping[str, Any]) -> None:
    """Make the proposed change in the graph in hand; it counts as learnt from these data."""
    words = "Add the edge" if change["kind"] == "add" else "Turn the edge to"
    label = controls.plain(f"{words} {change['source']} → {change['target']}")
    if st.button(
        label, icon=":material/edit:", key=state.CHECK + "change",
        help="Only if you can defend it: that data ask for an edge does not say that it is causal, or which way.",
    ):  # fmt: skip
        graph_in_hand.take_in_hand(log, changed_by(graph, change))
        st.rerun()


def _claims(result: Mapping[str, Any]) -> None:
    claims = result["implications"]
    if not claims:
        st.info(
            "The graph claims no independence, so there is nothing that data could contradict. Fewer edges claim more."
        )
        return
    controls.figure(
        claims_forest(claims, floor=result["spec"]["floor"]), name="claims", alt="What is left of each claim",
        caption=f"95 % intervals; the band is what would not matter (under {result['spec']['floor']:g}). "
        f"{min(len(claims), SHOWN)} of {len(claims):,} claims, the worst first.",
    )  # fmt: skip
    with st.expander("As a table", icon=":material/table:"):
        rows = pd.DataFrame([{"claim": claim_words(claim), **_numbers(claim)} for claim in claims])
        controls.table(rows, name="claims", alt="Claims of the graph", columns=_formats())


def _numbers(judged: Mapping[str, Any]) -> dict[str, Any]:
    return {name: judged[name] for name in ("effect", "low", "high", "p_value", "q_value", "verdict")}


def _formats() -> dict[str, Any]:
    return dict.fromkeys(("effect", "low", "high"), NUMBER) | {
        name: st.column_config.NumberColumn(format="%.2g") for name in ("p_value", "q_value")
    }


def _shuffled(result: Mapping[str, Any]) -> None:
    found = result["falsification"]
    if not found["permuted_violations"]:
        st.caption(controls.plain(found["sentence"]))
        return
    controls.figure(
        shuffles_histogram(found), name="shuffles", alt="Violated claims in graphs with swapped names",
        caption=f"{found['sentence']} Graphs like this one with the names of measured nodes swapped; a claim counts as "
        f"violated beyond {result['spec']['floor']:g} and at p < 0.05, one by one.",
    )  # fmt: skip


def _edges(result: Mapping[str, Any]) -> None:
    st.caption("An edge allows an effect and does not claim one: without support it may go, but contradicts nothing.")
    rows = [
        {"edge": f"{edge['source']} → {edge['target']}", "given": ", ".join(edge["given"]), **_numbers(edge)}
        for edge in result["edges"]
    ]
    controls.table(pd.DataFrame(rows), name="edges", alt="Edges of the graph", columns=_formats())


def _paths(graph: CausalGraph, result: Mapping[str, Any]) -> None:
    """The linear model."""
    sem = result["sem"]
    if sem is None or not sem["edges"]:
        st.caption(controls.plain(sem["fit"]["sentence"] if sem else "The linear model was not asked for."))
        return
    controls.figure(
        path_diagram(graph, sem["edges"]), name="paths", alt="Standardised path coefficients",
        caption="Change of the effect in its standard deviations, per standard deviation of the cause. Blue: positive, "
        "orange: negative, grey: the interval holds zero, dashed: cannot be told.",
    )  # fmt: skip
    st.markdown(controls.plain(sem["fit"]["sentence"]))
    effects = sem["effects"]
    if effects is not None:
        apart = effects["direct"]["value"] != 0 and effects["indirect"]["value"] != 0
        told = ("total", "direct", "indirect") if apart else ("total",)
        parts = [_effect_words(name, effects[name]) for name in told]
        whole = f"{effects['treatment']} on {effects['outcome']}"
        st.markdown(f"**{controls.plain(whole)}**: {controls.plain('; '.join(parts))}")
    fit = {name: sem["fit"][name] for name in ("chi2", "degrees", "p_value", "rmsea", "cfi", "srmr")}
    rows = [
        {"path": f"{row['source']} → {row['target']}", **{name: row[name] for name in ("value", "low", "high")}}
        for row in sem["edges"]
    ]
    controls.table(
        pd.DataFrame(rows), name="paths", alt="Path coefficients",
        columns=dict.fromkeys(("value", "low", "high"), NUMBER),
    )  # fmt: skip
    with st.expander("Measures of fit", icon=":material/straighten:"):
        controls.table(pd.DataFrame([fit]), name="fit", alt="Measures of fit")
    controls.notes(sem["notes"])


def _effect_words(name: str, row: Mapping[str, Any]) -> str:
    if not row["identified"]:
        return f"{name} not identified"
    interval = "" if row["low"] is None else f" ({row['low']:.2f} to {row['high']:.2f})"
    return f"{name} {row['value']:.2f}{interval}"


def _observe_or_set(result: Mapping[str, Any]) -> None:
    """Two questions side by side about one value of one node."""
    tables = result["tables"]
    if tables is None or not tables["answers"]:
        st.caption("The tables were not asked for.")
        return
    st.caption(
        "To observe is to look at the units that have a value. To set is to give it to everybody: only what it causes "
        "moves, what it merely goes with does not."
    )
    left, right = st.columns(2)
    nodes = list(dict.fromkeys(row["node"] for row in tables["answers"]))
    node = left.selectbox("Node", nodes, key=state.CHECK + "node", index=_first(nodes, result))
    offered = [row for row in tables["answers"] if row["node"] == node]
    levels = [row["level"] for row in offered]
    level = right.selectbox("Value", levels, index=len(levels) - 1, key=state.field(state.CHECK, "level", str(node)))
    answer = next(row for row in offered if row["level"] == level)
    if answer["refused"]:
        st.warning(controls.plain(answer["refused"]), icon=":material/block:")
    if answer["observed"] or answer["set"]:
        controls.figure(
            observe_and_set(answer, outcome=tables["outcome"]), name="observe-and-set",
            alt=f"Shares of {tables['outcome']} when a value is observed, and when it is set",
            caption=f"{tables['outcome']} where {node} is {level}; {result['rows']:,} rows, {result['population']}. "
            "Bars: 95 % intervals of bootstrap draws of the units. Setting is right only if the graph is.",
        )  # fmt: skip


def _first(nodes: list[str], result: Mapping[str, Any]) -> int:
    """The treatment's place, if there is one."""
    roles = {node["name"]: node["roles"] for node in result["graph"]["nodes"]}
    return next((place for place, name in enumerate(nodes) if "treatment" in roles.get(name, [])), 0)


def _tables(result: Mapping[str, Any]) -> None:
    """P(node | causes)."""
    tables = result["tables"]
    if tables is None or not tables["tables"]:
        st.caption("No node has only measured causes, or the tables were not asked for.")
        return
    by_node = {each["node"]: each for each in tables["tables"]}
    name = st.selectbox("Probabilities of", list(by_node), key=state.CHECK + "table")
    found = by_node[str(name)]
    rows = [
        {**row["causes"], "rows": row["rows"], **dict(zip(_columns(found), row["shares"], strict=True))}
        for row in found["rows"]
    ]
    controls.table(
        pd.DataFrame(rows), name="probabilities", alt="Probabilities of a node given its causes", counted="rows",
        columns={name: st.column_config.NumberColumn(format="percent") for name in _columns(found)},
    )  # fmt: skip
    said = [f"{tables['prior']:g} row of prior is spread over the levels of each combination."]
    if found["combinations"] > len(rows):
        said.append(f"The first {len(rows)} of {found['combinations']:,} combinations.")
    if found["thin"]:
        said.append(f"{found['thin']:,} of {found['combinations']:,} combinations have fewer than 5 rows.")
    controls.notes([*said, *tables["notes"]])


def _columns(found: Mapping[str, Any]) -> list[str]:
    return [f"{found['node']} = {level}" for level in found["levels"]]
