"""Widgets for the fields of a spec, so that a model's settings need no form of their own."""

from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from core.recommenders.settings import PRESETS
from core.specs import Spec
from pages.shared import state


def settings_of(spec: type[Spec] | None, *, model: str, preset: str) -> dict[str, Any]:
    """One number per numeric field of the spec, starting from the preset; returns only what differs from it."""
    if spec is None:
        return {}
    start = spec.read(PRESETS[preset].get(model, {})).plain()
    numeric = {name: field for name, field in spec.model_fields.items() if field.annotation in (int, float)}
    asked = {}
    with st.grid("auto", min_column_width=180):
        for name, field in numeric.items():
            asked[name] = _number(name, field, start[name], key=f"{state.SETTING}{model}-{preset}-{name}")
    return {name: value for name, value in asked.items() if value != start[name]}


def _number(name: str, field: FieldInfo, value: float, *, key: str) -> float:
    whole = field.annotation is int
    low, high, step = _bounds(field)
    if whole:
        return st.number_input(
            _label(name), _whole(low), _whole(high), int(value), _whole(step) or 1, key=key, help=field.description
        )
    return st.number_input(_label(name), low, high, float(value), step, "%g", key=key, help=field.description)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _bounds(field: FieldInfo) -> tuple[float | None, float | None, float | None]:
    """(least, most, step) that the field's own rules allow; the spec itself has the last word."""
    found: dict[str, float] = {}
    for rule in field.metadata:
        for name in ("ge", "gt", "le", "multiple_of"):
            if isinstance(limit := getattr(rule, name, None), int | float):
                found[name] = float(limit)
    return found.get("ge", found.get("gt")), found.get("le"), found.get("multiple_of")
