"""Inspect: what would this user get? Their history beside the model's list and the popular one."""

import pandas as pd
import streamlit as st

from core.errors import WhypathError
from core.recommenders.stored import stored_recommendations
from core.storage.runs import list_runs
from pages.shared import cached, controls, model_runs, state

COLUMNS = {
    "event_type": "event",
    "timestamp": st.column_config.DatetimeColumn("time", format="D MMM YYYY, HH:mm"),
    "score": st.column_config.NumberColumn(format="%.2f"),
}

controls.header("Inspect", "What would this user get, and is it more than what is popular?")
log = controls.open_log_or_wait()

runs = [row for row in list_runs(cached.workspace(), kind="train", log_id=log.log_id) if row["status"] == "done"]
if not runs:
    st.info("There is no finished model on this log yet. The quick preset takes about a minute.")
    controls.go_to("train.py", "Train one")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", key="inspect-settings"):
    run_id = model_runs.choose_run(runs)
    examples = cached.example_users(log)
    state.start_with(state.INSPECTED_USER, log.log_id, examples["typical"])
    user_id = st.text_input("User", key=state.INSPECTED_USER, on_change=state.put_in_url, args=(state.INSPECTED_USER,))
    length = st.number_input("List length", 1, 50, 10, key=state.LIST_LENGTH, bind="query-params", width=130)
    for kind, example in examples.items():
        st.button(f"{kind.capitalize()} user", key=f"{kind}-user", on_click=state.inspect_user, args=(example,))

try:
    lists = stored_recommendations(cached.workspace(), run_id, user_id.strip(), int(length))
except WhypathError as error:
    st.error(controls.plain(str(error)))
    st.stop()

controls.stale(run_id)
if lists["fallback"]:
    st.info(controls.plain(lists["fallback"]))
left, middle, right = st.columns(3)
for place, name, title, rows, kept in (
    (left, "history", "History, latest first (UTC)", lists["history"][::-1], ["title", "event_type", "timestamp"]),
    (middle, "recommended", "This model recommends", lists["items"], ["rank", "title", "score"]),
    (right, "popular", "Popular with everybody", lists["baseline"], ["rank", "title"]),
):
    with place:
        st.subheader(title, anchor=False)
        frame = pd.DataFrame(rows, columns=["rank", "item_id", "title", "score", "timestamp", "event_type"])
        frame["title"] = frame["title"].fillna(frame["item_id"])
        controls.table(frame[kept], name=name, alt=title, columns=COLUMNS)
shared = {row["item_id"] for row in lists["items"]} & {row["item_id"] for row in lists["baseline"]}
st.caption(f"{len(shared)} of {len(lists['items'])} recommended items are also in the popular list.")
