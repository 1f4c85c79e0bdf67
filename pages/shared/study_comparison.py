"""Several studies side by side: headlines on one axis, what differs in what they asked, their protocols."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.effects.compare import LETTERS, Comparison, comparison
from core.effects.finished import FinishedStudy
from core.figures.comparison import headlines
from core.storage.runs import find_result
from pages.shared import cached, controls, words


def show(chosen: Sequence[FinishedStudy]) -> None:
    """The comparison of two to five studies."""
    results = [find_result(cached.workspace(), study.run_id) for study in chosen]
    found = comparison(chosen, results)
    st.subheader("Side by side", anchor=False)
    lines = [_named(*each) for each in zip(LETTERS, chosen, results, strict=False)]
    st.markdown("  \n".join(lines))
    st.markdown("\n".join(f"- {controls.plain(sentence)}" for sentence in found.sentences))
    _show_headlines(found)
    differs, same, protocols = st.tabs(["What differs", "What is the same", "Protocols"])
    with differs:
        _show_differences(found)
    with same:
        frame = pd.DataFrame([{"What": row["what"], "In all of them": row["value"]} for row in found.same])
        controls.table(frame, name="same", alt="What is the same in all of the studies")
    with protocols:
        _show_protocols(found)


def _named(letter: str, study: FinishedStudy, result: dict[str, Any]) -> str:
    """One line per study; a red number is struck through, with the reason."""
    title = f"**{letter}** {controls.plain(study.title)}"
    if study.value is None:
        return f"{title} · no number"
    size = controls.plain(
        f"{words.effect(study.value, study.unit)} ({words.interval(study.low, study.high, study.unit)}), "
        f"{study.estimand}" + (f", {study.trimmed}" if study.trimmed else "")
    )
    reasons = (result.get("verdict") or {}).get("reasons") or ["its checks do not support it."]
    return f"{title} · {size}" if study.supported else f"{title} · ~~{size}~~ {controls.plain(str(reasons[0]))}"


def _show_headlines(found: Comparison) -> None:
    rows = found.plain()["studies"]
    for place, unit in enumerate(dict.fromkeys(row["unit"] for row in rows)):
        controls.figure(
            headlines([row for row in rows if row["unit"] == unit], unit=unit),
            caption="95 % intervals. Hollow: not supported by its own checks.",
            alt="The headline of each study with its interval",
            name=f"headlines-{place}",
        )


def _show_differences(found: Comparison) -> None:
    if not found.differs:
        st.info("Nothing that was asked differs, and nothing in how it was estimated.")
        return
    frame = pd.DataFrame(
        [{"What": row["what"], **dict(zip(LETTERS, row["values"], strict=False))} for row in found.differs]
    )
    wide = {letter: st.column_config.Column(width="medium") for letter in LETTERS[: len(found.studies)]}
    controls.table(frame, name="differences", alt="What differs between the studies", columns=wide)


def _show_protocols(found: Comparison) -> None:
    for row in found.protocol:
        with st.container(border=True):
            st.markdown(f"**{row['element']}**")
            for column, letter, value in zip(st.columns(len(row["values"])), LETTERS, row["values"], strict=False):
                column.caption(letter)
                column.markdown(controls.plain(value))
    frame = pd.DataFrame(
        [{"Element": row["element"], **dict(zip(LETTERS, row["values"], strict=False))} for row in found.protocol]
    )
    controls.download(frame, name="protocols")
