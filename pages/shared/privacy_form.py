"""What an import shall hide: a folded part of the form on Load."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.events.columns import LATITUDE, LONGITUDE, TEXT, USER_ID
from core.events.privacy.spec import PrivacySpec, grid
from core.events.reading.names import parts_of
from pages.shared import state
from pages.shared.controls import plain

AS_THEY_ARE = "as they are"


def ask_privacy(form: str, mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, Any]:
    """{"privacy": spec} if anything shall be hidden, else nothing; mapping: {role: column} as the form stands."""
    key = f"{state.PRIVATE}{form}-"
    with st.expander("Privacy", icon=":material/shield_person:"):
        st.caption("Hidden before anything is stored; the rows kept aside then keep only their place and reason.")
        settings: dict[str, Any] = {}
        if USER_ID in mapping:
            settings["hash_users"] = st.toggle(
                "Replace user ids by keyed hashes", key=f"{key}hash",
                help="HMAC-SHA256 with a secret key of this log, which stays on the server and enters no export. "
                "Attributes that tell almost every user apart are left out too.",
            )  # fmt: skip
        if {LATITUDE, LONGITUDE} <= set(mapping):
            places = {AS_THEY_ARE: None} | {f"rounded to {grid(n)}": n for n in (3, 2, 1, 0)}
            settings["place_decimals"] = places[str(st.selectbox("Places", list(places), key=f"{key}places"))]
        if TEXT in mapping:
            settings["drop_text"] = st.toggle("Do not store texts", key=f"{key}text")
        mapped = {part for column in mapping.values() for part in parts_of(column, columns)}
        attributes = [column for column in columns if column not in mapped]
        if attributes:
            settings["drop_attributes"] = st.multiselect("Leave out these attributes", attributes, key=f"{key}drop")
        spec = PrivacySpec.read(settings)
        if spec.hides:
            st.markdown(f"This log will hold: {plain(spec.sentence)}.")
    return {"privacy": spec.plain()} if spec.hides else {}
