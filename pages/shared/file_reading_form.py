"""How a file is read, where what was told from its content is wrong: encoding, delimiter, header, sheet."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.events.reading.formats.encodings import TITLES
from pages.shared import state

AS_TOLD = "told from the file"
DELIMITERS = {"comma ,": ",", "semicolon ;": ";", "tab": "\t", "bar |": "|", "double colon ::": "::", "space": " "}
HEADERS = {"the first line names the columns": True, "there are no names": False}
WORKBOOK = ".xlsx"


def reading_of(path: str) -> dict[str, Any]:
    """What the form says, as settings of an import; only what differs from what was told from the file."""
    encodings = {title: name for name, title in TITLES.items()}
    told: dict[str, dict[str, Any]] = {"encoding": encodings, "delimiter": DELIMITERS, "has_header": HEADERS}
    chosen = {name: values.get(str(state.noted(_key(name, path)))) for name, values in told.items()}
    chosen["sheet"] = str(state.noted(_key("sheet", path)) or "").strip() or None
    return {name: value for name, value in chosen.items() if value is not None}


def ask_reading(path: str) -> None:
    """The form, folded away unless something was said in it. It stands over the mapping, also if a file is refused."""
    with (
        st.expander("How the file is read", icon=":material/tune:", expanded=bool(reading_of(path))),
        st.grid("auto", min_column_width=170),
    ):
        if Path(path).suffix.lower() == WORKBOOK:
            st.text_input("Sheet", key=_key("sheet", path), placeholder="the first that is not empty", max_chars=100)
            return
        st.selectbox("Encoding", [AS_TOLD, *sorted(set(TITLES.values()))], key=_key("encoding", path))
        st.selectbox("Fields are parted by", [AS_TOLD, *DELIMITERS], key=_key("delimiter", path))
        st.selectbox("Header", [AS_TOLD, *HEADERS], key=_key("has_header", path))


def _key(name: str, path: str) -> str:
    return f"{state.MAPPING}{name}-of-{path}"
