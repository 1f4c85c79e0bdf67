"""Recommenders: what an analyst can train on a log, what it is compared with, and how it is judged.

Listing the choices imports no Torch; a choice's function does, in the process that trains.
"""

from typing import Final

from core.recommenders.settings import EASESettings, LightGCNSettings, PopularitySettings, SASRecSettings
from core.specs import Choice

MODELS: Final[dict[str, Choice]] = {
    "sasrec": Choice(
        "Sequence model (SASRec)",
        "core.recommenders.sasrec:build",
        "Reads a user's latest events in order and predicts the next item; best where order matters.",
        SASRecSettings,
    ),
    "lightgcn": Choice(
        "Graph model (LightGCN)",
        "core.recommenders.lightgcn:build",
        "Spreads tastes over the graph of users and items; best where order matters little.",
        LightGCNSettings,
    ),
}

BASELINES: Final[dict[str, Choice]] = {
    "popularity": Choice(
        "Popularity",
        "core.recommenders.popularity:fit",
        "The same list for everybody: the items with most training events.",
        PopularitySettings,
    ),
    "ease": Choice(
        "EASE (closed form)",
        "core.recommenders.ease:fit",
        "A linear item-to-item model solved in one step; hard to beat on small catalogues.",
        EASESettings,
    ),
}
