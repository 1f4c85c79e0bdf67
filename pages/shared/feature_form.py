"""The form of analyst-made features: made, changed and removed."""

from typing import Any, get_args

import pandas as pd
import streamlit as st

from core.errors import WhypathError
from core.events.definitions.metrics import ANY_EVENT
from core.events.definitions.rules import kinds_of
from core.events.features.listing import define_feature
from core.events.features.own import OF_COLUMN, OF_NUMBERS, OwnFeature, What, own_features, undefine_feature
from core.storage.engine import Log
from pages.shared import cached, controls, event_choices, state

NEW = "a new one"
TITLES: dict[What, str] = {
    "count": "number of events", "share": "share of events", "sum": "sum of a column", "mean": "mean of a column",
    "min": "least of a column", "max": "greatest of a column", "last": "last known value of a column",
    "distinct": "different values of a column", "days since": "days since the last",
}  # fmt: skip


def show(log: Log) -> None:
    """The analyst's features of this log, and the form of one."""
    st.subheader("Make a feature", anchor=False)
    known = own_features(cached.workspace(), log.log_id)
    st.caption("A number of your own over events that a rule means. It joins the list, the preview and the download.")
    if known:
        controls.table(
            pd.DataFrame([feature.plain() for feature in known.values()]), name="own-features", alt="Your features"
        )
    name = NEW
    if known:
        key = state.field("feature", "chosen", log.log_id)
        name = st.selectbox("Make or change", [NEW, *known], key=key, width=300)
    values = (known[name] if name in known else OwnFeature(name="new")).plain()
    with st.container(border=True, key="feature-form"):
        body = _fields(log, name, values | ({} if name in known else {"name": ""}))
        _buttons(log, body, name if name in known else None)


def _fields(log: Log, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """What stands in the form, as the settings of an OwnFeature."""

    def field(part: str) -> str:
        return state.field("feature", part, log.log_id)

    state.fill_form(f"{log.log_id}-{name}", {field(part): value for part, value in values.items()}, of="-feature")
    held = state.chosen_events(field("rule"))
    choices = {ANY_EVENT: ANY_EVENT, **event_choices.event_choices(log, held)}
    with st.grid("auto", min_column_width=210):
        body: dict[str, Any] = {"name": st.text_input("Name", key=field("name"), max_chars=60, disabled=name != NEW)}
        body["what"] = st.selectbox("What", get_args(What), format_func=lambda what: TITLES[what], key=field("what"))
        body["rule"] = st.selectbox(
            "Of", choices, format_func=lambda rule: choices.get(rule, rule), key=field("rule"), accept_new_options=True,
            help="An event type, a named event, or a rule such as: purchase where value > 50",
        )  # fmt: skip
        if body["what"] in OF_COLUMN:
            kinds = kinds_of(log.manifest)
            columns = [each for each, kind in kinds.items() if kind == "number" or body["what"] not in OF_NUMBERS]
            body["column"] = st.selectbox("Column", columns, key=field("column"))
        body["lookback_days"] = st.number_input(
            "Lookback, days", 0.01, 36_500.0, None, key=field("lookback_days"), placeholder="as asked above",
        )  # fmt: skip
        body["description"] = st.text_input("Description", key=field("description"), max_chars=2_000)
    return body


def _buttons(log: Log, body: dict[str, Any], known: str | None) -> None:
    """Keep or remove; what is refused is said."""
    try:
        with st.container(horizontal=True):
            if st.button("Save", key="save-feature", type="primary", icon=":material/save:"):
                define_feature(cached.workspace(), log, body)
                st.rerun()
            if known is not None and st.button("Remove", key="remove-feature", icon=":material/delete:"):
                undefine_feature(cached.workspace(), log.log_id, known)
                st.rerun()
    except WhypathError as error:
        st.error(controls.plain(str(error)))
