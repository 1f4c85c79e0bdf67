"""Features: the numbers that describe a user's history at a moment, from nothing but what lies strictly before it.

One file per family, `family(subject) -> [Feature]`; to add one, write it and name it here. Analyst-made features are
beside them (own.py). The covariates of a study (core/effects/history.py) are made for the moments of trials and kept
apart: they split a history into the trial's own session and what came before it, are on log scales, and have their gaps
filled for regressions. At the same moment and lookback their raw counts are those of `counts`, which a test compares.
"""

from core.specs import Choice

FEATURES: dict[str, Choice] = {
    "counts": Choice("Counts", "core.events.features.counts:counts", "How many events, and of each type."),
    "recency": Choice("Recency", "core.events.features.recency:recency", "How long ago the last ones were."),
    "tenure": Choice("Tenure", "core.events.features.tenure:tenure", "How long the user has been known."),
    "sessions": Choice("Sessions", "core.events.features.sessions:sessions", "Sessions and active days."),
    "gaps": Choice("Gaps", "core.events.features.gaps:gaps", "How long the user is away between events."),
    "value": Choice("Value", "core.events.features.value:value", "What the events were worth."),
    "diversity": Choice("Diversity", "core.events.features.diversity:diversity", "How many different things."),
    "rhythm": Choice("Rhythm", "core.events.features.rhythm:rhythm", "At what hours and on what days."),
    "place": Choice("Place", "core.events.features.place:place", "Where, in how many places, how far."),
    "last_types": Choice("Last types", "core.events.features.last_types:last_types", "What the user did last."),
    "attribute": Choice("Attributes", "core.events.features.attribute:attribute", "The latest known value of each."),
}
OWN = "own"  # the family of the analyst's own features
