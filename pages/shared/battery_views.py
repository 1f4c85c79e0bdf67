"""What stands beside a study's headline: null pairs, what other tools would say, and planted effects."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.figures.null_pairs import from_tool_to_study, null_funnel, planted_biases
from pages.shared import controls, words


def show_battery(found: Mapping[str, Any]) -> None:
    """The negative-control battery: its answer, nominal beside calibrated, and every null pair."""
    st.markdown(f"{words.ANSWERS[found['passed']]}  \n{controls.plain(found['sentence'])}")
    if found["calibrated"]:
        _beside(found)
        controls.figure(
            null_funnel(found), name="null-pairs", alt="Null pairs by effect and standard error, with the headline",
            caption=f"Null pairs: {_kinds(found)}; in standard deviations of their outcomes.",
        )  # fmt: skip
        with st.expander("The null pairs", icon=":material/table_rows:"):
            shown = ["title", "units", "treated", "trimmed", "baseline", "value", "se"]
            frame = pd.DataFrame(found["pairs"]).reindex(columns=shown).dropna(axis="columns", how="all")
            controls.table(frame, name="null-pairs", alt="Null pairs with their estimates", counted="treated")
    controls.notes([found["detects"], *found["notes"]])


def _beside(found: Mapping[str, Any]) -> None:
    unit = found["unit"]
    rows = []
    for name, title in (("nominal", "As estimated"), ("calibrated", "Calibrated by the null pairs")):
        row = found[name]
        rows.append(
            {
                "": title,
                "effect": words.effect(row["value"], unit),
                "95 % interval": words.interval(row["low"], row["high"], unit),
                "p": "no number" if row["p_value"] is None else words.chance(row["p_value"]),
                "null pairs that look like an effect": f"{100 * _alarms(found, name):.0f} %",
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="The headline as estimated and calibrated")


def _alarms(found: Mapping[str, Any], name: str) -> float:
    return float(found["alarm_share" if name == "nominal" else "calibrated_alarm_share"] or 0.0)


def _kinds(found: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} with the {kind}" for kind, count in found["kinds"].items())


def show_other_tools(found: Mapping[str, Any]) -> None:
    """What other tools would say for the same question, and what leads from there to the study's number."""
    st.markdown(controls.plain(found["sentence"]))
    unit = found["unit"]
    for tool in found["tools"]:
        st.markdown(
            f"**{tool['title']}: {words.effect(tool['value'], tool['unit'])}** "
            f"({words.interval(tool['low'], tool['high'], tool['unit'])}; {tool['treated']:,} users against "
            f"{tool['control']:,})  \n:gray[{controls.plain(tool['says'])}]"
        )
        if tool["steps"]:
            controls.figure(
                from_tool_to_study(tool, found["ours"], unit), name=f"from-{tool['name']}",
                alt=f"Steps from the number of a {tool['title'].lower()} to the study's",
            )  # fmt: skip
    controls.notes(found["notes"])


def show_planted(found: Mapping[str, Any]) -> None:
    """Whether estimators recover an effect that was planted on these units."""
    st.markdown(f"{words.ANSWERS[found['passed']]}  \n{controls.plain(found['sentence'])}")
    if not found["rows"]:
        controls.notes(found["notes"])
        return
    controls.figure(
        planted_biases(found["rows"], allowed=found["bias_allowed"]), name="planted",
        alt="Bias of each estimator on planted effects",
        caption=f"Planted: {', '.join(scenario['title'] for scenario in found['scenarios'])}; the band is "
        f"{found['bias_allowed']} standard errors.",
    )  # fmt: skip
    frame = pd.DataFrame(
        {
            "estimator": row["title"],
            "estimand": row["estimand"],
            "bias": row["bias"],
            "bias in standard errors": row["bias_in_se"],
            "intervals that hold the truth": f"{row['covered']} of {row['runs']}",
            "root mean squared error": row["rmse"],
        }
        for row in found["rows"]
    )
    controls.table(frame, name="planted", alt="How well estimators recover planted effects")
    controls.notes([found["silent"], *found["notes"]])
