"""What would settle an amber verdict: the measurement the graph names, the check that is missing, or an experiment."""

from dataclasses import replace

import numpy as np

from core.effects.estimate import Estimate
from core.effects.settling import what_would_settle
from core.graphs.identification.identify import identify
from core.graphs.tiers import graph_from_tiers
from tests.effects.planted import confounded

TABLE = confounded(units=400)
NOTHING = np.zeros(0)
HEADLINE = Estimate("aipw", "AIPW", "ATE", 0.5, 0.1, (10.0, 10.0), 0.1, NOTHING, NOTHING)
KNOWN = identify(graph_from_tiers([("x0", "x0")], "offer", "spending"))
HIDDEN = identify(graph_from_tiers([("x0", "x0"), ("mood", "mood")], "offer", "spending", ["mood"]))


def test_a_hidden_cause_is_to_be_measured_and_the_experiment_has_a_size() -> None:
    said = what_would_settle((), (), HIDDEN, TABLE, HEADLINE)
    # 4 * (1.96 + 0.84)^2 * variance / 0.5^2
    units = int(np.ceil(4 * 7.848879734 * np.var(TABLE.outcome) / 0.25))
    assert said.startswith("Measuring mood before time zero") and f"about {units:,} units" in said


def test_a_missing_negative_control_is_asked_for_and_a_check_left_out_is_named() -> None:
    assert "must show no effect" in what_would_settle((), ("placebo_outcome",), KNOWN, TABLE, HEADLINE)
    assert "permuted placebo" in what_would_settle((), ("permuted_placebo",), KNOWN, TABLE, HEADLINE)


def test_what_failed_needs_an_experiment() -> None:
    assert what_would_settle(("balance",), (), KNOWN, TABLE, HEADLINE).startswith("An experiment that deals offer out")
    assert "only an experiment there" in what_would_settle(("overlap",), (), KNOWN, TABLE, HEADLINE)


def test_who_stays_is_settled_by_moments_at_which_everybody_is_there() -> None:
    for failed, missing in ((("who_stays", "battery"), ()), ((), ("who_stays",))):
        said = what_would_settle(failed, missing, KNOWN, TABLE, HEADLINE)
        assert "the design 'first exposure'" in said and "an experiment (about" in said


def test_an_effect_not_told_apart_from_0_is_looked_for_as_large_as_it_may_be() -> None:
    """Planned for a headline of next to nothing, the experiment would need a million units and settle nothing."""
    unclear = replace(HEADLINE, value=0.01, se=0.1)
    farther = max(abs(unclear.low), abs(unclear.high))
    units = int(np.ceil(4 * 7.848879734 * np.var(TABLE.outcome) / farther**2))
    said = what_would_settle(("balance",), (), KNOWN, TABLE, unclear)
    assert f"about {units:,} units, half of them treated, to see one as large as the interval allows" in said
