"""What an import shall hide: a folded part of the form on Load."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.events.columns import LATITUDE, LONGITUDE, TEXT, USER_ID
from core.events.privacy.spec import PrivacySpec, grid
from core.events.reading.names import parts_of
from pages.shared import state
from pages.shared.controls import plain

PLACES: dict[str, int | None] = {"as they are": None} | {f"rounded to {grid(n)}": n for n in (3, 2, 1, 0)}


def noted_privacy(form: str, mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, Any]:
    """{"privacy": spec} if the form says that anything shall be hidden, else nothing.

    mapping: {role: column} as the form stands. Known before the form is drawn, for the preview that stands over it.
    """
    dropped = state.noted(_key(form, "drop")) or ()
    spec = PrivacySpec(
        hash_users=USER_ID in mapping and bool(state.noted(_key(form, "hash"))),
        place_decimals=PLACES.get(str(state.noted(_key(form, "places")))) if _has_places(mapping) else None,
        drop_text=TEXT in mapping and bool(state.noted(_key(form, "text"))),
        drop_attributes=tuple(name for name in _attributes(mapping, columns) if name in dropped),
    )
    return {"privacy": spec.plain()} if spec.hides else {}


def ask_privacy(form: str, mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    """The form, with what it comes to in words."""
    found = noted_privacy(form, mapping, columns)
    with st.expander("Privacy", icon=":material/shield_person:", expanded=bool(found)):
        st.caption("Hidden before anything is stored; the rows kept aside then keep only their place and reason.")
        if USER_ID in mapping:
            st.toggle(
                "Replace user ids by keyed hashes", key=_key(form, "hash"),
                help="HMAC-SHA256 with a secret key of this log, which stays on the server and enters no export. "
                "Attributes that tell almost every user apart are left out too.",
            )  # fmt: skip
        if _has_places(mapping):
            st.selectbox("Places", list(PLACES), key=_key(form, "places"))
        if TEXT in mapping:
            st.toggle("Do not store texts", key=_key(form, "text"))
        if attributes := _attributes(mapping, columns):
            st.multiselect("Leave out these attributes", attributes, key=_key(form, "drop"))
        if found:
            st.markdown(f"In this log {plain(PrivacySpec.read(found['privacy']).sentence)}.")


def _attributes(mapping: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    mapped = {part for column in mapping.values() for part in parts_of(column, columns)}
    return [column for column in columns if column not in mapped]


def _has_places(mapping: Mapping[str, str]) -> bool:
    return {LATITUDE, LONGITUDE} <= set(mapping)


def _key(form: str, name: str) -> str:
    return f"{state.PRIVATE}{form}-{name}"
