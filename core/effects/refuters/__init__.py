"""The refuters: attempts to break a study's headline. Listing them imports nothing heavy.

One contract: `refute(attempt) -> Refutation`, with `passed` None where it could not tell. To add one: a file here, an
entry below, and a planted fault that it is seen to find in its test.
"""

from dataclasses import dataclass
from typing import Final, Literal

from core.specs import Choice


@dataclass(frozen=True)
class RefuterChoice(Choice):
    """sees: confounding (a negative control: to fail it is fatal, to pass it is needed), the method (it can only lower
    a verdict), a hidden cause's strength, or how much hangs on the analyst's choices; detects: what it can and cannot
    see."""

    sees: Literal["confounding", "method", "hidden cause", "choices"] = "method"
    detects: str = ""


REFUTERS: dict[str, RefuterChoice] = {
    "placebo_outcome": RefuterChoice(
        title="Placebo outcome",
        function="core.effects.refuters.placebo_outcome:refute",
        says="Estimates the effect on something that happened before the treatment; it should be nothing.",
        sees="confounding",
        detects="Sees common causes that were not adjusted for, if they moved the outcome before as they do after the "
        "treatment; cannot see causes that arose later.",
    ),
    "placebo_time": RefuterChoice(
        title="Placebo time",
        function="core.effects.refuters.placebo_time:refute",
        says="Pretends that the treatment came earlier than it did; the outcome up to the real one should not move.",
        sees="confounding",
        detects="Sees users who were already on their way before the treatment (trends, intent); cannot see what "
        "changed at the very moment of the treatment.",
    ),
    "negative_control": RefuterChoice(
        title="Negative-control outcome",
        function="core.effects.refuters.negative_control:refute",
        says="Estimates the effect on an outcome that the treatment cannot move; it should be nothing.",
        sees="confounding",
        detects="Sees common causes of the treatment that move this outcome too; cannot see those that move only the "
        "outcome asked about.",
    ),
    "who_stays": RefuterChoice(
        title="Who stays through the grace period",
        function="core.effects.refuters.who_stays:refute",
        says="Asks the same at moments at which everybody was there; no more than half of the effect should be lost.",
        sees="choices",
        detects="Sees an effect that comes from having stayed long enough to take the treatment up; cannot see what "
        "else sets apart who takes it up.",
    ),
    "permuted_placebo": RefuterChoice(
        title="Permuted treatment",
        function="core.effects.refuters.permuted_placebo:refute",
        says="Deals the treatment out at random; the method should then find nothing.",
        detects="Sees a method whose intervals are too narrow for this outcome (a few units decide the mean); cannot "
        "see hidden common causes.",
    ),
    "random_common_cause": RefuterChoice(
        title="Random common cause",
        function="core.effects.refuters.random_common_cause:refute",
        says="Adds a covariate of pure noise, many times; the estimate should not move.",
        detects="Sees an estimate that has spent its data on covariates, so that anything moves it; cannot see hidden "
        "common causes.",
    ),
    "data_subset": RefuterChoice(
        title="Subsets of users",
        function="core.effects.refuters.data_subset:refute",
        says="Estimates again for random four fifths of the users; the values should scatter as the error promises.",
        detects="Sees an effect that hangs on few users, and errors that are too small; cannot see hidden common "
        "causes.",
    ),
    "bootstrap": RefuterChoice(
        title="Bootstrap",
        function="core.effects.refuters.bootstrap:refute",
        says="Draws the users again with replacement; the interval should come out as the formula has it.",
        detects="Sees errors that the formula gets wrong for this outcome (few users, long tails); cannot see hidden "
        "common causes.",
    ),
    "unobserved_common_cause": RefuterChoice(
        title="Unobserved common cause",
        function="core.effects.refuters.unobserved_common_cause:refute",
        says="How strong a hidden cause would have to be to explain the effect away, beside the measured ones.",
        sees="hidden cause",
        detects="Bounds what a hidden common cause of a given strength could do; cannot see whether there is one.",
    ),
    "e_value": RefuterChoice(
        title="E-value",
        function="core.effects.refuters.e_value:refute",
        says="The risk ratio that a hidden cause would need with treatment and outcome to explain the effect away.",
        sees="hidden cause",
        detects="Bounds what a hidden common cause of a given strength could do; cannot see whether there is one.",
    ),
    "leave_one_covariate_out": RefuterChoice(
        title="Leave one covariate group out",
        function="core.effects.refuters.leave_one_covariate_out:refute",
        says="Estimates again without each covariate group; no single one should turn the answer.",
        sees="choices",
        detects="Sees an answer that hangs on one group of covariates, and on how well it was measured; cannot see "
        "what was never measured.",
    ),
    "specification_curve": RefuterChoice(
        title="Specification curve",
        function="core.effects.refuters.specification_curve:refute",
        says="Estimates again under every other reasonable choice of windows, eligibility, covariates and method.",
        sees="choices",
        detects="Sees an answer that hangs on the analyst's choices; cannot see a bias that all of them share.",
    ),
}

NEGATIVE_CONTROLS: Final = tuple(name for name, entry in REFUTERS.items() if entry.sees == "confounding")
