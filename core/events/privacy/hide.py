"""Hide what an import shall not store: on the table `kept`, and among the rejects, before either is written."""

from dataclasses import replace

from core.errors import BadSpec
from core.events.columns import LATITUDE, LONGITUDE, TEXT, USER_ID
from core.events.kept import SESSION_VALUE, Kept, StoredAttribute, replace_kept
from core.events.privacy.keyed_hash import bind_key, hashed, unbind_key
from core.events.privacy.spec import PrivacySpec
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

SAME_AS_USER_SHARE = 0.95  # an attribute that tells so many of its users apart stands for the user id


def hide(
    engine: Writer, kept: Kept, spec: PrivacySpec, key: bytes | None, watch: Watch, *, ids: tuple[str, ...] = ()
) -> tuple[Kept, list[str]]:
    """Rewrite `kept` (its order is lost where users are hashed) and return what it holds and what was done, in words.

    key: of the log, needed where users are hashed; ids: attributes that name a session or an event, which are hashed
    like the users. Raises BadSpec for an attribute that is not there.
    """
    dropped, notes = _dropped(engine, kept, spec, ids)
    optional = tuple(name for name in kept.optional if not (spec.drop_text and name == TEXT))
    hidden = replace(kept, optional=optional, attributes=tuple(a for a in kept.attributes if a.column not in dropped))
    names = {USER_ID, SESSION_VALUE, *ids} if spec.hash_users else set()
    if spec.hash_users:
        assert key is not None
        bind_key(engine, key)
    try:
        chosen = ", ".join(f"{_shown(name, names, spec)} AS {quoted(name)}" for name in hidden.columns)
        engine.watched(f"CREATE TABLE hidden AS SELECT {chosen} FROM kept", watch)
    finally:
        if spec.hash_users:
            unbind_key(engine)
    replace_kept(engine, "hidden")
    return hidden, [f"Hidden at import: {spec.sentence}.", *notes]


def hide_rejects(engine: Writer) -> None:
    """Withhold what stood in the rows that are set aside: file, line, column and reason stay."""
    engine.execute("UPDATE rejects SET value=NULL, raw=NULL")


def _shown(name: str, hashed_names: set[str], spec: PrivacySpec) -> str:
    if name in hashed_names:
        return hashed(f"CAST({quoted(name)} AS VARCHAR)")
    if name in (LATITUDE, LONGITUDE) and spec.place_decimals is not None:
        return f"round({quoted(name)}, {spec.place_decimals})"
    return quoted(name)


def _dropped(engine: Writer, kept: Kept, spec: PrivacySpec, ids: tuple[str, ...]) -> tuple[set[str], list[str]]:
    """The attributes that are not stored: those named, and with hashed users those that stand for the user."""
    dropped, notes = set(), []
    for name in spec.drop_attributes:
        found = next((a for a in kept.attributes if name in (a.column, a.title)), None)
        if found is None:
            known = ", ".join(a.title for a in kept.attributes) or "none"
            raise BadSpec(f"There is no attribute '{name[:80]}' to leave out; the attributes are {known}.")
        dropped.add(found.column)
    if spec.hash_users:
        for attribute in kept.attributes:
            if attribute.column not in (*dropped, *ids) and _names_users(engine, attribute):
                dropped.add(attribute.column)
                notes.append(f"'{attribute.title}' tells almost every user apart, so it was left out with the ids.")
    return dropped, notes


def _names_users(engine: Writer, attribute: StoredAttribute) -> bool:
    """Whether an attribute has one value per user and one user per value, for almost all that have it."""
    if attribute.kind != "text":
        return False
    name = quoted(attribute.column)
    pairs, users, values = engine.rows(
        f"SELECT count(*), count(DISTINCT user_id), count(DISTINCT v) FROM "
        f"(SELECT DISTINCT user_id, {name} AS v FROM kept WHERE {name} IS NOT NULL)"
    )[0]
    return bool(users >= 10 and min(users, values) >= SAME_AS_USER_SHARE * pairs)
