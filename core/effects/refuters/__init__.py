"""The refuters: attempts to break a study's headline. Listing them imports nothing heavy.

One contract: `refute(table, headline, *, placebo, seed) -> Refutation`; `placebo` is the analysis table with an outcome
that the treatment cannot have changed, or None where there is none. To add one: a file here, an entry below.
"""

from core.specs import Choice

REFUTERS: dict[str, Choice] = {
    "placebo_outcome": Choice(
        title="Placebo outcome",
        function="core.effects.refuters.placebo_outcome:refute",
        says="Estimates the effect on something that happened before the treatment; it should be nothing.",
    ),
    "permuted_placebo": Choice(
        title="Permuted treatment",
        function="core.effects.refuters.permuted_placebo:refute",
        says="Deals the treatment out at random; the method should then find nothing.",
    ),
}
