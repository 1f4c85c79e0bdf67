"""Columns of a ready table that hold numbers as text: one "n/a" or a currency sign makes a file's whole column text.

Read as text, such a covariate would be told apart by its ten most frequent values, and hardly be adjusted for.
"""

import re
from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd

from core.effects.covariates import TEXT_LEVELS
from core.effects.own_treatment import CONTROL_WORDS, TREATED_WORDS

MOST_SHARE: Final = 0.9  # of the filled cells that must be numbers, as for the columns of a log
SIGNS: Final = re.compile(r"[$€£¥₹%]|USD|EUR|GBP|CHF")
WITH_POINT: Final = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?([eE][-+]?\d+)?")
WITH_COMMA: Final = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+)?(,\d*)?")
INFINITE: Final = re.compile(r"[-+]?inf(inity)?", re.IGNORECASE)
CODE: Final = re.compile(r"0\d+|\d{17,}")  # a zip code or an id: its zeros, or how long it is, say that it is no number


def numbers_from_text(
    frame: pd.DataFrame, *, measured: Collection[str], covariates: Collection[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table with its text columns of numbers as numbers, and a sentence on each; cells that are none become nulls.

    measured: columns that have to be numbers, of which yes and no are 1 and 0; covariates: columns that may be text,
    and stay so with few values.
    """
    read: dict[str, pd.Series] = {}
    notes: list[str] = []
    for name in dict.fromkeys([*measured, *covariates]):
        values = frame[name] if name in frame.columns else None
        if not isinstance(values, pd.Series) or not _is_text(values):
            continue
        made, said = _numbers(values, name, few=name in measured)
        if made is not None:
            read[name] = made
            notes.append(said)
    return frame.assign(**read) if read else frame, tuple(notes)


def _is_text(values: pd.Series) -> bool:
    filled = values.dropna()
    return len(filled) > 0 and not pd.api.types.is_numeric_dtype(values) and all(isinstance(v, str) for v in filled)


def _numbers(values: pd.Series, name: str, *, few: bool) -> tuple[pd.Series | None, str]:
    texts = [str(text) for text in values.dropna().unique()]
    if few and (coded := _yes_or_no(texts)):
        one = " or ".join(sorted(text for text, code in coded.items() if code))
        return values.map(coded), f"'{name}' is 1 where it says {one}, else 0."
    if not few and (len(texts) <= TEXT_LEVELS or any(CODE.fullmatch(text) for text in texts)):
        return None, ""
    parsed = max((_parsed(texts, comma=comma) for comma in (False, True)), key=len)
    units = {_unit(text) for text in parsed}
    if len(units - {""}) > 1 or {"%", ""} <= units:  # an amount without a currency may be of any, but is no percentage
        return None, ""
    known = values.isin(parsed)
    filled = int(values.notna().sum())
    if known.sum() < MOST_SHARE * filled:
        return None, ""
    lost = filled - int(known.sum())
    example = next((text for text in texts if text not in parsed), "")
    besides = f"; {lost:,} that are none (for example '{example[:40]}') count as missing" if lost else ""
    return values.map(parsed).astype(float), f"The texts of '{name}' were read as numbers{besides}."


def _yes_or_no(texts: list[str]) -> dict[str, float]:
    """1 and 0 by text, where two words say yes and no, however they are written; else nothing."""
    words = {text: text.strip().lower() for text in texts}
    known = set(words.values())
    ones = known & set(TREATED_WORDS)
    if len(known) != 2 or len(ones) != 1 or not known - ones <= set(CONTROL_WORDS):
        return {}
    return {text: float(word in ones) for text, word in words.items()}


def _unit(text: str) -> str:
    """The sign that says a number's unit, if there is one."""
    found = SIGNS.search(text)
    return found[0] if found else ""


def _parsed(texts: list[str], *, comma: bool) -> dict[str, float]:
    """The texts that are numbers, written with a decimal point (or comma), with their value."""
    found: dict[str, float] = {}
    for text in texts:
        bare = SIGNS.sub("", text, count=1).replace("\u00a0", "").replace(" ", "").replace("\u2212", "-")
        if bare.startswith("(") and bare.endswith(")"):  # how accounts write less than nothing
            bare = f"-{bare[1:-1]}"
        if INFINITE.fullmatch(bare):
            found[text] = -np.inf if bare.startswith("-") else np.inf
        elif re.search(r"\d", bare) and (WITH_COMMA if comma else WITH_POINT).fullmatch(bare):
            found[text] = float(bare.replace(".", "").replace(",", ".") if comma else bare.replace(",", ""))
    return found
