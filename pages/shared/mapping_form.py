"""Which column is what: a form with a live preview of the rows as they would be stored, and what each choice costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args
from zoneinfo import available_timezones

import streamlit as st

from core.events.columns import ROLES, TIMESTAMP
from core.events.import_spec import ImportSpec
from core.events.preview import Preview
from core.events.reading.names import SIGN, parts_of
from core.events.recognise import Recognised
from core.events.saved_mappings import NO_TIMES, TIME_SETTINGS, forget_mapping, saved_mapping, saved_mappings
from core.events.time_settings import TimestampUnit
from core.jobs.queue import submit
from pages.shared import cached, controls, import_target, state
from pages.shared.controls import plain
from pages.shared.privacy_form import ask_privacy, noted_privacy

NOT_THERE = "not in this file"
FROM_ITS_SIZE = "told by their size"
SAME_COLUMN = "the same column"
ROLE_TITLES = {
    "user_id": "User",
    "item_id": "Item",
    "event_type": "Event type",
    "timestamp": "Time (required)",
    "session_id": "Session",
    "value": "Value",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "text": "Text or title",
    "position": "Position shown",
    "propensity": "Logged propensity",
    "arm": "Treatment arm",
    "insert_id": "Event's own id",
}
MAIN_ROLES = ROLES[:4]
TIME_OF_DAY = "time_of_day"


@dataclass(frozen=True)
class Start:
    """What the form begins with. name: guess, saved or log; says: why, if it is not the guess; time: TIME_SETTINGS."""

    name: str
    mapping: Mapping[str, str]
    says: str = ""
    time: Mapping[str, Any] = field(default_factory=dict)


def map_columns(arrival: state.Arrival, found: Recognised, reading: Mapping[str, Any]) -> None:
    """Show what an import would make of the files, let the analyst correct the roles, and queue the import.

    reading: how the files are written, where the analyst knows better than what was told from them.
    """
    target = import_target.choose_target()
    start = _start(arrival, found, target)
    form = f"{start.name}-{arrival.path}"
    names = [name for name, _, _ in found.columns]
    mapping = _chosen_mapping(form, start, names)
    appends = target.startswith(import_target.APPEND)
    hidden = import_target.known_privacy(target) if appends else noted_privacy(form, mapping, names)
    asked = {"files": list(arrival.paths), "mapping": mapping, **reading, **_chosen_times(form, start)}
    shown = cached.preview({**asked, **hidden})
    _show_preview(shown, found, mapping)
    with st.container(border=True, key="mapping"):
        st.caption("Which column is what? Everything left over is kept as an attribute.")
        _roles(MAIN_ROLES, form, start, mapping, names, found, shown)
        _times(form, start, names, found, shown)
        more = st.expander("More roles", expanded=any(role in mapping for role in ROLES[4:]))
        with more:
            _roles(ROLES[4:], form, start, mapping, names, found, shown)
    if not appends:
        ask_privacy(form, mapping, names)
    name = st.text_input("Name of the log", arrival.name, key=f"{state.LOG_NAME}-{arrival.path}", max_chars=200)
    pressed = st.button("Import", type="primary", icon=":material/download_done:", key="import-files")
    if pressed and TIMESTAMP in mapping:  # without a time, the reason stands above
        named = {"name": name.strip() or arrival.name}
        into = import_target.settings_of(target)
        _start_import({**asked, **named, **({} if appends else hidden), **into})


def show_saved_mappings() -> None:
    """The mappings kept for files of a known shape, each with a button that forgets it."""
    kept = saved_mappings(cached.workspace())
    if not kept:
        return
    with st.expander(f"Saved mappings ({len(kept)})", icon=":material/bookmark:"):
        st.caption("The mapping of an import waits here for the next file with the same columns.")
        for saved in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                roles = ", ".join(f"{column[:40]} as {role}" for role, column in saved.mapping.items())
                st.markdown(f"**{plain(saved.title)}**  \n:gray[{plain(roles)}]", width="stretch")
                st.button(
                    "Forget", key=f"forget-{saved.shape}", on_click=forget_mapping,
                    args=(cached.workspace(), saved.shape), icon=":material/delete:", type="tertiary",
                )  # fmt: skip


def _start(arrival: state.Arrival, found: Recognised, target: str) -> Start:
    """What the form begins with: how the log was mapped that the file goes into, what was saved, or the guess."""
    columns = [name for name, _, _ in found.columns]
    guess = Start("guess", arrival.mapping or found.mapping)
    known = import_target.known_mapping(target)
    if known is not None:
        return Start(f"log-{target}", known, "The columns are mapped as in the log.", import_target.known_times(target))
    saved = saved_mapping(cached.workspace(), columns)
    if saved is None or (saved.mapping == guess.mapping and saved.time == NO_TIMES):
        return guess
    says = f"This file has the columns of '{saved.title}', so it is mapped in the same way."
    with st.container(horizontal=True, vertical_alignment="center"):
        guessing = st.toggle("Use the guess instead", key=f"{state.MAPPING}guess-{arrival.path}")
        if not guessing:
            st.caption(f":material/bookmark: {plain(says)}")
    return guess if guessing else Start("saved", saved.mapping, says, saved.time)


def _chosen_mapping(form: str, start: Start, names: Sequence[str]) -> dict[str, str]:
    """{role: column} as the form stands."""
    chosen = {role: state.noted(f"{state.MAPPING}{role}-{form}") or _first(start, role, names) for role in ROLES}
    mapping = {role: str(column) for role, column in chosen.items() if column in names}
    clock = state.noted(f"{state.MAPPING}{TIME_OF_DAY}-{form}") or _time_of_day(start, names)
    if clock in names and mapping.get(TIMESTAMP, clock) != clock:
        mapping[TIMESTAMP] += f"{SIGN}{clock}"
    return mapping


def _first(start: Start, role: str, names: Sequence[str]) -> str | None:
    """The column that a role begins with; of a date and a time of day, the date."""
    return next(iter(parts_of(start.mapping.get(role, ""), names)), None)


def _time_of_day(start: Start, names: Sequence[str]) -> str:
    parts = parts_of(start.mapping.get(TIMESTAMP, ""), names)
    return parts[1] if len(parts) == 2 else SAME_COLUMN


def _chosen_times(form: str, start: Start) -> dict[str, Any]:
    """TIME_SETTINGS as the form stands."""
    chosen = {name: state.noted(f"{state.MAPPING}{name}-{form}") for name in TIME_SETTINGS}
    chosen = {name: start.time.get(name) if value is None else value for name, value in chosen.items()}
    return {name: value for name, value in chosen.items() if value not in (None, FROM_ITS_SIZE)}


def _show_preview(shown: Preview, found: Recognised, mapping: Mapping[str, str]) -> None:
    """The rows as they would be stored, how many would not be, and what was taken for granted."""
    if shown.problem is not None:
        st.error(plain(shown.problem))
    else:
        st.dataframe(
            shown.rows, hide_index=True, height=212, alt="First events as they would be stored", key="preview",
            column_config={
                name: st.column_config.Column(width="medium") for name in map(str, shown.rows) if len(name) > 30
            },
        )  # fmt: skip
        aside = f"{shown.set_aside:,} would be set aside" if shown.set_aside else "none would be set aside"
        st.caption(
            f"The first events as they would be stored. Counted over {shown.counted_in_words}. Of these, {aside}."
        )
    doubts = found.doubts if mapping == found.mapping else ()  # they are about the guess
    controls.notes(list(dict.fromkeys((*shown.notes, *doubts))))
    with st.expander("As in the file", icon=":material/description:"):
        rows = found.first_rows if shown.file_rows is None else shown.file_rows
        if rows.empty:
            st.caption("Nothing is shown while something shall be hidden and the mapping cannot be read.")
            return
        if shown.file_rows is not None:
            st.caption("Without what shall be hidden.")
        st.dataframe(rows, hide_index=True, height=212, alt="First rows of the file", key="rows-of-file")


def _roles(
    roles: Sequence[str], form: str, start: Start, mapping: Mapping[str, str], names: Sequence[str], found: Recognised,
    shown: Preview,
) -> None:  # fmt: skip
    """A choice for each role, and under it how sure it is, what it holds and what it costs."""
    options = [NOT_THERE, *names]
    with st.grid("auto", min_column_width=160):
        for role in roles:
            with st.container(gap="xxsmall"):
                place = options.index(_first(start, role, names) or NOT_THERE)
                key = f"{state.MAPPING}{role}-{form}"
                st.selectbox(ROLE_TITLES[role], options, place, key=key)
                remark = _remark(role, mapping.get(role, NOT_THERE), start, found, shown)
                if remark:
                    st.caption(remark)
                for cost in shown.costs.get(role, ()):
                    st.markdown(f":small[:orange[:material/warning:] {plain(cost)}]")


def _remark(role: str, column: str, start: Start, found: Recognised, shown: Preview) -> str:
    """What is said under a choice: whose it is, how sure, and what it holds."""
    guess = found.guesses.get(role)
    if column == NOT_THERE:
        return f":material/lightbulb: {plain(guess.column[:40])} would fit" if guess else ""
    guessed = guess is not None and guess.column == column
    parts = [plain(fact) for fact in shown.facts.get(role, ())]
    if column != start.mapping.get(role):
        parts.insert(0, "your choice")
    elif start.says:
        parts.insert(0, "as before")
    elif guess is not None and guessed:
        parts.insert(0, f"**{guess.in_words}**")
    if guess is not None and guessed and not start.says and guess.rivals:
        parts.append(f"or {plain(', '.join(rival[:40] for rival in guess.rivals[:3]))}?")
    return " · ".join(parts)


def _times(form: str, start: Start, names: Sequence[str], found: Recognised, shown: Preview) -> None:
    """What the times themselves do not tell: the order of day and month, the zone, the unit."""
    if shown.day_orders is not None:
        orders = shown.day_orders
        titles = {True: f"{orders.day_first} (day first)", False: f"{orders.month_first} (month first)"}
        default = start.time.get("day_first")
        default = orders.likely_day_first if default is None else default
        st.radio(
            f"What is {plain(orders.value)}? The data fit both.", [False, True], int(default),
            format_func=titles.__getitem__, key=f"{state.MAPPING}day_first-{form}", horizontal=True,
        )  # fmt: skip
    with st.grid("auto", min_column_width=200):
        first = _time_of_day(start, names)
        if (found.times_of_day and shown.days) or first != SAME_COLUMN:
            columns = [SAME_COLUMN, *dict.fromkeys((*found.times_of_day, *({first} - {SAME_COLUMN})))]
            st.selectbox(
                "Its time of day is in", columns, columns.index(first), key=f"{state.MAPPING}{TIME_OF_DAY}-{form}",
                help="A date in one column and a time of day in another make one moment.",
            )  # fmt: skip
        if shown.naive:
            zones = ["UTC", *sorted(available_timezones() - {"UTC"})]
            place = zones.index(start.time.get("time_zone") or "UTC")
            st.selectbox(
                "Its times are written in", zones, place, key=f"{state.MAPPING}time_zone-{form}",
                help="The times carry no zone. They are stored in UTC.",
            )  # fmt: skip
        if shown.numeric:
            units = [FROM_ITS_SIZE, *get_args(TimestampUnit)]
            place = units.index(start.time.get("timestamp_unit") or FROM_ITS_SIZE)
            st.selectbox("Its numbers count", units, place, key=f"{state.MAPPING}timestamp_unit-{form}")


def _start_import(asked: dict[str, Any]) -> None:
    spec = ImportSpec.read(asked)
    into = spec.append_to or spec.replace
    run_id = submit(cached.workspace(), "import", spec.plain(), title=f"Import of {spec.name}", log_id=into)
    state.keep_arrival(None)
    state.remember(state.IMPORT, run_id)
    state.forget(state.IMPORT_INTO)
    st.rerun()
