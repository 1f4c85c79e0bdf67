"""The causal screen on simulated logs: planted effects are found, hidden traits are caught by the placebo, counts agree."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build
from core.effects.battery.later_trials import trial_after
from core.effects.groups import covariate_groups
from core.effects.question import microseconds
from core.effects.screen.pair import Pair, Quick, placebo_check, q_values
from core.effects.screen.scan import Rules, follow, windows_of
from core.effects.screen.screen import screen
from core.effects.screen.spec import ScreenSpec, question_of
from core.errors import BadSpec, NotEnoughData, NotFound
from core.events.definitions.references import rule_of, title_of
from core.storage.engine import Log
from tests.effects.hidden_trait import hidden_trait_log

LogOf = Callable[[pd.DataFrame], Log]
SPEC = ScreenSpec(landmark_event=2, lookback_days=5, outcome_window_days=0.25)


def pair(found: dict[str, Any], cause: str, effect: str) -> dict[str, Any]:
    return next(row for row in found["pairs"] if (row["cause"], row["effect"]) == (cause, effect))


def test_a_planted_effect_is_the_only_one_that_raises_anything(log_of: LogOf) -> None:
    found = screen(log_of(hidden_trait_log(effect=0.25)), SPEC)
    bought = pair(found, "offer", "buy")
    assert bought["low"] < 0.25 < bought["high"]
    assert bought["q_value"] < 1e-6 and bought["light"] == "green", bought["reason"]
    assert bought["lift"] == pytest.approx(bought["treated_share"] / bought["control_share"])
    raising = [row for row in found["pairs"] if row["q_value"] is not None and row["q_value"] < 0.05 < 5 * row["value"]]
    assert raising == [bought]
    json.dumps(found, allow_nan=False)


def test_a_hidden_trait_that_the_placebo_sees_turns_pairs_red(log_of: LogOf) -> None:
    # One day of history says next to nothing of the trait, which moves the offer and all kinds alike.
    found = screen(log_of(hidden_trait_log(strength=0.3)), SPEC.model_copy(update={"lookback_days": 0.01}))
    lights = {row["effect"]: row["light"] for row in found["pairs"] if row["cause"] == "offer" and row["value"]}
    assert lights["buy"] == lights["read"] == "red"
    assert "Placebo" in pair(found, "offer", "buy")["reason"]


def test_the_shares_equal_a_loop_over_the_events(log_of: LogOf) -> None:
    events = hidden_trait_log(users=80, effect=0.2)
    found = screen(log_of(events), SPEC)
    rows = []
    for _, own in events.sort_values("timestamp", kind="stable").groupby("user_id"):
        moments, kinds = own["timestamp"].to_numpy(), own["event_type"].to_numpy()
        starts = np.flatnonzero(np.diff(moments, prepend=moments[0] - np.timedelta64(1, "D")) > np.timedelta64(30, "m"))
        for start, end in zip(starts, [*starts[1:], len(own)], strict=True):
            zero = start + 1  # the second event
            enough = end > zero and moments[zero] >= events["timestamp"].min() + pd.Timedelta(days=5)
            if enough and moments[zero] <= events["timestamp"].max() - pd.Timedelta(days=0.25):
                later = (moments > moments[zero]) & (moments <= moments[zero] + np.timedelta64(6, "h"))
                rows.append((end > zero + 1 and kinds[zero + 1] == "offer", "buy" in kinds[later]))
    taken, bought = np.array(rows).T
    row = pair(found, "offer", "buy")
    assert (row["units"], row["treated"]) == (len(rows), taken.sum())
    assert row["treated_share"] == pytest.approx(bought[taken].mean())
    assert row["control_share"] == pytest.approx(bought[~taken].mean())


def test_a_pair_opens_as_a_question_that_can_be_studied(log_of: LogOf) -> None:
    log = log_of(hidden_trait_log(users=200, effect=0.2))
    question = question_of(ScreenSpec.read(screen(log, SPEC)["spec"]), "offer", "buy")
    table = build(log, question)
    assert question.landmark_event == 2
    assert table.outcome[table.treatment == 1].mean() > table.outcome[table.treatment == 0].mean()


def test_an_effect_is_no_cause_of_its_cause(log_of: LogOf) -> None:
    found = screen(log_of(hidden_trait_log(effect=0.25)), SPEC)  # whoever was offered buys more, a minute later
    back = pair(found, "buy", "offer")
    assert back["light"] != "green" and back["treated_share"] == 0
    assert "taken its place" in back["checks"]["place"]["sentence"]


def test_every_pair_is_there_once_and_what_has_no_number_says_why(log_of: LogOf) -> None:
    found = screen(log_of(hidden_trait_log(users=200)), SPEC)
    types = found["event_types"]
    assert {(row["cause"], row["effect"]) for row in found["pairs"]} == {(a, b) for a in types for b in types if a != b}
    opened = pair(found, "open", "buy")  # it is never the third event of a session
    assert opened["value"] is None and opened["light"] is None and "Too few: open came next in 0" in opened["reason"]


def test_a_sample_of_users_is_said_and_always_the_same(log_of: LogOf) -> None:
    log = log_of(hidden_trait_log(users=300))
    spec = SPEC.model_copy(update={"units_at_most": 1000})
    first, second = screen(log, spec), screen(log, spec)
    assert first == second
    assert 300 < first["units"] < 2000
    assert any("chance sample" in note for note in first["notes"])


def test_settings_that_cannot_be(log_of: LogOf) -> None:
    log = log_of(hidden_trait_log(users=60))
    with pytest.raises(NotFound, match="no event type 'buys'"):
        screen(log, ScreenSpec(event_types=("buy", "buys")))
    with pytest.raises(NotEnoughData, match="The log is"):
        screen(log, ScreenSpec(lookback_days=300))
    with pytest.raises(NotEnoughData, match="sessions go beyond event 90"):
        screen(log, ScreenSpec(landmark_event=90))
    with pytest.raises(BadSpec, match="shorter"):
        ScreenSpec.read({"outcome_window_days": 0.001})


def test_rules_are_screened_as_event_types_are_unless_they_share_events(log_of: LogOf) -> None:
    events = hidden_trait_log(users=300)
    log, plain = log_of(events.assign(event_type="event", was=events["event_type"])), log_of(events)
    types = [f"event where was = '{name}' as {name}" for name in ("offer", "open", "buy")]
    by_rule = screen(log, SPEC.model_copy(update={"event_types": tuple(types)}))
    by_type = screen(plain, SPEC.model_copy(update={"event_types": ("offer", "open", "buy")}))
    assert by_rule["event_types"] == types and by_rule["units"] == by_type["units"]
    named = {(title_of(row["cause"]), title_of(row["effect"])): row for row in by_rule["pairs"]}
    for row in by_type["pairs"]:
        twin = named[row["cause"], row["effect"]]
        assert (twin["treated_share"], twin["control_share"]) == (row["treated_share"], row["control_share"])
    with pytest.raises(BadSpec, match="events are both 'buy' and 'any', so that each would be its own effect"):
        screen(log, ScreenSpec(event_types=(types[2], "event where was != 'open' as any")))
    with pytest.raises(NotEnoughData, match="name kinds of its events by rules"):
        screen(log, ScreenSpec())


def test_the_next_trial_equals_a_loop(log_of: LogOf) -> None:
    log, window_us = log_of(hidden_trait_log(users=40)), microseconds(0.25)
    seen = follow(
        log,
        landmark_event=2,
        offsets=windows_of(lookback_us=microseconds(1), treatment_us=microseconds(0.01), outcome_us=window_us),
        rules=Rules([rule_of("offer", log.manifest)], []),
        groups=covariate_groups(log.manifest),
    )
    eligible = np.arange(seen.units) % 3 > 0
    for lag in (1, 2):
        found = trial_after(seen, eligible, window_us, lag)
        for unit in range(seen.units):
            later = sorted(
                (seen.time_zero_us[other], other)
                for other in range(seen.units)
                if eligible[other]
                and seen.clusters[other] == seen.clusters[unit]
                and seen.time_zero_us[other] > seen.time_zero_us[unit] + window_us
            )
            assert found[unit] == (later[lag - 1][1] if len(later) >= lag else -1)


def test_benjamini_hochberg_by_hand() -> None:
    # 4 tests: 0.01 * 4/1 = .04, 0.02 * 4/2 = .04, 0.04 * 4/3 = .0533, 0.5
    assert q_values(np.array([0.5, 0.01, 0.04, 0.02])) == pytest.approx([0.5, 0.04, 0.16 / 3, 0.04])


@pytest.mark.parametrize(
    ("value", "se", "passed"),
    [
        (0.0, 0.01, True),
        (0.09, 0.01, False),
        (0.04, 0.01, None),
        (0.0, 0.5, None),
        (float("nan"), 0.1, None),
        (0, 0, None),
    ],
)
def test_the_placebo_rule(value: float, se: float, passed: bool | None) -> None:
    assert placebo_check(value, se, headline=0.1).passed is passed


def test_the_reason_of_a_red_light_is_what_turned_it_red() -> None:
    checks = {"balance": Quick(False, "unbalanced"), "placebo": Quick(False, "placebo failed")}
    judged = Pair("a", "b", False, 100, 50, 0.5, 0.4, 0.1, 0.01, checks)
    assert (judged.light, judged.reason) == ("red", "placebo failed")
    told = Pair(
        "a", "b", False, 100, 50, 0.5, 0.4, 0.1, 0.01, {"balance": Quick(None, "?"), "placebo": Quick(True, "")}
    )
    assert (told.light, told.reason) == ("amber", "?")
    assert Pair("a", "b", False, 100, 50, 0.5, 0.0, None, None, {}).lift is None
