"""Clear places at exactly (0, 0): no place was known there, so it becomes missing."""

from core.errors import BadSpec
from core.events.cleaning.step import Cleaned, StepSettings
from core.events.columns import LATITUDE, LONGITUDE
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer

NOWHERE = f"{LATITUDE} = 0 AND {LONGITUDE} = 0"


class ClearPlaces(StepSettings):
    """There is nothing to set."""

    def words(self) -> str:
        return "latitude and longitude both 0 become missing"


def clear_places(engine: Writer, kept: Kept, _settings: ClearPlaces, watch: Watch) -> Cleaned:
    """Set both coordinates to null where both are 0."""
    if not {LATITUDE, LONGITUDE} <= set(kept.optional):
        raise BadSpec("The log has no latitude and longitude, so there is no place to clear; remove this step.")
    cleared = engine.rows(f"SELECT count(*) FROM kept WHERE {NOWHERE}")[0][0]
    engine.watched(f"UPDATE kept SET {LATITUDE} = NULL, {LONGITUDE} = NULL WHERE {NOWHERE}", watch)
    return Cleaned(kept, changed=cleared)
