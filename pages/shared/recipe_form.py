"""The settings of a cleaning step as a form, made from the step's own spec: labels, choices, what depends on what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pandas as pd
import streamlit as st
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from core.events.cleaning import STEPS
from core.events.columns import EVENT_TYPE, TIMESTAMP, USER_ID, VALUE
from core.events.kept import kept_of
from pages.shared import state

EARLIEST, LATEST = datetime(1900, 1, 1), datetime(2200, 1, 1)
ONE_A_LINE = {"users": "user-17\nuser-23", "values": "low\nmiddle\nhigh", "pairs": "anonymous-5, user-17"}
NEW_NAME = "new name"


def settings_form(step: str, start: Mapping[str, Any], manifest: Mapping[str, Any], *, form: str) -> dict[str, Any]:
    """Draw a widget per setting that matters, filled with `start`; returns the settings that differ from the defaults.

    form: sets this form's widgets apart from those of another one.
    """
    spec = STEPS[step].spec
    assert spec is not None
    given: dict[str, Any] = {}
    with st.grid("auto", min_column_width=280):
        for name, field in spec.model_fields.items():
            if all(given.get(other) in values for other, values in _about(field)["when"].items()):
                key = f"{state.STEP_FORM}{form}-{step}-{name}"
                given[name] = _widget(field, start.get(name, _default(field)), manifest, key=key)
    defaults = {name: _default(field) for name, field in spec.model_fields.items()}
    return {name: value for name, value in given.items() if value != defaults[name]}


def _about(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    return {"pick": "", "when": {}, "labels": {}, **(extra if isinstance(extra, dict) else {})}


def _default(field: FieldInfo) -> Any:
    """The default as a form has it: lists for tuples, nothing where there is none."""
    value = None if field.default is PydanticUndefined else field.default
    return list(value) if isinstance(value, tuple) else value


def _widget(field: FieldInfo, value: Any, manifest: Mapping[str, Any], *, key: str) -> Any:
    about, label, why = _about(field), field.title or key, field.description
    pick, kind = about["pick"], _kind(field)
    if pick == "names":
        return _new_names(label, value or {}, manifest, key=key, why=why)
    if pick in ONE_A_LINE:
        return _lines(label, value, pairs=pick == "pairs", example=ONE_A_LINE[pick], key=key, why=why)
    if pick:
        offered = _offered(pick, manifest, value)
        if kind is tuple:
            return st.multiselect(label, offered, list(value or ()), key=key, help=why)
        place = offered.index(value) if value in offered else None
        return st.selectbox(label, offered, place, key=key, help=why, placeholder="Choose one")
    if kind is Literal:
        values, labels = list(about["labels"]), about["labels"]
        place = values.index(value) if value in values else None
        return st.selectbox(label, values, place, key=key, help=why, format_func=lambda name: labels[name])
    if kind is datetime:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        chosen = st.datetime_input(label, moment, EARLIEST, LATEST, key=key, help=why)
        return chosen.isoformat() if chosen else None
    return _number(field, label, value, key=key, whole=kind is int)


def _kind(field: FieldInfo) -> Any:
    """What a setting is, without "or nothing": tuple, dict, Literal, datetime, int, float or str."""
    parts = [part for part in get_args(field.annotation) if part is not NoneType]
    optional = NoneType in get_args(field.annotation)
    inner = parts[0] if optional else field.annotation
    return get_origin(inner) or inner


def _number(field: FieldInfo, label: str, value: Any, *, key: str, whole: bool) -> float | int | None:
    """A number; an empty box where there is none. The spec itself has the last word on bounds."""
    if whole:
        return st.number_input(label, value=None if value is None else int(value), step=1, key=key,
                               help=field.description)  # fmt: skip
    number = None if value is None else float(value)
    return st.number_input(label, value=number, key=key, format="%g", help=field.description)


def _offered(pick: str, manifest: Mapping[str, Any], chosen: Any) -> list[str]:
    """What a setting may be chosen from in this log, and what is chosen already."""
    if pick == "event types":
        found = [str(entry["event_type"]) for entry in manifest["event_types"]]
    else:
        kept = kept_of(manifest)
        kinds = {name: kept.kind_of(name) for name in kept.columns if kept.kind_of(name)}
        attributes = {attribute.column for attribute in kept.attributes}
        found = {
            "columns": list(kinds),
            "numbers": [name for name, kind in kinds.items() if kind == "number"],
            "texts": [name for name, kind in kinds.items() if kind in ("text", "boolean") and name in attributes],
            "fillable": [name for name in kinds if name not in (USER_ID, EVENT_TYPE, TIMESTAMP)],
            "scalable": [n for n, kind in kinds.items() if kind == "number" and (n in attributes or n == VALUE)],
        }[pick]
    held = [chosen] if isinstance(chosen, str) else list(chosen or ())
    return [*found, *(name for name in held if name not in found)]


def _lines(label: str, value: Any, *, pairs: bool, example: str, key: str, why: str | None) -> Any:
    """A list, or pairs, one a line."""
    held = [f"{left}, {right}" for left, right in (value or {}).items()] if pairs else list(value or ())
    text = st.text_area(label, "\n".join(held), key=key, help=why, placeholder=example, height=120)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not pairs:
        return lines
    parted = [line.partition("\t" if "\t" in line else ",") for line in lines]
    return {left.strip(): right.strip() for left, _, right in parted}


def _new_names(
    label: str, value: Mapping[str, str], manifest: Mapping[str, Any], *, key: str, why: str | None
) -> dict[str, str]:
    """A new name per event type; an empty one leaves the type alone."""
    types = _event_types(manifest, value)
    frame = pd.DataFrame({"event type": types, NEW_NAME: [value.get(name, "") for name in types]})
    table = st.container(gap="xsmall")
    table.caption(f"{label}. {why or ''}")
    edited = table.data_editor(
        frame,
        key=key,
        hide_index=True,
        disabled=["event type"],
        num_rows="fixed",
        height=min(400, 38 * len(types) + 40),
    )
    named = zip(edited["event type"], edited[NEW_NAME], strict=True)
    return {str(old): str(new).strip() for old, new in named if new and str(new).strip() not in ("", old)}


def _event_types(manifest: Mapping[str, Any], value: Mapping[str, str]) -> Sequence[str]:
    """The log's event types, and those that the step renames already."""
    known = [str(entry["event_type"]) for entry in manifest["event_types"]]
    return list(dict.fromkeys([*value, *known]))
