"""The first rows of a file as an import that hides something would store them, for a preview.

The log's key does not exist yet, or is none of a preview's business: ids are hashed with a key that is thrown away.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from core.events.columns import EVENT_ID, INSERT_ID, LATITUDE, LONGITUDE, SESSION_ID, TEXT, USER_ID
from core.events.kept import Kept
from core.events.privacy.hide import hide
from core.events.privacy.keyed_hash import KEY_BYTES
from core.events.privacy.spec import PrivacySpec
from core.events.reading.head import SILENT
from core.events.reading.rows import Reading
from core.storage.engine import Writer

JUDGED_ROWS = 10_000  # on which is judged whether an attribute tells users apart
HIDDEN = "(hidden)"
OWN_KEY = "Ids are shown hashed with a key of this preview; the log's own key will give other hashes."


@dataclass(frozen=True)
class HiddenRows:
    """rows: events by their stored columns, in the order of the file; kept: what would be stored; notes: what is
    hidden, in words."""

    rows: pd.DataFrame
    kept: Kept
    notes: tuple[str, ...]


def hidden_events(engine: Writer, events: str, kept: Kept, privacy: PrivacySpec, ids: tuple[str, ...]) -> HiddenRows:
    """The first JUDGED_ROWS of a query of events, with `privacy` applied.

    kept: what the query holds; ids: attributes that name a session or an event. Raises BadSpec for an attribute that is
    not there.
    """
    engine.execute(f"CREATE TABLE kept AS {events} LIMIT {JUDGED_ROWS}")
    kept, notes = hide(engine, kept, privacy, secrets.token_bytes(KEY_BYTES), SILENT, ids=ids)
    rows = engine.frame(f"SELECT * FROM kept ORDER BY {EVENT_ID}")
    return HiddenRows(rows, kept, (*notes, OWN_KEY) if privacy.hash_users else tuple(notes))


def hidden_in_file(
    rows: pd.DataFrame, mapping: Mapping[str, str], reading: Reading, kept: Kept, privacy: PrivacySpec
) -> pd.DataFrame:
    """Rows under the file's own names without what would not be stored; ids are masked, places are rounded."""
    stored = {attribute.column for attribute in kept.attributes}
    left_out = {attribute.column.name for attribute in reading.attributes if attribute.stored not in stored}
    left_out |= {mapping[TEXT]} if privacy.drop_text and TEXT in mapping else set()
    shown = rows.drop(columns=[name for name in rows.columns if name in left_out])
    roles = (USER_ID, SESSION_ID, INSERT_ID) if privacy.hash_users else ()
    for name in {mapping[role] for role in roles if role in mapping} & set(shown.columns):
        shown[name] = shown[name].astype(object).mask(shown[name].notna(), HIDDEN)
    if privacy.place_decimals is not None:
        for name in {mapping[role] for role in (LATITUDE, LONGITUDE) if role in mapping} & set(shown.columns):
            numbers = shown[name].astype(str).str.replace(",", ".", regex=False)
            shown[name] = pd.to_numeric(numbers, errors="coerce").round(privacy.place_decimals)
    return shown
