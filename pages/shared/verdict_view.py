"""The verdict of a study as a card: size, interval, light, grade, reasons, what was not checked, what settles it."""

from typing import Any, Final, Literal

import streamlit as st

from pages.shared import controls, words

LIGHTS: Final[dict[str, tuple[Literal["green", "orange", "red"], str]]] = {
    "green": ("green", "check_circle"),
    "amber": ("orange", "warning"),
    "red": ("red", "cancel"),
}

UNADJUSTED: Final = "The raw difference compares different people."
UNTRIED: Final = "The estimate is there; the attempts to break it have not ended."
WHAT_IS_MISSING: Final = {  # by whether there is only the raw difference, and whether the study goes on
    (True, True): "What differed is being adjusted for.",
    (True, False): "The study stopped before what differed was adjusted for.",
    (False, True): "They are under way, and there is no light before.",
    (False, False): "The study stopped before, so there is no light.",
}


def headline_of(result: dict[str, Any]) -> dict[str, Any] | None:
    """The estimate that the verdict is about."""
    wanted = (result.get("headline") or {}).get("estimator")
    return next((row for row in result.get("estimates") or () if row["estimator"] == wanted), None)


def unit_of(estimate: dict[str, Any], result: dict[str, Any]) -> str:
    """The unit of an estimate: its own, where it is not the outcome's."""
    return str(estimate.get("unit") or result["outcome_unit"])


def show_verdict(result: dict[str, Any], unit: str) -> None:
    """A red number is struck through. unit: of the outcome."""
    verdict, main = result["verdict"], headline_of(result)
    colour, icon = LIGHTS[verdict["light"]]
    with st.container(border=True, key="verdict"):
        number, words_of = st.columns([1, 2.2])
        with number:
            st.badge(f"{verdict['light'].capitalize()} light", icon=f":material/{icon}:", color=colour)
            if main is not None:
                _size(result, main, main.get("unit") or unit, struck=verdict["light"] == "red")
        with words_of:
            names = _nodes(result)
            _claim(verdict, result, names)
            if verdict.get("settles"):
                settles = words.as_drawn(verdict["settles"], names)
                st.markdown(f":material/experiment: {controls.plain(settles)}")
            st.markdown(f":gray[Grade {words.GRADES.get(verdict['grade'], verdict['grade'])}.]")
            if verdict["not_checked"]:
                unchecked = "; ".join(controls.plain(name) for name in verdict["not_checked"])
                st.markdown(f":gray[Not checked: {unchecked}.]")


def _claim(verdict: dict[str, Any], result: dict[str, Any], names: list[str]) -> None:
    """What the number beside it is of, and why the light is not green, one reason a line."""
    about, reasons = verdict.get("about"), verdict["reasons"]
    if about:
        refused = "Not supported. " if verdict["light"] == "red" else ""
        st.markdown(f"**{refused}{controls.plain(about)}** {result['units']:,} units ({_population(result)}).")
    else:  # a study from before the claim stood alone
        st.markdown(f"**{controls.plain(verdict['sentence'])}**")
        reasons = [reason for reason in reasons if reason not in verdict["sentence"]]
    if reasons:
        st.markdown("\n".join(f"- {controls.plain(words.as_drawn(reason, names))}" for reason in reasons))


def _nodes(result: dict[str, Any]) -> list[str]:
    """What the nodes of the study's graph are called."""
    graph = (result.get("identification") or {}).get("graph") or {}
    return [str(node["name"]) for node in graph.get("nodes") or ()]


def _population(result: dict[str, Any]) -> str:
    return controls.plain(str(result["population"]))


def show_first_answer(result: dict[str, Any], *, goes_on: bool) -> None:
    """What is known before there is a verdict: the raw difference, then the headline without a light.

    goes_on: whether more will come; a study that was stopped says what was not done.
    """
    main, unit = headline_of(result), result["outcome_unit"]
    with st.container(border=True, key="first-answer"):  # not that of the verdict, beside which it fades out
        number, words_of = st.columns([1, 2.2])
        with number:
            if goes_on:
                st.badge("Being checked", icon=":material/hourglass_top:", color="gray")
            else:
                st.badge("Not checked", icon=":material/hourglass_disabled:", color="gray")
            shown = main or result.get("raw")
            if shown is not None:
                _size(result, shown, shown.get("unit") or unit, struck=False)
        with words_of:
            st.markdown(f"**{UNADJUSTED if main is None else UNTRIED}** {WHAT_IS_MISSING[main is None, goes_on]}")


def _size(result: dict[str, Any], main: dict[str, Any], unit: str, *, struck: bool) -> None:
    size = words.effect(main["value"], unit)
    st.markdown(f"# ~~{size}~~" if struck else f"# {size}")
    lines = [f"95 % interval {words.interval(main['low'], main['high'], unit)}"]
    baseline = result.get("baseline")
    named = controls.plain(main["title"])
    if main["estimand"] != "difference":  # the raw difference is one of the arms, whatever is averaged over
        named += f", {main['estimand']}"
    if (trimmed := result.get("trimming")) and trimmed["among"]:
        named += f" of the units with {trimmed['says']}"
    if baseline is not None and not main.get("unit"):
        relative = words.relative(main["value"], main["low"], main["high"], baseline)
        lines += [f":gray[{relative}]"] if relative else []
        named += f"; control mean {words.amount(baseline, unit)}"
    st.markdown("  \n".join([*lines, f":gray[{named}]"]))
