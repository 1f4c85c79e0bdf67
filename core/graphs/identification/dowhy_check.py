"""What DoWhy says about the same graph: a second opinion on identification, as text. Only worker processes import this.

DoWhy gets a copy of the arrows and an empty table that names the measured columns, and is asked for back-door sets by
`maximal-adjustment`: its other methods hang or wrongly find nothing on graphs of twenty nodes. No number of the study
comes from here.
"""

import warnings
from typing import Any

import pandas as pd
from dowhy import CausalModel
from sympy.printing.pretty.pretty import PrettyPrinter

from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.adjustment import Adjustment

NODES_AT_MOST = 40  # beyond that DoWhy's search for sets can take hours


def state(graph: CausalGraph) -> dict[str, Any]:
    """{"asked", "identifiable", "backdoor_variables", "estimand", "agrees_with_ours", "sentence"}.

    agrees_with_ours: both say no, or both say yes and DoWhy's set passes our own check; null where DoWhy was not asked
    (too many nodes, or a selected node, which it does not know). Raises BadSpec if the graph marks no question.
    """
    treatment, outcome = graph.question()
    if len(graph.nodes) > NODES_AT_MOST or graph.having("selected"):
        why = "selected nodes" if graph.having("selected") else f"more than {NODES_AT_MOST} nodes"
        return _answer(False, None, [], "", None, f"DoWhy was not asked: the graph has {why}.")
    found = _estimand(graph, treatment, outcome)
    if found.no_directed_path:
        text = f"No directed path from {treatment} to {outcome}: the causal effect is zero."
        return _answer(
            True, True, [], text, None, f"DoWhy reads no effect of {treatment} off this graph: no arrows lead on."
        )
    identifiable = "backdoor" in (found.backdoor_variables or {})
    names = [name for name in graph.names if identifiable and name in found.backdoor_variables["backdoor"]]
    search = Adjustment.of(graph)
    ours = search.minimal() is not None
    agrees = identifiable == ours and (search.valid(search.arrows.bits(names)) or not identifiable)
    says = f"adjusts for {', '.join(names) or 'nothing'}" if identifiable else "finds no back-door set"
    sentence = f"DoWhy {says}, which {'agrees' if agrees else 'does not agree'} with our own identification."
    return _answer(True, identifiable, names, _text(found, names), agrees, sentence)


def _estimand(graph: CausalGraph, treatment: str, outcome: str) -> Any:
    hidden = set(graph.having("unmeasured"))
    columns = pd.DataFrame(columns=[name for name in graph.names if name not in hidden])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nodes without a column count as unobserved is what we want
        model = CausalModel(columns, treatment, outcome, graph=graph.directed())
        return model.identify_effect(proceed_when_unidentifiable=True, method_name="maximal-adjustment")


def _text(found: Any, names: list[str]) -> str:
    """DoWhy's own words about the back-door estimand, one line each; its set (in each process of another order) in the
    order of the graph."""
    found.set_identifier_method("backdoor")
    if "backdoor" not in (found.backdoor_variables or {}):
        return "Estimand name: backdoor\nNo such variable(s) found!"
    PrettyPrinter.set_global_settings(wrap_line=False)
    text = str(found.__str__(only_target_estimand=True)).strip()
    return text.replace(",".join(found.backdoor_variables["backdoor"]), ",".join(names))


def _answer(
    asked: bool, identifiable: bool | None, names: list[str], estimand: str, agrees: bool | None, sentence: str
) -> dict[str, Any]:
    return {
        "asked": asked, "identifiable": identifiable, "backdoor_variables": names, "estimand": estimand,
        "agrees_with_ours": agrees, "sentence": sentence,
    }  # fmt: skip
