"""Causal graphs: what an analyst believes causes what, and which covariates that belief asks to adjust for.

causal_graph   the frozen graph, its rules and its JSON
tiers          a template graph from "before treatment, treatment, outcome"
roles          confounder, mediator, collider, instrument: derived, never typed in
separation     d-separation and the open paths behind it
identify       the adjustment sets, or why there is none
dowhy_check    what DoWhy says about the same graph (only in worker processes)
text_formats   graphs as .json, .dot, .dagitty, .gml and .graphml files
"""
