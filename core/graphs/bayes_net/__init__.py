"""The graph as a discrete Bayesian network: tables of probabilities, and what to observe and what to set would mean.

levels   variables as few levels: numbers in bins, rare values together
tables   P(node | causes) from counts, many bootstrap draws at once
query    variable elimination: P(outcome | observed), P(outcome | do(set))
answers  observe beside set, for every value of a node; by adjustment where a hidden cause needs it
"""
