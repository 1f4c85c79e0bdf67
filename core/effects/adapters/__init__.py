"""Peers beside our own estimators: DoWhy and EconML, through adapters that hand over copies and are never the headline.

peers        what every adapter does: a fresh copy under neutral names, and an estimate from a value and its error
dowhy        regression, weighting and matching of DoWhy 0.14
econml       double machine learning, the linear doubly robust learner and the causal forest of EconML 0.17
"""
