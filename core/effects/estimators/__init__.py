"""The estimators an analyst can choose. Listing them imports nothing heavy.

One contract: `estimate(table, *, estimand, seed, nuisances=None) -> Estimate`, where `nuisances` are the fits of that
table and seed that other steps share (made on demand without them). Every entry honours `table.weights`, never changes
the table, clusters its error by user, and raises NotEnoughData with one sentence where this table has no such number
(a study goes on without it and says so). To add one: a file here, an entry below.
"""

from dataclasses import dataclass
from typing import Literal

from core.effects.table import TreatmentKind
from core.specs import Choice

Need = Literal["instrument", "mediator", "running", "times", "uptake"]


@dataclass(frozen=True)
class EstimatorChoice(Choice):
    """estimands: what it can estimate, the first by default; treatments: the kinds of treatment it takes; needs: what
    the table must hold besides covariates; screening: fast enough (under a second at 100,000 units) to run unasked;
    adapter: it calls a peer's library and is never the headline."""

    estimands: tuple[str, ...] = ("ATE", "ATT")
    treatments: tuple[TreatmentKind, ...] = ("binary",)
    needs: tuple[Need, ...] = ()
    screening: bool = False
    adapter: bool = False


ESTIMATORS: dict[str, EstimatorChoice] = {
    "raw": EstimatorChoice(
        title="Raw difference",
        function="core.effects.estimators.raw:estimate",
        says="Treated minus control as they are; it compares different people.",
        estimands=("difference",),
        screening=True,
    ),
    "ipw": EstimatorChoice(
        title="Weighting (IPW)",
        function="core.effects.estimators.ipw:estimate",
        says="Weights units until both arms look alike in the covariates; right if the logistic propensity is.",
        screening=True,
    ),
    "ols": EstimatorChoice(
        title="Linear regression (OLS)",
        function="core.effects.estimators.ols:estimate",
        says="One regression with one effect for all; units count by how undecided their treatment was.",
        estimands=("ATO",),
        screening=True,
    ),
    "lin": EstimatorChoice(
        title="Regression by arm (Lin)",
        function="core.effects.estimators.lin:estimate",
        says="A regression in each arm, averaged over the units asked about; right if outcomes are linear.",
        screening=True,
    ),
    "overlap_weights": EstimatorChoice(
        title="Overlap weights",
        function="core.effects.estimators.overlap_weights:estimate",
        says="Counts units by how well they could have been in the other arm; has an answer where overlap is poor.",
        estimands=("ATO",),
        screening=True,
    ),
    "entropy_balancing": EstimatorChoice(
        title="Entropy balancing",
        function="core.effects.estimators.entropy_balancing:estimate",
        says="The mildest weights that make covariate means exactly alike; right if outcome or propensity is linear.",
        screening=True,
    ),
    "matching_propensity": EstimatorChoice(
        title="Matching on the propensity",
        function="core.effects.estimators.matching_propensity:estimate",
        says="Compares each unit with the nearest in propensity, corrected for what still differs.",
        screening=True,
    ),
    "matching_mahalanobis": EstimatorChoice(
        title="Matching on the covariates",
        function="core.effects.estimators.matching_mahalanobis:estimate",
        says="Compares each unit with the nearest in all covariates, corrected for what still differs.",
    ),
    "aipw": EstimatorChoice(
        title="Weighting and outcome model (AIPW)",
        function="core.effects.estimators.aipw:estimate",
        says="Combines learnt propensities and learnt outcomes; right if either of the two is learnt well.",
        estimands=("ATE", "ATT", "ATO"),
    ),
    "tmle": EstimatorChoice(
        title="Targeted learning (TMLE)",
        function="core.effects.estimators.tmle:estimate",
        says="As AIPW, but no expectation leaves the range of outcomes seen; right if propensity or outcome is learnt "
        "well.",
    ),
    "dml": EstimatorChoice(
        title="Double machine learning",
        function="core.effects.estimators.dml:estimate",
        says="Regresses what is left of the outcome on what is left of the treatment; one effect for all, or else its "
        "mean in the overlap population.",
        estimands=("ATO",),
    ),
    "causal_forest": EstimatorChoice(
        title="Causal forest (EconML)",
        function="core.effects.adapters.econml:causal_forest",
        says="Averages the effects of a forest; not asked under poor overlap, where its averages explode, and on a "
        "part of many units.",
        adapter=True,
    ),
    "econml_linear_dml": EstimatorChoice(
        title="LinearDML (EconML)",
        function="core.effects.adapters.econml:linear_dml",
        says="An effect linear in the covariates, averaged; wrong where it is not linear, and explodes where overlap "
        "is poor.",
        adapter=True,
    ),
    "econml_dr": EstimatorChoice(
        title="LinearDRLearner (EconML)",
        function="core.effects.adapters.econml:linear_dr",
        says="Doubly robust scores regressed on the covariates; its propensities are cut silently, and it explodes "
        "where overlap is poor.",
        adapter=True,
    ),
    "dowhy_regression": EstimatorChoice(
        title="Regression (DoWhy)",
        function="core.effects.adapters.dowhy:regression",
        says="Ordinary least squares; weights units by how undecided their treatment was, and takes units for "
        "independent.",
        estimands=("ATO",),
        adapter=True,
    ),
    "dowhy_weighting": EstimatorChoice(
        title="Weighting (DoWhy)",
        function="core.effects.adapters.dowhy:weighting",
        says="Inverse propensity weights of a logistic regression, not clipped here; the error is a small bootstrap.",
        adapter=True,
    ),
    "dowhy_matching": EstimatorChoice(
        title="Matching (DoWhy)",
        function="core.effects.adapters.dowhy:matching",
        says="One neighbour on the propensity without bias correction, and without a valid interval.",
        adapter=True,
    ),
    "arms": EstimatorChoice(
        title="Several arms (AIPW)",
        function="core.effects.estimators.arms:estimate",
        says="Every arm against every other in all units, with intervals that hold jointly; right if either the arm's "
        "propensities or the outcomes are learnt well.",
        estimands=("ATE",),
        treatments=("arms",),
    ),
    "dose_response": EstimatorChoice(
        title="Dose-response",
        function="core.effects.estimators.dose_response:estimate",
        says="What one unit more of the treatment does on average, and the mean outcome at every dose where there are "
        "enough comparable units.",
        estimands=("SLOPE",),
        treatments=("dose",),
    ),
    "instrument": EstimatorChoice(
        title="Instrument (two-stage least squares)",
        function="core.effects.estimators.instrument:estimate",
        says="Uses only what an instrument moves: right under hidden causes, if the instrument changes the outcome "
        "through the treatment alone.",
        estimands=("LATE",),
        treatments=("binary", "dose"),
        needs=("instrument",),
        screening=True,
    ),
    "survival": EstimatorChoice(
        title="Time until the outcome (restricted mean)",
        function="core.effects.estimators.survival:estimate",
        says="How many days later or sooner the outcome comes within the window, with both arms' curves; units that "
        "were not followed to the end count for as long as they were.",
        estimands=("RMTL",),
        needs=("times",),
    ),
    "clone_censor_weight": EstimatorChoice(
        title="Clone, censor and weight (uptake within the grace period)",
        function="core.effects.estimators.clone_censor_weight:estimate",
        says="Uptake within the grace period against none in it, without counting the time before uptake for either.",
        estimands=("ATE",),
        needs=("uptake",),
        screening=True,
    ),
    "per_protocol": EstimatorChoice(
        title="Per protocol (controls who go over are censored)",
        function="core.effects.estimators.per_protocol:estimate",
        says="The effect had no control taken the treatment up later, beside the intention-to-treat number.",
        estimands=("ATE",),
        needs=("uptake",),
        screening=True,
    ),
    "discontinuity": EstimatorChoice(
        title="Discontinuity at a cutoff",
        function="core.effects.estimators.discontinuity:estimate",
        says="The jump of the outcome where a cutoff decided who was treated; holds for units at the cutoff, if "
        "nothing else changes there.",
        estimands=("CUTOFF",),
        needs=("running",),
        screening=True,
    ),
    "mediation": EstimatorChoice(
        title="Mediation (natural effects)",
        function="core.effects.estimators.mediation:estimate",
        says="How much of the effect runs through the mediators and how much past them; needs every common cause of "
        "mediators and outcome, which no experiment ensures.",
        estimands=("INDIRECT",),
        needs=("mediator",),
    ),
    "front_door": EstimatorChoice(
        title="Front door",
        function="core.effects.estimators.front_door:estimate",
        says="The effect through measured mediators; right under hidden causes of treatment and outcome, if the whole "
        "effect runs through the mediators.",
        estimands=("ATE",),
        needs=("mediator",),
    ),
}
