"""Every step of the dict is the function of its name, in the file of its name."""

import pytest

from core.events.cleaning import STEPS
from core.events.cleaning.bots import bots
from core.events.cleaning.clear_places import clear_places
from core.events.cleaning.drop_duplicates import drop_duplicates
from core.events.cleaning.drop_events import drop_events
from core.events.cleaning.drop_missing import drop_missing
from core.events.cleaning.drop_users import drop_users
from core.events.cleaning.encode import encode
from core.events.cleaning.fill_missing import fill_missing
from core.events.cleaning.merge_users import merge_users
from core.events.cleaning.misclicks import misclicks
from core.events.cleaning.outlier_users import outlier_users
from core.events.cleaning.outliers import outliers
from core.events.cleaning.refunds import refunds
from core.events.cleaning.rename_events import rename_events
from core.events.cleaning.scale import scale
from core.events.cleaning.sessions import sessions
from core.events.cleaning.shift_time import shift_time
from core.events.cleaning.time_range import time_range

FUNCTIONS = (
    drop_duplicates,
    drop_missing,
    fill_missing,
    outliers,
    outlier_users,
    bots,
    misclicks,
    refunds,
    time_range,
    shift_time,
    rename_events,
    drop_events,
    drop_users,
    scale,
    encode,
    sessions,
    merge_users,
    clear_places,
)


def test_every_function_is_a_step_and_every_step_a_function() -> None:
    assert [function.__name__ for function in FUNCTIONS] == list(STEPS)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_step_loads_its_function(function: object) -> None:
    name = getattr(function, "__name__", "")
    assert STEPS[name].load() is function
    assert STEPS[name].says.endswith(".")
