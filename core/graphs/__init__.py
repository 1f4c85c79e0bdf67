"""Causal graphs: what an analyst believes causes what, and which covariates that belief asks to adjust for.

causal_graph   the frozen graph, its rules and its JSON
tiers          a template graph from "before treatment, treatment, outcome"
roles          confounder, mediator, collider, instrument: derived, never typed in
reach          ancestors, open walks and moral graphs as bits: what identification is made of
separation     separators: which sets leave two nodes independent
identify       can the effect be told from data, and how; one file each for adjustment, front_door, instruments,
               effects_by_path (direct effects, mediation), optimal (the most precise set), remedies, bad_controls,
               bow (the commonest hedge) and sentences; identification is the answer
general_id     the general ID algorithm, over projection (latent projection), probability, simplify and estimand
table_effect   the number that an identified expression gives on a table of discrete columns
dowhy_check    what DoWhy says about the same graph (only in worker processes)
explain        which arrows lie on causal and on open back-door paths, and roles in words
text_formats   graphs as files: node_link (JSON), dot with its dialects DOT and DAGitty, gml, graphml
layout         a layered layout that keeps what the analyst placed
library        the graphs of a log: named, in versions
textbook       classic graphs with their lesson
"""
