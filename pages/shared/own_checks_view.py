"""What a log says about its own study: planted effects, null pairs, and why other tools give another number."""

from typing import Any

import pandas as pd
import streamlit as st

from core.figures.own_checks import null_pairs, planted_biases, to_ours
from pages.shared import controls, words


def show_planted(result: dict[str, Any]) -> None:
    """Would each estimator find an effect that is known, on these very units?"""
    planted = result["planted"]
    st.markdown(controls.plain(planted["sentence"]))
    if planted["rows"]:
        controls.figure(
            planted_biases(planted),
            caption="Covariates and treatment are the study's own; outcomes with a known effect are simulated. Run "
            "before the headline was seen.",
            alt="Bias of each estimator on planted effects",
            name="planted",
        )
        frame = pd.DataFrame(planted["rows"])
        frame["covered"] = frame["covered"].astype(str) + " of " + frame["runs"].astype(str)
        frame = frame[["title", "estimand", "bias_in_se", "low", "high", "covered", "units"]]
        controls.table(
            frame, name="planted", alt="Planted effects: bias in standard errors and intervals that held them"
        )
    controls.notes(planted.get("notes") or [])


def show_battery(result: dict[str, Any]) -> None:
    """What the design finds where there is nothing to find."""
    battery, unit = result["battery"], result["battery"]["unit"]
    st.markdown(controls.plain(battery["sentence"]))
    if battery.get("calibrated"):
        rows = [
            {
                "interval": title,
                "effect": words.effect(battery[key]["value"], unit),
                "95 % interval": words.interval(battery[key]["low"], battery[key]["high"], unit),
                "p-value": battery[key]["p_value"],
            }
            for key, title in (("nominal", "nominal"), ("calibrated", "calibrated by the null pairs"))
        ]
        controls.table(pd.DataFrame(rows), name="calibrated", alt="Nominal and calibrated interval")
        controls.figure(
            null_pairs(battery),
            caption="Each circle is a treatment and an outcome of this log between which there can be no effect, put "
            f"through the same design. {controls.plain(battery['detects'])}",
            alt="Null pairs: estimate against standard error",
            name="null-pairs",
        )
        pairs = pd.DataFrame(battery["pairs"])[["title", "kind", "units", "treated", "value", "se"]]
        with st.expander(f"The {len(pairs)} null pairs"):
            controls.table(pairs, name="pairs", alt="Null pairs")
    controls.notes(battery.get("notes") or [])


def show_other_tools(result: dict[str, Any]) -> None:
    """The numbers that other tools would give for this question, and what lies between them and ours."""
    told, unit = result["other_tools"], result["other_tools"]["unit"]
    st.markdown(controls.plain(told["sentence"]))
    for tool in told["tools"]:
        size = words.effect(tool["value"], tool["unit"])
        st.markdown(f"**{controls.plain(tool['title'])}: {size}**  \n{controls.plain(tool['says'])}")
        if tool["steps"]:
            controls.figure(
                to_ours(tool, told["ours"], unit=unit),
                caption=f"{tool['treated']:,} against {tool['control']:,} users there; {result['units']:,} units here.",
                alt=f"From the {tool['title']} to this study",
                name=f"other-{tool['name']}",
            )
    controls.notes(told.get("notes") or [])


def show_naive(naive: dict[str, Any]) -> None:
    """Ever against never, as the warning it is."""
    size = words.effect(naive["value"], naive["unit"])
    st.warning(
        f"**Not an effect: {size}, ever against never.** {controls.plain(naive['sentence'])}",
        icon=":material/report:",
    )
