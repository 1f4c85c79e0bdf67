"""What the app remembers between reruns and in the URL. The only file that names session keys.

A bound widget (`bind="query-params"`) keeps its own value in the URL. Everything else is remembered here: the URL wins,
so that a link opens what it says; the session fills in after a click in the navigation, which empties the URL.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

# In the URL under the same name: the strip's two widgets, and those that pages bind.
LOG = "log"
ZONE = "zone"
BUCKET = "bucket"
MEASURE = "measure"
WINDOW_DAYS = "window"
RUN = "run"
INSPECTED_USER = "user"
LIST_LENGTH = "k"
FEATURE, FEATURE_DAYS, FEATURE_AT = "feature", "days", "at"

# Remembered by hand.
QUESTION = "question"
STUDY, TABLE_STUDY, DIAGNOSED, COMPARED = "study", "table_study", "diagnosed", "studies"
IMPORT, QUERY, FETCH, FORGET = "import", "query", "fetch", "forget"
CLEANING, PREVIEW, LINKED_DRAFT, IMPORT_INTO = "cleaning", "preview", "draft", "into"
VERSION = "version"
FEATURES = "features"
DISCOVERY, CHECKING, ASKING = "discovery", "check", "asking"
SCREEN = "screen"
GRAPH, GRAPH_NAME = "graph", "graph_name"

# Widgets that live for one page only, and the session's own notes.
SOURCE, UPLOAD, SERVER_PATH, LOG_NAME, MAPPING = "source", "upload", "server_path", "log_name", "mapping-"
TREATMENT, OUTCOME, GRACE, OUTCOME_DAYS, LOOKBACK, HISTORY_STATE, LANDMARK = (
    "treatment", "outcome", "grace", "outcome_days", "lookback", "history_state", "landmark",
)  # fmt: skip
POPULATION, TREATED_AS, TIMES, DOSE_OF, ARM_COLUMN, REFERENCE, POSITION, LIST_RUN, LISTED = (
    "population", "treated_as", "times", "dose_of", "arm_column", "reference", "position", "list_run", "listed",
)  # fmt: skip
OUTCOME_AS, FROM_DAYS, DESIGN, CONTROLS, ACTIVE_DAYS, CONTRAST, UPTAKE, ESTIMAND, CLEAN_DAYS = (
    "outcome_as", "from_days", "design", "controls", "active_days", "contrast", "uptake", "estimand", "clean_days",
)  # fmt: skip
DISCOVER, CHECK = "discover-", "check-"
WHAT_IF = "what_if-"
SCREEN_FORM, TRIM = "screen-", "trim"
BENEFITS = "benefits-"
SUGGESTED, DISMISSED = "suggested", "dismissed-"
GROUPS, SHOW_TRUTH = "groups-", "show_truth"
DIAGNOSE, WANTED_EFFECT = "diagnose", "wanted_effect"
COMPARE, STUDY_TITLE = "compare", "study_title-"
MODEL, PRESET, COUNTED, PROTOCOL, SETTING = "model", "preset", "counted", "protocol", "setting-"
QUASI, GROUP_SIZE, PRIVATE, FORGOTTEN_USER = "quasi-", "group_size", "private-", "forgotten_user"
DATABASE, DATABASE_KIND = "database-", "database_kind"
SQL, SQL_LIMIT, LAST_ROWS = "sql", "sql_limit", "last_rows"
PRUNE_KEEP, PRUNE_DAYS, PRUNE_AUTOMATIC = "prune_keep-", "prune_days-", "prune_automatic-"
DELETED_NAME = "deleted_name-"
TABLE_UPLOAD, TABLE_PATH, SECOND_TABLE = "table_upload", "table_path", "second_table"
DRAFT, EDITED_STEP, NEW_STEP, STEP_FORM = "draft-", "edited_step", "new_step", "step_form-"
RECIPE_NAME, RECIPE_UPLOAD, KEPT_RECIPE = "recipe_name", "recipe_upload", "kept_recipe"
GRAPH_EDITOR, DRAWING, EDGES, ADJUSTMENT = "graph_editor-", "drawing", "edges-", "adjustment"
GRAPH_SAID, GRAPH_DONE, GRAPH_POPOVER = "graph_said", "graph_done", "graph_popover-"
ARRIVED, FORM_OF, STORED_UPLOAD, OPEN_TABLE = "arrived", "form_of", "stored_upload", "open_table"


@dataclass(frozen=True)
class Arrival:
    """Files that wait to be imported: where they lie, what the log may be called, the columns' roles where known."""

    paths: tuple[str, ...]
    name: str
    mapping: Mapping[str, str] | None = None

    @property
    def path(self) -> str:
        """The first file, by which the others are recognised."""
        return self.paths[0]


def recall(name: str) -> str | None:
    """A remembered value: from the URL if it is there, else from the session."""
    value = st.query_params.get(name) or st.session_state.get(f"kept-{name}")
    if value is not None:
        remember(name, str(value))
    return None if value is None else str(value)


def remember(name: str, value: str) -> None:
    """Keep a value in the session and in the URL."""
    st.session_state[f"kept-{name}"] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def forget(*names: str) -> None:
    """Drop remembered values."""
    for name in names:
        st.session_state.pop(f"kept-{name}", None)
        if name in st.query_params:
            del st.query_params[name]


def forget_question() -> None:
    """What hangs on the log that was open: called when the analyst opens another one."""
    forget(QUESTION, STUDY, DIAGNOSED, RUN, INSPECTED_USER, GRAPH, GRAPH_NAME, DISCOVERY, CHECKING, ASKING, SCREEN)


def open_next(log_id: str) -> None:
    """Open this log from the next run on; the strip's widget may not be set once it is drawn."""
    st.query_params[LOG] = log_id
    forget_question()


def take_from_url(key: str, allowed: Collection[str]) -> str | None:
    """Set a widget to the URL's value (or the kept one) before it is drawn; returns a value that the URL may not have.

    For what several pages share, or whose default changes: a click in the navigation empties the URL, and Streamlit's
    own binding leaves out defaults.
    """
    asked = st.query_params.get(key)
    wanted = asked or st.session_state.get(f"kept-{key}")
    if wanted in allowed and st.session_state.get(key) != wanted:
        if key == LOG and key in st.session_state:
            for name in (QUESTION, STUDY, DIAGNOSED, GRAPH, GRAPH_NAME, DISCOVERY, CHECKING, ASKING, SCREEN):
                st.session_state.pop(f"kept-{name}", None)
        st.session_state[key] = wanted
    if asked is None or asked in allowed:
        return None
    del st.query_params[key]
    return asked


def put_in_url(key: str) -> None:
    """Keep a widget's value and write it into the URL: when the analyst changes it, and after it was drawn."""
    remember(key, str(st.session_state[key]))


def start_with(key: str, of: str, value: str) -> None:
    """Give a text input the URL's value, or its first value for a log (`of`); afterwards it is the analyst's."""
    asked = st.query_params.get(key)
    if asked is not None:
        st.session_state[key] = asked
    elif st.session_state.get(f"of-{key}") != of or key not in st.session_state:
        st.session_state[key] = value
    st.session_state[f"of-{key}"] = of


def inspect_user(user_id: str) -> None:
    """Look at this user."""
    st.session_state[INSPECTED_USER] = user_id
    put_in_url(INSPECTED_USER)


def log_changed() -> None:
    """The analyst opened another log in the strip."""
    forget_question()
    put_in_url(LOG)


def open_log_id() -> str | None:
    """The id of the log that the strip shows."""
    value = st.session_state.get(LOG)
    return None if value is None else str(value)


def drawing() -> str:
    """The key of the editor of the graph in hand: another graph gets another editor, with its own undo."""
    return f"{DRAWING}-{st.session_state.get(DRAWING, 0)}"


def next_drawing() -> None:
    """Another graph is opened."""
    st.session_state[DRAWING] = st.session_state.get(DRAWING, 0) + 1


def keep_choice(key: str, offered: Collection[Any]) -> None:
    """Before a picker is drawn: forget its choice if that is no longer offered."""
    if st.session_state.get(key) not in offered:
        st.session_state.pop(key, None)


def steps_of(log_id: str) -> str:
    """The key of the funnel's steps; each log has its own event types."""
    return f"steps-{log_id}"


def field(form: str, name: str, log_id: str) -> str:
    """The key of a field in a form over one log: what is defined in the dictionary, which events a page counts."""
    return f"{form}-{name}-{log_id}"


def chosen_events(key: str) -> list[str]:
    """The event references that a picker holds, whatever it offers by now."""
    value = st.session_state.get(key)
    return [value] if isinstance(value, str) else [str(each) for each in value or ()]


def first_shown(key: str, fresh: Mapping[str, str]) -> Mapping[str, str]:
    """What an editable table was first drawn with: fed its own edits back, it would lose every second one."""
    if key not in st.session_state or f"first-{key}" not in st.session_state:
        st.session_state[f"first-{key}"] = dict(fresh)
    return dict(st.session_state[f"first-{key}"])


def period_of(log_id: str) -> str:
    """The key of the period that patterns are counted in; each log has its own first and last day."""
    return f"period-{log_id}"


def zone() -> str:
    """The time zone in which patterns count hours and days."""
    return str(st.session_state.get(ZONE) or "UTC")


def arrived() -> Arrival | None:
    """The file that waits to be imported, if one does."""
    value = st.session_state.get(ARRIVED)
    return value if isinstance(value, Arrival) else None


def keep_arrival(arrival: Arrival | None) -> None:
    """Note (or drop) the file that waits to be imported."""
    st.session_state[ARRIVED] = arrival


def open_table() -> str | None:
    """Where the ready table lies that was brought last, if one was."""
    value = st.session_state.get(OPEN_TABLE)
    return value if isinstance(value, str) else None


def remember_table(path: str) -> None:
    """Note the ready table that was brought."""
    st.session_state[OPEN_TABLE] = path
    forget(TABLE_STUDY)


def fill_form(form: str, values: Mapping[str, Any], *, of: str = "") -> None:
    """Set widgets to the spec in hand, unless they stand for it already; a widget that left the page is set again."""
    fresh = st.session_state.get(FORM_OF + of) != form
    st.session_state[FORM_OF + of] = form
    for key, value in values.items():
        if fresh or key not in st.session_state or f"next-{key}" in st.session_state:
            st.session_state[key] = st.session_state.pop(f"next-{key}", value)


def write_next(key: str, value: str) -> None:
    """Let `fill_form` put this into a widget that is drawn already, in the next run."""
    st.session_state[f"next-{key}"] = value
    st.rerun()


def note_form(form: str) -> None:
    """Say that the widgets now stand for this spec, so that they are not filled again."""
    st.session_state[FORM_OF] = form


def is_known_upload(file_id: str) -> bool:
    """Whether this upload was stored already; a rerun sees the same file again."""
    return bool(st.session_state.get(STORED_UPLOAD) == file_id)


def note_upload(file_id: str) -> None:
    """Say that this upload was stored."""
    st.session_state[STORED_UPLOAD] = file_id


def text_in(key: str) -> str | None:
    """What stands in a text box, if it was drawn or filled."""
    value = st.session_state.get(key)
    return value if isinstance(value, str) else None


def put_text(key: str, value: str) -> None:
    """Fill a text box before it is drawn, or in a callback."""
    st.session_state[key] = value


def rows_of(request: str) -> Any:
    """What a request found, if it was the last one; None otherwise."""
    kept = st.session_state.get(LAST_ROWS)
    return kept[1] if kept is not None and kept[0] == request else None


def keep_rows(request: str, found: Any) -> None:
    """Keep what a request found, in the place of what another one did."""
    st.session_state[LAST_ROWS] = (request, found)


def noted(key: str) -> Any:
    """What a page noted for itself; None if nothing."""
    return st.session_state.get(key)


def note(key: str, value: Any) -> None:
    """Keep a page's own note for this session."""
    st.session_state[key] = value
