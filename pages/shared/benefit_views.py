"""What the page on who benefits shows of a run: the answer first, then segments, groups, targeting, rule, learners."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.effects.benefits import SCORED_FILE
from core.events.features.export import csv_of
from core.figures.benefits import policy_tree, segment_forest, sorted_groups, uplift_curves
from core.storage.runs import find_partial, partial_mark
from pages.shared import cached, controls, state, words

SHOWN_SEGMENTS = 14
COUNT = st.column_config.NumberColumn(format="localized")
TRIED = f"{state.BENEFITS}learner"
CAME_TRUE = {True: "yes", False: "no", None: "cannot tell"}


def show(found: dict[str, Any]) -> None:
    """Everything of one run."""
    _answer(found)
    segments, first, rule, learners = st.tabs(["By segment", "Whom to treat first", "A rule", "Learners on trial"])
    with segments:
        _segments(found)
    with first:
        _first(found)
    with rule:
        _rule(found)
    with learners:
        _learners(found)
    controls.notes([*found["segments"]["notes"], *found["notes"]])


def so_far(run_id: str) -> Callable[[], int | None]:
    """What draws the segments of a run under way, which are known before any learner was on trial."""

    def draw() -> int | None:
        mark = partial_mark(cached.workspace(), run_id)
        known = find_partial(cached.workspace(), run_id)
        if known is not None:
            st.markdown(controls.plain(known["segments"]["sentence"]))
            _segments(known)
        return mark

    return draw


def _answer(found: dict[str, Any]) -> None:
    """Does the effect differ at all? With the average, and the scored users where a learner earned them."""
    unit, differs = found["outcome_unit"], found["heterogeneity"]["passed"] is True
    average = found["average"]
    with st.container(border=True, key="benefit-answer"):
        number, said = st.columns([1, 2.2])
        with number:
            if differs:
                st.badge("It differs", icon=":material/groups:", color="green")
            elif found["segments"]["found"] or found["projection"]["found"]:
                st.badge("It differs by group, not by user", icon=":material/groups:", color="blue")
            else:
                st.badge("No evidence that it differs", icon=":material/horizontal_rule:", color="gray")
            st.markdown(
                f"# {words.effect(average['value'], unit)}\non average, 95 % interval "
                f"{words.interval(average['low'], average['high'], unit)}"
            )
        with said:
            headline, by_segment = found["heterogeneity"]["sentence"], found["segments"]["sentence"]
            st.markdown(f"**{controls.plain(headline)}**")
            if by_segment not in headline:
                st.markdown(controls.plain(by_segment))
            st.markdown(controls.plain(found["policy"]["sentence"]))
            st.markdown(
                f":gray[{found['units']:,} units of {found['users']:,} users, {controls.plain(found['population'])}. "
                "One user's own effect is never known: there are no intervals for single users. Segments add up to "
                "this average; the study's own number also takes out what its two models miss together.]"
            )
            if found["scored"]:
                path = cached.workspace().run(found["run_id"]) / SCORED_FILE
                if path.exists():
                    st.download_button(
                        f"Scored users ({found['scored']['users']:,})",
                        lambda: csv_of(path),
                        file_name="scored-users.csv",
                        mime="text/csv",
                        icon=":material/download:",
                        key="csv-scored",
                        on_click="ignore",
                        help="One row per user: rank, predicted effect, group. It names users: keep it safe.",
                    )


def _segments(found: dict[str, Any]) -> None:
    rows, unit = found["segments"]["rows"], found["outcome_unit"]
    if not rows:
        st.info(controls.plain(found["segments"]["sentence"]))
        return
    shown = sorted(rows, key=lambda row: row["chance"] if row["chance"] is not None else 1.0)[:SHOWN_SEGMENTS]
    shown = [row for row in rows if row in shown]
    fewer = (
        f"The {len(shown):,} of {len(rows):,} segments that differ most; the table has all. "
        if len(shown) < len(rows)
        else ""
    )
    controls.figure(
        segment_forest(shown, found["average"], unit=unit),
        caption=f"{fewer}Thick: 95 % interval of one segment. Thin: holds for all {len(rows):,} at once. Dashed: the "
        "average of all units. Coloured: differs from the rest with all looks counted (Romano and Wolf, 5 %).",
        alt="Effect by segment with intervals",
        name="segments",
    )
    frame = pd.DataFrame(
        [
            {
                "segment": row["segment"],
                "effect": words.effect(row["value"], unit),
                "95 % interval": words.interval(row["low"], row["high"], unit),
                "less the rest": words.effect(row["difference"]["value"], unit),
                "p": row["chance"],
                "p, all looks": row["chance_together"],
                "false discovery rate": row["discovery_rate"],
                "units": row["units"],
                "users": row["users"],
            }
            for row in rows
        ]
    )
    small = st.column_config.NumberColumn(format="%.2g")
    controls.table(
        frame, name="segments", alt="Effects by segment", counted="users",
        columns={"p": small, "p, all looks": small, "false discovery rate": small, "units": COUNT, "users": COUNT},
    )  # fmt: skip
    with st.expander("Along which covariates does it change? (best linear projection)"):
        _projection(found)


def _projection(found: dict[str, Any]) -> None:
    told, unit = found["projection"], found["outcome_unit"]
    st.markdown(controls.plain(told["sentence"]))
    if told["rows"]:
        frame = pd.DataFrame(
            [
                {
                    "covariate": row["title"],
                    "change per standard deviation": words.effect(row["value"], unit),
                    "95 % interval": words.interval(row["low"], row["high"], unit),
                    "p, all looks": row["chance_together"],
                }
                for row in told["rows"]
            ]
        )
        small = st.column_config.NumberColumn(format="%.2g")
        controls.table(frame, name="projection", alt="Best linear projection", columns={"p, all looks": small})


def _chosen(found: dict[str, Any]) -> dict[str, Any]:
    """The learner to look at: the best of those that earned it, unless the analyst picks another."""
    rows: dict[str, dict[str, Any]] = {row["learner"]: row for row in found["learners"]}
    best = found["heterogeneity"]["learner"] or max(rows, key=lambda name: rows[name]["gain"])
    state.keep_choice(TRIED, rows)
    name = st.selectbox(
        "Learner",
        list(rows),
        index=list(rows).index(best),
        format_func=lambda each: rows[each]["title"],
        key=TRIED,
        width=260,
    )
    return rows[name]


def _first(found: dict[str, Any]) -> None:
    unit, row = found["outcome_unit"], _chosen(found)
    if not row["offered"]:
        st.warning(
            "On held-out users this learner does not beat one constant effect: read what follows as noise.",
            icon=":material/warning:",
        )
    left, right = st.columns(2)
    with left:
        controls.figure(
            uplift_curves(found["learners"], chosen=row["learner"], unit=unit),
            caption=f"Held-out users, most promising first; the band holds along the whole curve. Area over random "
            f"(Qini) {_number(row['qini'], unit)}; AUTOC {_number(row['autoc'], unit)}. {_net(found)}",
            alt="Gain by share treated",
            name="uplift",
        )
    with right:
        ends = row["groups"]["top_less_bottom"]
        controls.figure(
            sorted_groups(row["groups"]["rows"], found["average"], unit=unit),
            caption=f"Highest less lowest: {_number(ends, unit)}. {row['calibration']['sentence']} Intervals hold for "
            "all groups at once.",
            alt="Effects of groups sorted by prediction",
            name="groups",
        )
    if row["calibration"]["passed"] is not True:
        st.caption(
            "Predicted sizes are not shown for users: they are not calibrated on held-out users. The order may hold."
        )


def _net(found: dict[str, Any]) -> str:
    cost = found["policy"]["cost"]
    return f"Net of {words.effect(cost, found['outcome_unit'])} for each treated unit." if cost else ""


def _rule(found: dict[str, Any]) -> None:
    told, unit = found["policy"], found["outcome_unit"]
    st.markdown(f"**{controls.plain(told['sentence'])}**")
    left, right = st.columns([3, 2])
    with left:
        controls.figure(
            policy_tree(told["tree"], told["leaves"], unit=unit),
            caption="The best tree of at most two levels on all units. Its leaves' effects are those of the units it "
            "was grown on; what it is worth is told below, on held-out users.",
            alt="The rule as a tree",
            name="tree",
        )
    right.code("\n".join(_line(leaf) for leaf in told["leaves"]), language=None, wrap_lines=True)
    frame = pd.DataFrame(
        [
            {
                "rule": row["title"],
                "treats": f"{100 * row['share_treated']:.0f} %",
                "gain over treating nobody": _number(row["over_none"], unit),
                "over treating everybody": "" if row["rule"] == "all" else _number(row["over_all"], unit),
            }
            for row in told["rows"]
        ]
    )
    controls.table(frame, name="rules", alt="What each rule is worth")
    cost = f", less {words.effect(told['cost'], unit)} for each treated unit" if told["cost"] else ""
    st.caption(f"Averaged over all units{cost}; on users that the rule was not learnt from, with 95 % intervals.")
    controls.notes(told["notes"])


def _line(leaf: dict[str, Any]) -> str:
    return f"{'TREAT' if leaf['treat'] else 'leave'}  {leaf['rule']}  ({leaf['units']:,} units)"


def _learners(found: dict[str, Any]) -> None:
    unit = found["outcome_unit"]
    frame = pd.DataFrame(
        [
            {
                "learner": row["title"],
                "beats a constant": CAME_TRUE[row["passed"]],
                "gain in squared error": row["gain"],
                "low": row["gain_low"],
                "high": row["gain_high"],
                "difference that comes true": _loading(row["calibration"]["loading"]),
                "AUTOC": _number(row["autoc"], unit),
                "Qini": _number(row["qini"], unit),
            }
            for row in found["learners"]
        ]
    )
    short = st.column_config.NumberColumn(format="%.3g")
    controls.table(
        frame, name="learners", alt="Learners on held-out users",
        columns=dict.fromkeys(("gain in squared error", "low", "high"), short),
    )  # fmt: skip
    st.caption(
        "Every prediction is by a model that never saw the user. Gain: squared distance to the doubly robust scores, "
        "one constant less this learner; intervals hold for all learners at once. A learner is offered where its whole "
        "interval lies above 0. Difference that comes true: 1 is calibrated, 0 is noise."
    )
    titles = {row["learner"]: row["title"] for row in found["learners"]}
    if found["pairs"]:
        pairs = pd.DataFrame(
            [
                {
                    "learners": f"{titles[row['first']]} less {titles[row['second']]}",
                    "better": titles[row["better"]] if row["better"] else "cannot tell",
                    "gain in squared error": _plain_number(row["gain"]),
                    "Qini": _number(row["qini"], unit),
                }
                for row in found["pairs"]
            ]
        )
        with st.expander("Learners two by two (paired differences)"):
            controls.table(pairs, name="learner-pairs", alt="Learners two by two")


def _loading(loading: dict[str, float] | None) -> str:
    return (
        "one number for all"
        if loading is None
        else f"{loading['value']:.2f} ({loading['low']:.2f} to {loading['high']:.2f})"
    )


def _plain_number(row: dict[str, float]) -> str:
    return f"{row['value']:+.3g} ({row['low']:+.3g} to {row['high']:+.3g})"


def _number(row: dict[str, float], unit: str) -> str:
    return f"{words.effect(row['value'], unit)} ({words.interval(row['low'], row['high'], unit)})"
