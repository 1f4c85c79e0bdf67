"""Cleaning recipes: one file per step, and the steps by name. A step turns `kept` into a cleaner `kept`."""

from core.events.cleaning.bots import Bots
from core.events.cleaning.clear_places import ClearPlaces
from core.events.cleaning.drop_duplicates import DropDuplicates
from core.events.cleaning.drop_events import DropEvents
from core.events.cleaning.drop_missing import DropMissing
from core.events.cleaning.drop_users import DropUsers
from core.events.cleaning.encode import Encode
from core.events.cleaning.fill_missing import FillMissing
from core.events.cleaning.merge_users import MergeUsers
from core.events.cleaning.misclicks import Misclicks
from core.events.cleaning.outlier_users import OutlierUsers
from core.events.cleaning.outliers import Outliers
from core.events.cleaning.refunds import Refunds
from core.events.cleaning.rename_events import RenameEvents
from core.events.cleaning.scale import Scale
from core.events.cleaning.sessions import Sessions
from core.events.cleaning.shift_time import ShiftTime
from core.events.cleaning.step import StepSettings
from core.events.cleaning.time_range import TimeRange
from core.specs import Choice


def _step(title: str, name: str, says: str, spec: type[StepSettings]) -> Choice:
    return Choice(title, f"core.events.cleaning.{name}:{name}", says, spec)


STEPS: dict[str, Choice] = {
    "drop_duplicates": _step(
        "Drop duplicates", "drop_duplicates", "Keep the first of events that agree in the named columns.",
        DropDuplicates,
    ),
    "drop_missing": _step(
        "Drop missing values", "drop_missing", "Drop events that lack a value they must have.", DropMissing
    ),
    "fill_missing": _step(
        "Fill missing values", "fill_missing", "From the column, the user's other events, or similar events.",
        FillMissing,
    ),
    "outliers": _step(
        "Outlier values", "outliers", "Drop, move or mark values far from the rest.", Outliers
    ),
    "outlier_users": _step(
        "Outlier users", "outlier_users", "Drop or mark users whose activity is far from everybody else's.",
        OutlierUsers,
    ),
    "bots": _step("Bots", "bots", "Drop or mark users faster than a person can be.", Bots),
    "misclicks": _step(
        "Mis-clicks", "misclicks", "Drop immediate repeats, and events left too soon to be meant.", Misclicks
    ),
    "refunds": _step("Net refunds", "refunds", "Take refunds back from the purchase they belong to.", Refunds),
    "time_range": _step("Keep a time range", "time_range", "Drop what lies before or after.", TimeRange),
    "shift_time": _step("Shift time", "shift_time", "Mend a time zone that was read wrongly.", ShiftTime),
    "rename_events": _step(
        "Rename event types", "rename_events", "New names; the same one for several groups them.", RenameEvents
    ),
    "drop_events": _step("Drop event types", "drop_events", "Leave out events of some types.", DropEvents),
    "drop_users": _step("Drop users", "drop_users", "Leave out named users, such as test accounts.", DropUsers),
    "scale": _step("Scale numbers", "scale", "Standardise, or bring to the range from 0 to 1.", Scale),
    "encode": _step("Encode as numbers", "encode", "One-hot or ordinal, for use as covariates.", Encode),
    "sessions": _step("Sessions", "sessions", "Decide where a session ends: gap, column or start event.", Sessions),
    "merge_users": _step(
        "Merge users", "merge_users", "Join anonymous and known ids of one person.", MergeUsers
    ),
    "clear_places": _step("Clear places at (0, 0)", "clear_places", "They become missing.", ClearPlaces),
}  # fmt: skip

# In the order in which a recipe is usually made.
GROUPS: dict[str, tuple[str, ...]] = {
    "Duplicates and missing values": ("drop_duplicates", "drop_missing", "fill_missing", "clear_places"),
    "Outliers and bots": ("outliers", "outlier_users", "bots", "misclicks", "refunds"),
    "Time and sessions": ("time_range", "shift_time", "sessions"),
    "Event types": ("rename_events", "drop_events"),
    "Attributes": ("scale", "encode"),
    "Users": ("merge_users", "drop_users"),
}
