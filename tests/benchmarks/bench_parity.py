"""Do the closed-form estimators give the number of other programs, where those are right?

    python -m tests.benchmarks parity [units]

Target: at most 1e-8 apart. OLS and its errors beside statsmodels and DoWhy; weighting and propensity matching beside
DoWhy, given the same propensity (a fresh frame each time: DoWhy reuses what it wrote into one) and not clipped; overlap
weights beside statsmodels' logit; the robustness value beside DoWhy's. DoWhy matches without correcting what differs
within matches, so that the matches themselves are compared. The doubly robust and the partially linear score beside
DoubleML, given the same cross-fitted expectations.
"""

import logging
import sys
import warnings

import networkx as nx
import numpy as np
import statsmodels.api as sm
from scipy.special import expit

from core.effects.doubly_robust import Fitted, scored
from core.effects.estimate import clustered_error
from core.effects.estimators import dml, ipw, ols, overlap_weights
from core.effects.least_squares import with_constant
from core.effects.logistic import fit_logistic
from core.effects.matching import cells_on_a_line, matching_weights
from core.effects.nuisances import Nuisances
from core.effects.partialled import partialled
from core.effects.sensitivity.robustness import robustness_value
from core.effects.table import AnalysisTable
from tests.benchmarks.peers import trees
from tests.effects.planted import as_table, confounded

TARGET = 1e-8
NO_CLIP = {"min_ps_score": 0, "max_ps_score": 1, "weighting_scheme": "ips_normalized_weight"}


def main(units: int) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    made = confounded(units=units, treated_more=1.0)
    users = np.random.default_rng(0).integers(0, units // 4, units)
    table = as_table(made.matrix(), made.treatment, made.outcome, users=users)
    independent = as_table(made.matrix(), made.treatment, made.outcome)
    differences = {
        **_regression(table), **_weighting(table), **_matching(table), **_robustness(table),
        **_learnt(independent),
    }  # fmt: skip
    for name, difference in differences.items():
        verdict = "ok" if abs(difference) <= TARGET else "TOO FAR"
        print(f"  {name:52} {difference:+.1e}  {verdict}   target {TARGET:.0e}")


def _regression(table: AnalysisTable) -> dict[str, float]:
    design = sm.add_constant(np.column_stack([table.treatment, table.matrix()]))
    peer = sm.OLS(table.outcome, design)
    by_unit = as_table(table.matrix(), table.treatment, table.outcome)
    clustered = peer.fit(cov_type="cluster", cov_kwds={"groups": table.clusters}).bse[1]
    return {
        "OLS, value (statsmodels)": ols.estimate(table).value - peer.fit().params[1],
        "OLS, error by unit (statsmodels HC1)": ols.estimate(by_unit).se - peer.fit(cov_type="HC1").bse[1],
        "OLS, error by user (statsmodels cluster)": ols.estimate(table).se - clustered,
        "OLS, value (DoWhy)": ols.estimate(table).value - _dowhy(table, "linear_regression", "ate"),
    }


def _weighting(table: AnalysisTable) -> dict[str, float]:
    t, y = table.treatment, table.outcome
    e = sm.Logit(t, sm.add_constant(table.matrix())).fit(disp=0, tol=1e-14).predict()
    overlap = np.average(y, weights=t * (1 - e)) - np.average(y, weights=(1 - t) * e)
    return {
        **{
            f"IPW, {estimand} (DoWhy, same propensity)": ipw.estimate(table, estimand=estimand).value
            - _dowhy(table, "propensity_score_weighting", estimand.lower(), **NO_CLIP)
            for estimand in ("ATE", "ATT")
        },
        "overlap weights, ATO (statsmodels' logit)": overlap_weights.estimate(table).value - overlap,
    }


def _matching(table: AnalysisTable) -> dict[str, float]:
    t, y, ones = table.treatment, table.outcome, np.ones(table.units)
    cells = cells_on_a_line(_propensity(table), same=0.0)
    controls = matching_weights(cells, t, t == 0, ones)
    treated = matching_weights(cells, 1 - t, t == 1, ones)
    att = (t - controls) @ y / t.sum()
    ate = (t + treated - (1 - t) - controls) @ y / table.units
    return {
        "propensity matches, ATT (DoWhy, same propensity)": att - _dowhy(table, "propensity_score_matching", "att"),
        "propensity matches, ATE (DoWhy, same propensity)": ate - _dowhy(table, "propensity_score_matching", "ate"),
    }


def _learnt(table: AnalysisTable) -> dict[str, float]:
    """Our scores beside DoubleML's, given the same cross-fitted expectations; its errors divide by n, ours by n - 1."""
    from doubleml import DoubleMLData, DoubleMLIRM, DoubleMLPLR

    fits = Nuisances(table, seed=0, splits=1)
    propensity, control, treated = fits.propensity(0), fits.outcome(0, 0), fits.outcome(1, 0)
    data = DoubleMLData.from_arrays(table.matrix(), table.outcome, table.treatment)
    given = {"ml_m": propensity[:, None], "ml_g0": control[:, None], "ml_g1": treated[:, None]}
    smaller = np.sqrt((table.units - 1) / table.units)
    found: dict[str, float] = {}
    for estimand, score in (("ATE", "ATE"), ("ATT", "ATTE")):
        peer = DoubleMLIRM(data, trees(is_share=False), trees(is_share=True), score=score, trimming_threshold=1e-6,
                           normalize_ipw=estimand == "ATE")  # fmt: skip
        peer.fit(external_predictions={"d": given})
        ours = scored(table, Fitted(propensity, control, treated), estimand)
        if estimand == "ATE":
            found["doubly robust score, ATE (DoubleML IRM)"] = ours.value - peer.coef[0]
            error = clustered_error(ours.influence, table.clusters) * smaller
            found["doubly robust score, ATE, error (DoubleML IRM)"] = error - peer.se[0]
        else:  # DoubleML does not normalise the weights of the ATT, ours have mean 1: undone by hand
            odds = (1 - table.treatment) * propensity / (1 - propensity)
            surprise = (odds * (table.outcome - control)).sum() / table.treatment.sum()
            gain = (table.outcome - control)[table.treatment == 1].mean()
            kept = (odds * (table.outcome - control)).sum() / odds.sum()
            found["doubly robust score, ATT, not normalised (DoubleML IRM)"] = gain - surprise - peer.coef[0]
            found["doubly robust score, ATT, normalised as ours"] = ours.value - (gain - kept)
    peer = DoubleMLPLR(data, trees(is_share=False), trees(is_share=True))
    expected = propensity * treated + (1 - propensity) * control
    peer.fit(external_predictions={"d": {"ml_l": expected[:, None], "ml_m": propensity[:, None]}})
    ours = dml.estimate(table, nuisances=fits)
    return {
        **found,
        "partially linear (DoubleML PLR)": ours.value - peer.coef[0],
        "partially linear, error (DoubleML PLR)": ours.se * smaller - peer.se[0],
    }


def _robustness(table: AnalysisTable) -> dict[str, float]:
    model, estimand = _model(table)
    peer = model.estimate_effect(estimand, method_name="backdoor.linear_regression", target_units="ate")
    found = model.refute_estimate(
        estimand,
        peer,
        method_name="add_unobserved_common_cause",
        simulation_method="linear-partial-R2",
        benchmark_common_causes=["x0"],
        effect_fraction_on_treatment=[1.0],
        effect_fraction_on_outcome=[1.0],
        plot_estimate=False,
    )
    ours = robustness_value(partialled(table).partial_f)
    return {"robustness value (DoWhy)": ours - float(found.stats["robustness_value"])}


def _propensity(table: AnalysisTable) -> np.ndarray:
    fit = fit_logistic(with_constant(table.matrix(), np.ones(table.units)), table.treatment)
    return np.asarray(expit(fit.score))


def _dowhy(table: AnalysisTable, method: str, units: str, **settings: object) -> float:
    model, estimand = _model(table)
    found = model.estimate_effect(
        estimand, method_name=f"backdoor.{method}", target_units=units, method_params=settings or None
    )
    return float(found.value)


def _model(table: AnalysisTable):
    """DoWhy's model of the table, with our propensity in the column that it takes as given, and what it identified."""
    from dowhy import CausalModel

    names = [covariate.name for covariate in table.covariates]
    frame = table.frame[[*names, "treatment", "outcome"]].assign(propensity_score=_propensity(table))
    frame["treatment"] = frame["treatment"].astype(bool)
    causes = [(name, caused) for name in names for caused in ("treatment", "outcome")]
    model = CausalModel(frame, "treatment", "outcome", graph=nx.DiGraph([*causes, ("treatment", "outcome")]))
    return model, model.identify_effect(method_name="maximal-adjustment", proceed_when_unidentifiable=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
