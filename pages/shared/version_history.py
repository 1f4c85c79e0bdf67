"""The versions of a log on their page: a table of them, one in detail with the way back to it, and which may go."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.events.prune import PruneRule, delete_log, keep_rule, prunable, prune, restore, rule_of
from core.storage.catalogue import list_logs
from pages.shared import cached, controls, state, words
from pages.shared.controls import plain

MADE_BY = {"import": "import", "append": "append", "clean": "cleaning", "forget": "forgetting users"}
COUNTS = ("events", "users", "items", "sessions")


def show_table(log_id: str, versions: Sequence[dict[str, Any]]) -> None:
    """All versions, newest first, with what each holds and how it differs from the one it was made from."""
    numbers = _numbers(versions)
    rows = [
        {
            "": "current" if version["current"] else "",
            "Version": f"{numbers[version['version_id']]}",
            "Made": _moment(version["created_at"]),
            "By": _made_by(version, numbers),
            "Events": version["events"],
            "Change": _signed(version["diff"]["events"]) if version["diff"] else "",
            "Users": version["users"],
            "Items": version["items"],
            "Sessions": version["sessions"],
            "Kept aside": version["rejected"],
            "Size": words.significant(version["bytes"] / 2**20) + " MB",
        }
        for version in versions
    ]
    controls.table(pd.DataFrame(rows), name="versions", alt="The versions of this log, newest first, with their counts")
    st.caption("Change: against the version that was current when it was made. Times are UTC.")
    controls.go_to("load.py", "Append a file", **{state.IMPORT_INTO: f"append {log_id}", state.LOG: log_id})


def show_one(log_id: str, versions: Sequence[dict[str, Any]]) -> None:
    """One version: its files, the steps of its recipe, what changed by event type, and a button back to it."""
    by_id = {version["version_id"]: version for version in versions}
    numbers = _numbers(versions)
    state.take_from_url(state.VERSION, by_id)
    st.subheader("One version", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Version",
            list(by_id),
            format_func=lambda key: _title(by_id[key], numbers),
            key=state.VERSION,
            on_change=state.put_in_url,
            args=(state.VERSION,),
            width=420,
        )
        version = by_id[chosen]
        if version["current"]:
            st.caption("This is the current version: every page shows it.")
        elif st.button("Restore this version", icon=":material/history:", type="primary", key="restore"):
            restore(cached.workspace(), log_id, chosen)
            st.rerun()
    st.caption("Files: " + plain(", ".join(version["files"])))
    if version.get("appended"):
        account = version["appended"]
        st.caption(
            f"Of {account['rows']:,} appended rows {account['added']:,} were new, {account['duplicates_in_log']:,} in "
            f"the log already, {account['duplicates_in_files']:,} repeats within the files (compared by "
            f"{account['by']}), {account['rejected']:,} kept aside."
        )
    _show_steps(version)
    _show_difference(version)


def _show_steps(version: dict[str, Any]) -> None:
    steps = [
        {
            "Step": step["title"],
            "Rows in": step["rows_in"],
            "Rows out": step["rows_out"],
            "Users in": step["users_in"],
            "Users out": step["users_out"],
            "Changed": step["changed"],
        }
        for step in version.get("steps") or []
        if step["enabled"]
    ]
    if steps:
        st.markdown("**Steps of its recipe**")
        controls.table(pd.DataFrame(steps), name="version-steps", alt="The cleaning steps behind this version")


def _show_difference(version: dict[str, Any]) -> None:
    diff = version["diff"]
    if diff is None:
        known = version["parent_version_id"]
        st.caption("The version it was made from was pruned." if known else "The first version of this log.")
        return
    changes = [f"{_signed(diff[name])} {name}" for name in COUNTS if diff[name]]
    st.markdown(f"**Against the version before**: {', '.join(changes) or 'the same counts'}.")
    if diff["event_types"]:
        frame = pd.DataFrame(
            [
                {
                    "Event type": kind["event_type"],
                    "Before": kind["before"],
                    "After": kind["after"],
                    "Change": kind["after"] - kind["before"],
                }
                for kind in diff["event_types"]
            ]
        )
        controls.table(frame, name="version-diff", alt="Events by type before and after")


def show_rule(log_id: str, versions: Sequence[dict[str, Any]]) -> None:
    """Which old versions may go: by the log's rule, by itself or now, after a look at what that would remove."""
    st.subheader("Old versions", anchor=False)
    rule = rule_of(cached.workspace(), log_id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        keep = st.number_input("Keep the newest", 1, 10_000, rule.keep, key=state.PRUNE_KEEP + log_id, width=160)
        days = st.number_input(
            "and any younger than (days)", 0.0, 36_500.0, rule.older_than_days, 1.0, key=state.PRUNE_DAYS + log_id,
            width=220, format="%g",
        )  # fmt: skip
        automatic = st.toggle(
            "Prune after each import and cleaning", rule.automatic, key=state.PRUNE_AUTOMATIC + log_id
        )
    asked = PruneRule(keep=int(keep), older_than_days=float(days), automatic=automatic)
    if asked != rule:
        keep_rule(cached.workspace(), log_id, asked)
    st.caption(
        "Never removed: the current version, one that a run is using, and the uncleaned version behind one that stays. "
        "Runs on a pruned version stay readable; they cannot be run again."
    )
    going = prunable(cached.workspace(), log_id, asked)
    if not going:
        st.caption("By this rule nothing would go now.")
        return
    size = sum(version["bytes"] for version in going) / 2**20
    numbers = _numbers(versions)
    rows = [
        {
            "Version": str(numbers[version["version_id"]]),
            "Made": _moment(version["created_at"]),
            "Events": version["events"],
            "Size": words.significant(version["bytes"] / 2**20) + " MB",
        }
        for version in going
        if version["version_id"] in numbers
    ]
    controls.table(pd.DataFrame(rows), name="prunable", alt="The versions that the rule would remove")
    if st.button(f"Remove {len(going)} versions ({words.significant(size)} MB)", icon=":material/delete:", key="prune"):
        prune(cached.workspace(), log_id, asked)
        st.rerun()


def show_deletion(log_id: str, name: str) -> None:
    """Delete the whole log, once its name was typed."""
    with st.expander("Delete this log"):
        st.caption("All its versions go, and what was defined on it. Runs that used it stay readable.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            typed = st.text_input("Its name, to be sure", key=state.DELETED_NAME + log_id, width=320)
            sure = typed.strip() == name.strip()
            if st.button("Delete", icon=":material/delete_forever:", key="delete-log", disabled=not sure):
                delete_log(cached.workspace(), log_id)
                others = list_logs(cached.workspace())
                if others:
                    state.open_next(others[0]["log_id"])
                st.rerun()


def _numbers(versions: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The versions, which come newest first, counted from the oldest that is there."""
    return {version["version_id"]: len(versions) - place for place, version in enumerate(versions)}


def _title(version: dict[str, Any], numbers: dict[str, int]) -> str:
    current = ", current" if version["current"] else ""
    return f"{numbers[version['version_id']]}: {_made_by(version, numbers)}, {_moment(version['created_at'])}{current}"


def _made_by(version: dict[str, Any], numbers: dict[str, int]) -> str:
    what = MADE_BY.get(version["made_by"], version["made_by"])
    base = numbers.get(version["base_version_id"] or "")
    return f"{what} of {base}" if base else what


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")


def _signed(number: int) -> str:
    return f"{number:+,}".replace("-", "\u2212") if number else "0"
