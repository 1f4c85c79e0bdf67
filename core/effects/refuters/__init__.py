"""The refuters: attempts to break a study's headline. Listing them imports nothing heavy.

One contract: `refute(attempt) -> Refutation`, with `passed` None where it could not tell. To add one: a file here, an
entry below, and a planted fault that it is seen to find in its test.
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
