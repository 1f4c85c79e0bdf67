"""What if: a structural causal model is fitted to data under a graph, and asked.

spec      what can be asked: set nodes, look back at units, tell a change between two periods apart
model     DoWhy's gcm behind one door: mechanisms, samples, in worker processes only
answers   set and look back: the outcome's distribution, with intervals from refitted draws
change    what a change of the outcome between two periods is due to, node by node
spread    a group of covariates as nodes of one column each
run       the job
"""
