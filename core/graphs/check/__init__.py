"""A graph against data: which of its claims hold, which are contradicted, and whether a shuffled graph does as well.

implied    the independences that the graph claims
moments    many conditional independences tested at once
claims     each claim and each edge judged: effect first, then the false discovery rate
falsify    the graph against the same graph with its names shuffled
verdict    passed, failed or unknown, in one sentence
check      the whole, as a run
"""
