"""The verdict's rules, one by one."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.estimate import Estimate
from core.effects.verdict import Check, Verdict, Wording, shown, verdict

WORDING = Wording("search within 10 minutes", "buy within 1 day", "share")
OBSERVATIONAL = ("overlap", "balance", "placebo_outcome", "permuted_placebo", "sensitivity")


def headline(value: float = 0.081, se: float = 0.005, estimator: str = "aipw", estimand: str = "ATE") -> Estimate:
    nothing = np.zeros(0)
    return Estimate(estimator, "An estimator", estimand, value, se, (10.0, 10.0), 0.1, nothing, nothing)


def checks(names: tuple[str, ...] = OBSERVATIONAL, **outcomes: bool | None) -> list[Check]:
    """All passed, but for those named."""
    return [Check(name, name.title(), outcomes.get(name, True), f"About {name}.") for name in names]


def judged(
    given: list[Check], *, randomised: bool = False, unidentified: str | None = None, **number: float
) -> Verdict:
    return verdict(headline(**number), given, wording=WORDING, randomised=randomised, unidentified=unidentified)


def test_all_checks_passed_is_green_and_says_size_interval_and_grade() -> None:
    found = judged(checks())
    assert (found.grade, found.light, found.reasons) == ("adjusted", "green", ())
    # 0.081 +- 1.96 * 0.005 = 0.0712 to 0.0908
    assert "+8.10 percentage points (95 % interval +7.12 to +9.08)" in found.sentence
    assert "grade: adjusted" in found.sentence and len(found.not_checked) == 1


@pytest.mark.parametrize("name", OBSERVATIONAL)
def test_a_check_that_could_not_tell_is_amber_and_listed(name: str) -> None:
    for given in (checks(**{name: None}), checks(tuple(each for each in OBSERVATIONAL if each != name))):
        found = judged(given)
        assert found.light == "amber"
        assert found.not_checked[0].lower().replace("_", " ") == name.replace("_", " ")
        assert "Not checked" in found.sentence


def test_a_check_that_the_design_calls_for_is_needed_and_another_is_not() -> None:
    silent = Check("who_stays", "Who stays", None, "Nobody knows who stays.")
    assert judged([*checks(), silent]).light == "green"
    found = judged([*checks(), replace(silent, needed=True)])
    assert (found.light, found.reasons, found.missing) == ("amber", (silent.sentence,), ("who_stays",))
    assert judged([*checks(), replace(silent, needed=True, passed=True)]).light == "green"


def test_a_check_that_was_not_run_is_named_in_the_reason() -> None:
    silent = Check("placebo_outcome", "Placebo outcome", None, "Not run: there is none.")
    given = [silent if check.name == "placebo_outcome" else check for check in checks()]
    assert judged(given).reasons == ("Placebo outcome not run: there is none.",)


@pytest.mark.parametrize(
    ("name", "light"),
    [
        ("overlap", "red"),
        ("placebo_outcome", "red"),
        ("balance", "amber"),
        ("sensitivity", "amber"),
        ("permuted_placebo", "amber"),
    ],
)
def test_a_failed_check_lowers_the_light_and_gives_the_reason(name: str, light: str) -> None:
    found = judged(checks(**{name: False}))
    assert found.light == light and f"About {name}." in found.reasons
    assert found.sentence.startswith("Not supported") == (light == "red")


@pytest.mark.parametrize("of_headline", [False, None])
def test_of_two_checks_about_hidden_causes_the_one_of_the_headline_speaks(of_headline: bool | None) -> None:
    names = (*OBSERVATIONAL, "unobserved_common_cause")
    found = judged(checks(names, sensitivity=False, unobserved_common_cause=of_headline))
    assert found.light == "amber" and found.reasons == ("About unobserved_common_cause.",)
    assert "sensitivity" in found.failed


def test_what_the_number_is_of_stands_without_the_number_too() -> None:
    assert judged(checks()).about == (
        "Change of buy within 1 day with search within 10 minutes, average effect in all units (ATE)."
    )


def test_an_unmeasured_confounder_is_amber_at_best_and_only_associated() -> None:
    found = judged(checks(), unidentified="Not identifiable: intent is unmeasured.")
    assert (found.grade, found.light) == ("associated", "amber")
    assert "intent is unmeasured" in found.sentence and found.sentence.startswith("Difference in")
    assert judged(checks(placebo_outcome=False), unidentified="Not identifiable.").light == "red"


def test_a_raw_headline_is_only_associated() -> None:
    found = judged(checks(), estimator="raw", estimand="difference")  # type: ignore[arg-type]
    assert (found.grade, found.light) == ("associated", "amber")


def test_a_number_that_is_none_is_red() -> None:
    assert judged(checks(), value=float("nan")).light == "red"
    assert judged(checks(), se=float("nan")).light == "red"


def test_an_experiment_needs_its_sample_ratio_and_balance() -> None:
    names = ("sample_ratio", *OBSERVATIONAL)
    green = judged(checks(names, placebo_outcome=None), randomised=True)
    assert (green.grade, green.light) == ("experimental", "green")
    unknown = judged(checks(names, sample_ratio=None), randomised=True)
    assert (unknown.grade, unknown.light) == ("experimental", "amber")
    for name in ("sample_ratio", "balance"):
        broken = judged(checks(names, **{name: False}), randomised=True)
        assert (broken.grade, broken.light) == ("associated", "red")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, "share", "+1.23"),
        (-0.123, "share", "-12.3"),
        (1794.34, "dollars", "+1,794"),
        (0.00012, "points", "+0.000120"),
        (0.0, "share", "+0.00"),
        (float("nan"), "share", "not a number"),
    ],
)
def test_numbers_are_shown_with_three_digits(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text
