"""The treatment column of a ready table: two values, an amount (dose), or one of several arms."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from core.effects.own_columns import bounded, no_number
from core.effects.table import TreatmentKind
from core.errors import BadSpec, NotEnoughData

TREATED_WORDS: Final = ("true", "yes", "y", "t", "on", "treated", "treatment", "variant", "exposed", "active", "with")
CONTROL_WORDS: Final = (
    "false", "no", "n", "f", "off", "control", "placebo", "none", "untreated", "unexposed", "inactive", "without",
)  # fmt: skip
SMALLEST_ARM: Final = 2  # what a variance within an arm needs
MOST_ARMS: Final = 12
NUMBER: Final = re.compile(r"[-+]?\d+(\.\d+)?")


@dataclass(frozen=True)
class OwnTreatment:
    """values: (n,) 0 or 1, an amount, or the number of an arm of `arms` (the control first); said: which is which."""

    kind: TreatmentKind
    values: np.ndarray
    arms: tuple[str, ...]
    said: str


def read_treatment(
    values: pd.Series, name: str, *, control: str | None, dose: bool, rows: int | None = None
) -> OwnTreatment:
    """Read a column without nulls. control: the value that stands for none; dose: the column is an amount; rows: how
    many the table has with gaps. Spaces around a text tell no arms apart.

    Raises BadSpec for a column that is no such treatment, NotEnoughData for an arm of under two rows or left out whole.
    """
    if dose:
        return _dose(values, name)
    values = values.map(lambda value: value.strip() if isinstance(value, str) else value)
    found = sorted(values.unique(), key=_in_order)
    if len(found) == 1 and rows is not None and len(values) < rows:
        raise NotEnoughData(
            f"The treatment '{name}' is {_shown(found[0])} in every one of the {len(values):,} rows of {rows:,} that "
            "have all that is needed; fill the gaps of the others."
        )
    reference = _reference(found, name, control)
    if len(found) == 2:
        treated = _other(found, reference) if reference is not None else _treated_value(*found)
        arms = (values == treated).to_numpy(dtype=float)
        _refuse_small_arms(arms, ("control", "treated"), name)
        said = f"Treated are rows whose {name} is {_shown(treated)}, control {_shown(_other(found, treated))}"
        said += _by_alphabet(found) if reference is None else "."
        return OwnTreatment("binary", arms, (), said)
    if reference is None or not 2 < len(found) <= MOST_ARMS:
        raise BadSpec(_not_two(found, name))
    ordered = [reference, *(value for value in found if value is not reference)]
    numbers = values.map({value: place for place, value in enumerate(ordered)}).to_numpy(dtype=float)
    titles = tuple(_shown(value) for value in ordered)
    _refuse_small_arms(numbers, titles, name)
    return OwnTreatment(
        "arms",
        numbers,
        titles,
        f"The arms are the values of {name}: {', '.join(titles[1:])}, compared with {titles[0]}.",
    )


def _dose(values: pd.Series, name: str) -> OwnTreatment:
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        raise BadSpec(
            f"The treatment '{name}' is not a number (for example '{no_number(values)}'), so it is no amount."
        )
    amounts = bounded(values, name, "treatment")
    if len(np.unique(amounts)) < 3:
        raise BadSpec(f"The treatment '{name}' has under three values, so it is no amount: compare two arms instead.")
    return OwnTreatment("dose", amounts, (), f"The treatment is the amount of {name}.")


def _reference(found: list[object], name: str, control: str | None) -> object | None:
    """The value of the control, where one is named or a word gives it away."""
    if control is None:
        words = [value for value in found if str(value).strip().lower() in CONTROL_WORDS]
        return words[0] if len(words) == 1 and len(found) > 2 else None
    for value in found:
        if str(value) == control.strip() or _same_number(value, control):
            return value
    shown = ", ".join(_shown(value) for value in found[:MOST_ARMS])
    raise BadSpec(f"The control '{control}' is not a value of '{name}'; it has {shown}.")


def _shown(value: object) -> str:
    """A value as the analyst wrote it: a gap in its column makes 1 a 1.0."""
    return f"{value:g}" if isinstance(value, float) and value.is_integer() and abs(value) < 1e6 else str(value)


def _same_number(value: object, text: str) -> bool:
    return bool(NUMBER.fullmatch(str(value)) and NUMBER.fullmatch(text) and float(str(value)) == float(text))


def _not_two(found: list[object], name: str) -> str:
    shown = ", ".join(_shown(value) for value in found[:5]) + (", …" if len(found) > 5 else "")
    if len(found) < 2:
        return f"The treatment '{name}' is {shown} in every row; it needs two values, such as 0 and 1."
    has = f"The treatment '{name}' has {len(found):,} different values ({shown})"
    amount = " or read it as an amount (dose)" if all(NUMBER.fullmatch(str(value)) for value in found) else ""
    if len(found) > MOST_ARMS:
        return f"{has}; it needs two, such as 0 and 1, or up to {MOST_ARMS} arms: join some{amount}."
    return f"{has}; name the one that is the control to compare them as arms{amount}."


def _treated_value(first: object, second: object) -> object:
    """Of two values the larger number, or the one a word gives away, or the later in the alphabet."""
    words = [str(value).strip().lower() for value in (first, second)]
    if all(NUMBER.fullmatch(word) for word in words):
        return first if float(words[0]) > float(words[1]) else second
    first_is_treated = words[0] in TREATED_WORDS or words[1] in CONTROL_WORDS
    return first if first_is_treated else second


def _by_alphabet(found: list[object]) -> str:
    """The end of the sentence on which is which, where nothing but the alphabet says so."""
    words = [str(value).strip().lower() for value in found]
    told = any(word in (*TREATED_WORDS, *CONTROL_WORDS) for word in words) or all(map(NUMBER.fullmatch, words))
    return "." if told else ", by the alphabet: name the control if it is the other way round."


def _other(found: list[object], value: object) -> object:
    return next(each for each in found if each is not value)


def _in_order(value: object) -> tuple[float, str]:
    text = str(value)
    return (float(text) if NUMBER.fullmatch(text) else np.inf, text)


def _refuse_small_arms(arms: np.ndarray, titles: tuple[str, ...], name: str) -> None:
    counts = {title: int((arms == place).sum()) for place, title in enumerate(titles)}
    if min(counts.values()) < SMALLEST_ARM:
        listed = " and ".join(f"{count:,} {title}" for title, count in reversed(list(counts.items())))
        raise NotEnoughData(f"'{name}' gives {listed} rows; each arm needs {SMALLEST_ARM}.")
