"""Causal graphs: what an analyst believes causes what, what data say of it, and what follows from it.

causal_graph   the frozen graph, its rules and its JSON
tiers          a template graph from "before treatment, treatment, outcome"
layout         a layered layout that keeps what the analyst placed
library        the graphs of a log: named, in versions
textbook       classic graphs with their lesson
formats        graphs as files, in and out
identification can the effect be told from data, and how; roles and paths
variables      the columns that data give a graph; sources says where from (a table, the users of a log, a question),
               halves which users are kept for estimation
sufficient     second moments of variables: tests and scores are computed from them; bunches draws them again
discovery      which edges data suggest
check          where data contradict a graph; sem its path coefficients; bayes_net observe beside set
what_if        a fitted model, asked
"""
