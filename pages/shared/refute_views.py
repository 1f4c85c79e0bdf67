"""What Diagnose shows of the attempts to break a study: the answers first, then each with its figure and its limits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.effects.groups import called
from core.effects.refuters import REFUTERS
from core.figures.robustness import hidden_cause_contour, leave_out_forest, method_forest, placebo_forest
from core.figures.specification_curve import specification_curve
from pages.shared import controls, words

LINEAR: Final = "The linear effect is that of a regression, which can be made again hundreds of times at once."
ROOMS: Final = {
    "confounding": ("Negative controls", "Where nothing can be found, is nothing found? Only these see confounding."),
    "hidden cause": ("Hidden cause", "How strong would a cause have to be that nobody measured?"),
    "choices": ("Choices", f"Would other reasonable choices have given another answer? {LINEAR}"),
    "method": ("Method", f"Is the arithmetic to be trusted here? To pass proves nothing about confounding. {LINEAR}"),
}
METHOD_UNITS: Final = ("random_common_cause", "data_subset", "bootstrap")


def show_refutations(result: dict[str, Any]) -> None:
    """Every refutation of a study, and what a hidden cause could do to it."""
    found = result.get("refutations") or []
    if not found:
        st.info("Nothing has tried to break this number yet.")
        return
    _show_answers(found)
    unit = _unit(result)
    rooms = [name for name in ROOMS if name == "hidden cause" or any(_sees(row) == name for row in found)]
    for name, tab in zip(rooms, st.tabs([ROOMS[name][0] for name in rooms]), strict=True):
        rows = [row for row in found if _sees(row) == name]
        with tab:
            st.caption(ROOMS[name][1])
            for row in rows:
                _show_one(row)
            if name == "confounding":
                _show_controls(rows)
            elif name == "hidden cause":
                _show_hidden_cause(result.get("sensitivity"), unit, told=bool(rows))
            elif name == "choices":
                _show_choices(rows, result, unit)
            else:
                _show_method(rows, unit)


def _sees(row: Mapping[str, Any]) -> str:
    """What a refutation sees; older studies do not say."""
    return str(row.get("sees") or REFUTERS[row["name"]].sees)


def _show_answers(found: Sequence[Mapping[str, Any]]) -> None:
    """How many passed, and which; what failed stands first."""
    counts = {answer: [row["title"] for row in found if row["passed"] is answer] for answer in (False, None, True)}
    parts = []
    for answer, titles in counts.items():
        if titles:
            names = ", ".join(controls.plain(title) for title in titles)
            parts.append(f"{words.ANSWERS[answer]} **{len(titles)}**: {names}")
    st.markdown("  \n".join(parts))
    st.caption("To pass is not to be contradicted, no more; there is no score over all of them.")


def _show_one(row: Mapping[str, Any]) -> None:
    st.markdown(
        f"**{controls.plain(row['title'])}** {words.ANSWERS[row['passed']]}  \n{controls.plain(row['sentence'])}"
    )
    st.caption(controls.plain(row["detects"]))


def _show_controls(rows: Sequence[Mapping[str, Any]]) -> None:
    shown = [row for row in rows if row["value"] is not None]
    if shown:
        controls.figure(
            placebo_forest(shown),
            caption="Each negative control as a share of the headline, with its 95 % interval. Within the band is "
            "within half of the headline.",
            alt="Effects where none is expected, as shares of the headline",
            name="refute-controls",
        )


def _show_hidden_cause(sensitivity: Mapping[str, Any] | None, unit: str, *, told: bool) -> None:
    if not sensitivity or not sensitivity.get("contour"):
        st.info("This study has no sensitivity contour.")
        return
    if not told:
        st.markdown(controls.plain(sensitivity["sentence"]))
    whose = "the headline" if sensitivity["of"] == "headline" else "the linear effect"
    controls.figure(
        hidden_cause_contour(sensitivity, unit=unit),
        caption=f"What would be left of {whose} beside a hidden cause that explains so much of what the covariates "
        f"leave of treatment and outcome. {_reach(sensitivity)}Crosses: causes one, two and three times as "
        "strong as measured groups.",
        alt="Effect left beside a hidden cause of every strength",
        name="refute-contour",
    )
    frame = pd.DataFrame(
        [
            {
                "a hidden cause": f"{row['times']} x as strong as {called(row['group'])}",
                "of the treatment": row["treatment_r2"],
                "of the outcome": row["outcome_r2"],
                "effect left": words.effect(row["value"], unit)
                if row["value"] is not None
                else "cannot be that strong",
                "95 % interval": words.interval(row["low"], row["high"], unit),
            }
            for row in sensitivity["bounds"]
        ]
    )
    share = st.column_config.NumberColumn(format="percent")
    controls.table(
        frame,
        name="refute-bounds",
        alt="What is left beside hidden causes as strong as measured ones",
        columns={"of the treatment": share, "of the outcome": share},
    )
    ratio = sensitivity.get("e_value")
    if ratio:
        about = " (approximated from the standardised difference)" if ratio["scale"] != "risk ratio" else ""
        between = f"{ratio['ratio_low']:.3g} to {ratio['ratio_high']:.3g}"
        st.caption(
            f"Risk ratio {ratio['ratio']:.3g} ({between}){about}; E-value {ratio['point']:.3g}, of the interval's "
            f"nearer limit {ratio['limit']:.3g}."
        )


def _reach(sensitivity: Mapping[str, Any]) -> str:
    """At which equal strength in both nothing is left, of the value and of its interval."""
    value, interval = sensitivity.get("value_of"), sensitivity.get("interval_of")
    if value is None or interval is None:
        return ""
    return (
        f"Nothing is left where both are {100 * value:.1f} %; the interval reaches 0 where both are "
        f"{100 * interval:.1f} %. "
    )


def _show_choices(rows: Sequence[Mapping[str, Any]], result: Mapping[str, Any], unit: str) -> None:
    by_name = {row["name"]: row for row in rows}
    left_out = by_name.get("leave_one_covariate_out")
    if left_out and left_out["details"].get("rows"):
        controls.figure(
            leave_out_forest(left_out["details"], unit=unit),
            caption="The linear effect without each covariate group, with its 95 % interval; red where it would turn.",
            alt="Effect without each covariate group",
            name="refute-left-out",
        )
    curve = by_name.get("specification_curve")
    if curve and curve["details"].get("rows"):
        choices = curve["details"]["rows"]
        controls.figure(
            specification_curve(choices, headline=curve["expected"], unit=unit),
            caption=f"{len(choices)} other ways to ask and answer the same question, sorted; the dotted line is the "
            "headline. Squares say what was chosen.",
            alt="Estimates of all specifications in order of size, with their choices",
            name="refute-curve",
        )
        controls.download(pd.DataFrame(choices), name=f"specifications-{result['headline']['estimator']}")
        if curve["details"]["refused"]:
            with st.expander("Could not be estimated"):
                st.text("\n".join(curve["details"]["refused"]))


def _show_method(rows: Sequence[Mapping[str, Any]], unit: str) -> None:
    shown = [row for row in rows if row["value"] is not None and row["name"] in METHOD_UNITS]
    if shown:
        controls.figure(
            method_forest(shown, unit=unit),
            caption="What each check got over its 200 draws (bar: the middle 95 %), and what was expected (cross).",
            alt="What checks of the method got beside what was expected",
            name="refute-method",
        )


def _unit(result: Mapping[str, Any]) -> str:
    """The headline's own unit where it has one, else the outcome's."""
    main: Mapping[str, Any] = next(
        (row for row in result["estimates"] if row["estimator"] == result["headline"]["estimator"]), {}
    )
    return str(main.get("unit") or result["outcome_unit"])
