"""The estimators an analyst can choose. Listing them imports nothing heavy.

One contract: `estimate(table, *, estimand, seed, nuisances=None) -> Estimate`, where `nuisances` are the fits of that
table and seed that other steps share (made on demand without them). To add one: a file here, an entry below.
"""

from core.specs import Choice

ESTIMATORS: dict[str, Choice] = {
    "raw": Choice(
        title="Raw difference",
        function="core.effects.estimators.raw:estimate",
        says="Treated minus control as they are; it compares different people.",
    ),
    "ipw": Choice(
        title="Weighting (IPW)",
        function="core.effects.estimators.ipw:estimate",
        says="Weights units until both arms look alike in the covariates; right if the logistic propensity is.",
    ),
    "aipw": Choice(
        title="Weighting and outcome model (AIPW)",
        function="core.effects.estimators.aipw:estimate",
        says="Combines learnt propensities and learnt outcomes; right if either of the two is learnt well.",
    ),
}
