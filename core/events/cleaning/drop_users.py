"""Drop users: every event of these users goes, as for test accounts."""

from core.events.cleaning.edits import drop, note_unknown
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.columns import USER_ID
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer


class DropUsers(StepSettings):
    """user_ids: who goes."""

    user_ids: tuple[str, ...] = asked(..., "Users to drop, one a line", pick="users", min_length=1, max_length=10_000)

    def words(self) -> str:
        return listed(self.user_ids)


def drop_users(engine: Writer, kept: Kept, settings: DropUsers, watch: Watch) -> Cleaned:
    """Drop every event of these users."""
    missing = note_unknown(engine, USER_ID, settings.user_ids, "user")
    query = "SELECT event_id FROM kept WHERE user_id IN (SELECT unnest(CAST(? AS VARCHAR[])))"
    drop(engine, query, watch, [list(settings.user_ids)])
    return Cleaned(kept, notes=missing)
