"""What a fitted model answered: the sentence, the distributions or the parts of a change, and what it rests on."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.figures.what_if import change_parts, outcome_distribution
from pages.shared import controls


def show(answer: Mapping[str, Any]) -> None:
    """A finished what-if."""
    if answer["ask"] == "change":
        _change(answer)
    else:
        _setting(answer)
    st.caption(f":material/info: {controls.plain(answer['basis'][0].upper() + answer['basis'][1:])}.")
    controls.notes(answer["notes"])
    if "mechanisms" in answer:
        with st.expander("Mechanisms", icon=":material/functions:"):
            frame = pd.DataFrame(answer["mechanisms"].items(), columns=["node", "mechanism"])
            controls.table(frame, name="mechanisms", alt="The fitted mechanism of each node")


def _setting(answer: Mapping[str, Any]) -> None:
    held = _words(answer["hold"])
    versus = _words(answer["against"]) if answer["against"] else "as observed"
    st.subheader(controls.plain(_sentence(answer, held, versus)), anchor=False)
    controls.figure(
        outcome_distribution(answer, held, versus), name="what-if", alt=f"Distribution of {answer['outcome']}",
        caption=_about(answer),
    )  # fmt: skip
    names = answer["levels"] or [answer["outcome"] if answer["level"] is None else f"share of {answer['level']}"]
    rows = [
        {"what": what, "of": name, **{key: _at(answer[field][key], place) for key in ("value", "low", "high")}}
        for field, what in (("held", held), ("versus", versus), ("difference", "difference"))
        for place, name in enumerate(names)
    ]
    controls.table(pd.DataFrame(rows), name="what-if-numbers", alt="The numbers with their intervals")


def _change(answer: Mapping[str, Any]) -> None:
    told = _number(answer["change"], answer["level"] is not None, signed=True)
    st.subheader(
        controls.plain(
            f"{answer['outcome']} went from {_number(answer['before'], answer['level'] is not None)} to "
            f"{_number(answer['after'], answer['level'] is not None)} ({told})"
        ),
        anchor=False,
    )
    controls.figure(change_parts(answer), name="change", alt="Parts of the change by node", caption=_about(answer))
    frame = pd.DataFrame(answer["parts"]).rename(columns={"root": "has no causes"})
    controls.table(frame, name="change-parts", alt="Parts of the change by node")
    rest = _number(answer["unexplained"], answer["level"] is not None, signed=True)
    st.caption(f"The parts leave {controls.plain(rest)} of the change over: sampling, and what the mechanisms miss.")


def _sentence(answer: Mapping[str, Any], held: str, versus: str) -> str:
    if answer["levels"]:
        return f"{answer['outcome']} with {held}, compared with {versus}"
    share = answer["level"] is not None
    found = answer["difference"]
    interval = (
        "" if found["low"] is None
        else f" ({_number(found['low'], share, signed=True)} to {_number(found['high'], share, signed=True)})"
    )  # fmt: skip
    who = "" if answer["ask"] == "set" else f", for {answer['units']:,} units"
    return (
        f"{held} instead of {versus}: {answer['outcome']} {_number(found['value'], share, signed=True)}{interval}"
        f"{_relative(answer)}{who}"
    )


def _relative(answer: Mapping[str, Any]) -> str:
    """The difference as a share of what it is compared with, where that is above zero."""
    base = answer["versus"]["value"]
    return (
        f", {100 * answer['difference']['value'] / base:+.0f} % of {_number(base, answer['level'] is not None)}"
        if (base > 0)
        else ""
    )


def _about(answer: Mapping[str, Any]) -> str:
    periods = [f"{rows:,} rows: {who}" for rows, who in zip(answer["rows"], answer["population"], strict=True)]
    draws = answer.get("draws", answer["spec"]["draws"])
    return "; then ".join(periods) + f"; 95 % intervals from {draws} refits."


def _words(values: Mapping[str, str]) -> str:
    return " and ".join(f"{name} = {value}" for name, value in values.items())


def _number(value: float, share: bool, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    if share:
        return f"{100 * value:{sign}.1f} {'pp' if signed else '%'}"
    return f"{value:{sign}.3g}"


def _at(value: Any, place: int) -> Any:
    return value[place] if isinstance(value, list) else value
