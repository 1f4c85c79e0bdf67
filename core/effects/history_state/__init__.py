"""The state of a history, as a sequence model reads it: what the order of a user's events foretells at time zero.

Counts and recency forget the order. A small recurrent network reads the events before time zero one after the other and
says how likely the treatment, the outcome and the most frequent events are soon; these log-odds are covariates. Each
user is described by a network that learnt from other users only, from events before their time zero.
"""
