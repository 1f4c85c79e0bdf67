"""What a discovery suggests: edges with their stability, another method's view, and accepting them one by one."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.figures.discovery import stability, words_of
from core.graphs.discovery.accept import FIRM, Accepted, accept, firm_graph, is_firm, tiers_of_result, ways
from core.storage.engine import Log
from pages.shared import controls, graph_in_hand, state

NOT_YET = "leave it"


def show(log: Log, run_id: str, result: Mapping[str, Any]) -> None:
    """The suggestions of a finished discovery, and the form that accepts them."""
    edges = result["edges"]
    st.subheader(_headline(result), anchor=False)
    st.caption(controls.plain(result["reason"]))
    if result["switched"]:
        st.info(f"{controls.plain(result['title'])} was used instead of {controls.plain(str(result['asked']))}.")
    if edges and result["draws"]:
        controls.figure(
            stability(edges), name="stability", alt="Share of bootstrap draws with each suggested edge",
            caption=f"{result['title']}; {result['rows']:,} rows: {result['population']}; {result['draws']} draws. "
            "A share of draws is not the probability that the edge is true.",
        )  # fmt: skip
    if edges:
        _take_over(log, result)
        _accept(log, run_id, result)
    _compared(result)
    controls.notes([*result["notes"], *_missed(result)])


def _headline(result: Mapping[str, Any]) -> str:
    count = len(result["edges"])
    if not count:
        return f"No edge among {len(result['variables'])} variables"
    found = f"{count} suggested {'edge' if count == 1 else 'edges'}"
    if not result["draws"]:
        return f"{found}; how stable was not asked"
    firm = sum(is_firm(edge) for edge in result["edges"])
    return f"{found}, {firm or 'none'} of them in {100 * FIRM:.0f} % of the draws or more"


def _take_over(log: Log, result: Mapping[str, Any]) -> None:
    """To the picture, where suggestions are dotted; or a new graph of the firm ones."""
    with st.container(horizontal=True, vertical_alignment="center"):
        controls.go_to("draw.py", "Judge them in the picture", **{state.SUGGESTED: "true"})
        firm = sum(is_firm(edge) for edge in result["edges"])
        pressed = firm > 0 and st.button(
            f"Open all firm edges (stability ≥ {100 * FIRM:.0f} %) as a new graph", icon=":material/account_tree:",
            key="open-firm", help=f"{firm} of {len(result['edges'])}. The graph in hand stays as it was kept.",
        )  # fmt: skip
    if not pressed:
        return
    graph, left_out = firm_graph(result)
    for sentence in left_out:
        st.warning(controls.plain(f"Not taken: {sentence}"))
    if graph.edges:
        graph_in_hand.open_other(log, graph)
        st.success(f"A new graph of {len(graph.edges)} edges, all of them learnt, is in hand.")
        controls.go_to("draw.py", "See it")


def _accept(log: Log, run_id: str, result: Mapping[str, Any]) -> None:
    """A row per suggestion with what to take it as; the button puts those taken into the graph in hand."""
    edges = result["edges"]
    st.markdown("**Accept what you can defend**")
    rows = pd.DataFrame({
        "suggestion": [words_of(edge) for edge in edges],
        "stability": [edge["stability"] for edge in edges],
        "joined": [edge["adjacency"] for edge in edges],
        "says": [_says(edge) for edge in edges],
        "take it as": [NOT_YET] * len(edges),
    })  # fmt: skip
    options = list(dict.fromkeys(way for edge in edges for way in ways(edge).values()))
    with st.form(f"accept-{run_id}", border=False):
        edited = st.data_editor(
            rows, hide_index=True, key=f"accepting-{run_id}", disabled=["suggestion", "stability", "joined", "says"],
            column_config={
                "stability": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
                "joined": st.column_config.NumberColumn(format="percent", help="Share of draws that joined the two"),
                "take it as": st.column_config.SelectboxColumn(options=[NOT_YET, *options], required=True),
            },
        )  # fmt: skip
        pressed = st.form_submit_button("Add to the graph", icon=":material/add:")
    controls.download(rows.drop(columns="take it as"), name="suggestions")
    if pressed:
        _add(log, result, list(edited["take it as"]))


def _add(log: Log, result: Mapping[str, Any], taken: list[str]) -> None:
    chosen, wrong = [], []
    for edge, words in zip(result["edges"], taken, strict=True):
        known = {way: name for name, way in ways(edge).items()}
        if words in known:
            chosen.append(Accepted(edge["source"], edge["target"], known[words], edge["stability"]))
        elif words != NOT_YET:
            wrong.append(f"'{words}' is no way to take {words_of(edge)}; choose one that names its two variables.")
    tiers = tiers_of_result(result)
    before = graph_in_hand.graph_in_hand(log)
    graph, refused = accept(before, chosen, method=result["method"], halved=result["half"] == "discovery", tiers=tiers)
    for sentence in [*wrong, *refused]:
        st.warning(controls.plain(sentence))
    if graph != before:
        graph_in_hand.take_in_hand(log, graph)
        st.success(f"{len(graph.edges) - len(before.edges)} edges were added to the graph in hand, drawn as learnt.")
        controls.go_to("draw.py", "See them in the graph")


def _says(edge: Mapping[str, Any]) -> str:
    if edge["label"]:
        return str(edge["label"])
    return {"directed": "a direction", "undirected": "no direction", "bidirected": "a hidden common cause"}[
        edge["kind"]
    ]


def _compared(result: Mapping[str, Any]) -> None:
    """What other methods said of the same data."""
    for other in result["compared"]:
        if other["edges"] is None:
            st.caption(
                f"{controls.plain(other['title'])} could not be set beside it: {controls.plain(other['reason'])}"
            )
            continue
        with st.expander(
            f"{other['title']} agrees on {100 * other['agreement']:.0f} % of the joined pairs"
            if other["agreement"] is not None else f"{other['title']} found no edge either",
            icon=":material/compare:",
        ):  # fmt: skip
            ours = {frozenset((edge["source"], edge["target"])) for edge in result["edges"]}
            rows = pd.DataFrame(
                [(words_of(edge), frozenset((edge["source"], edge["target"])) in ours) for edge in other["edges"]],
                columns=["edge", "also above"],
            )
            controls.table(rows, name=f"other-{other['method']}", alt=f"Edges of {other['title']}")


def _missed(result: Mapping[str, Any]) -> list[str]:
    return [
        f"{one} and {two} are joined in {100 * each['adjacency']:.0f} % of the draws, though not in the full data."
        for each in result["missed"]
        for one, two in [each["between"]]
    ]
