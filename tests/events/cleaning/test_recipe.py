"""Recipes as a whole: cleaning twice is cleaning once, whatever the log and the recipe; sums are kept; names collide."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadSpec, NotFound
from core.events.cleaning import GROUPS, STEPS
from core.events.cleaning.accounts import known_accounts
from core.events.cleaning.recipe import Recipe
from core.events.cleaning.saved import drop_recipe, keep_recipe, kept_recipes, read_recipe_file, recipe_file
from core.storage.engine import Writer, writer
from core.storage.workspace import Workspace
from tests.events.cleaning.conftest import Bench

COLUMNS: dict[str, Any] = {
    "optional": ["value", "latitude", "longitude"],
    "colour": "text",
    "place": "number",
    "anonymous": "text",
    "rest": "number",
    "found": "text",
}  # fmt: skip  names that the steps use for themselves must do no harm
STEP_SETTINGS: dict[str, list[dict[str, Any]]] = {
    "drop_duplicates": [{}, {"by": ["user_id", "timestamp"]}],
    "drop_missing": [{"columns": ["value"]}, {"columns": ["item_id", "colour"]}],
    "fill_missing": [
        *({"column": "value", "method": method} for method in ("mean", "median", "mode", "interpolate", "nearest")),
        {"column": "colour", "method": "forward"}, {"column": "place", "method": "forward"},
    ],
    "outliers": [
        {"columns": ["value"], "detect": detect, "action": action, "low_share": 0.1, "high_share": 0.1, "spread": 0.2}
        for detect in ("iqr", "quantile") for action in ("drop", "winsorise", "mark")
    ],
    "outlier_users": [{"action": "drop", "spread": 0.1}, {"action": "mark", "spread": 0.1}],
    "bots": [{"events_per_minute": 2, "minutes": 2, "action": "drop"}, {"events_per_minute": 2, "action": "mark"}],
    "misclicks": [{"repeat_within_seconds": 60}, {"repeat_within_seconds": None, "dwell_below_seconds": 30}],
    "refunds": [{}, {"refund_types": ["refund"], "purchase_types": ["buy"], "unmatched": "mark"}],
    "time_range": [{"start_at": "1970-01-01T00:01:00"}, {"end_at": "1970-01-01T00:05:00"}],
    "shift_time": [{"hours": 2}],
    "rename_events": [{"names": {"view": "buy"}}, {"names": {"buy": "refund"}}],
    "drop_events": [{"event_types": ["view"]}],
    "drop_users": [{"user_ids": ["a"]}],
    "scale": [{"column": "value"}, {"column": "place", "method": "min_max"}],
    "encode": [{"column": "colour"}, {"column": "found", "method": "ordinal"}],
    "sessions": [{"by": "gap", "gap_seconds": 5}, {"by": "column", "column": "found"}],
    "merge_users": [{"pairs": {"a": "b"}}, {"anonymous_column": "anonymous"}],
    "clear_places": [{}],
}  # fmt: skip
# Steps that do nothing the second time by their nature, without remembering that they were done.
BY_NATURE = (
    "drop_duplicates", "drop_missing", "fill_missing", "misclicks", "refunds", "time_range", "rename_events",
    "drop_events", "drop_users", "merge_users", "clear_places",
)  # fmt: skip

EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "user": st.sampled_from("abcd"), "type": st.sampled_from(["view", "buy", "refund"]),
            "second": st.integers(0, 600), "item": st.sampled_from(["x", "y", None]),
            "value": st.sampled_from([None, -7.0, -1.0, 0.0, 1.0, 2.0, 3.5, 40.0]),
            "latitude": st.sampled_from([None, 0.0, 1.0]), "longitude": st.sampled_from([0.0, 2.0]),
            "colour": st.sampled_from([None, "red", "blue"]), "place": st.sampled_from([None, 1.0, 2.0, 90.0]),
            "anonymous": st.sampled_from([None, "a", "b", "z"]), "rest": st.just(1.0), "found": st.sampled_from("pq"),
        }
    ),
    min_size=1, max_size=25,
)  # fmt: skip
ONE_STEP = st.sampled_from([{"step": name, "settings": one} for name, many in STEP_SETTINGS.items() for one in many])
STEPS_TO_TRY = st.lists(ONE_STEP, min_size=1, max_size=4)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    """One engine for all examples; each fills `kept` anew."""
    with writer(Workspace(tmp_path_factory.mktemp("recipes"))) as opened:
        yield opened


def filled(engine: Writer, events: list[dict[str, Any]]) -> Bench:
    bench = Bench(engine)
    bench.fill(events, **COLUMNS)
    return bench


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, check_dtype=False)


@settings(max_examples=40, deadline=None)
@given(EVENTS, STEPS_TO_TRY)
def test_cleaning_twice_is_cleaning_once(
    engine: Writer, events: list[dict[str, Any]], steps: list[dict[str, Any]]
) -> None:
    bench = filled(engine, events)
    bench.clean(*steps)
    once = bench.frame
    again = bench.clean(*steps)
    same(once, bench.frame)
    assert all(account["changed"] == 0 and account["rows_in"] == account["rows_out"] for account in again)


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.sampled_from([{"step": n, "settings": s} for n in BY_NATURE for s in STEP_SETTINGS[n]]))
def test_a_step_that_judges_events_for_themselves_does_nothing_the_second_time(
    engine: Writer, events: list[dict[str, Any]], step: dict[str, Any]
) -> None:
    bench = filled(engine, events)
    bench.clean(step)
    once = bench.frame
    bench.forget_what_was_done()
    bench.clean(step)
    same(once, bench.frame[once.columns])  # a second mark has a name of its own


@settings(max_examples=25, deadline=None)
@given(EVENTS, STEPS_TO_TRY)
def test_every_step_accounts_for_every_row(
    engine: Writer, events: list[dict[str, Any]], steps: list[dict[str, Any]]
) -> None:
    bench = filled(engine, events)
    accounts = bench.clean(*steps)
    sizes = [len(events), *(account["rows_out"] for account in accounts)]
    assert [account["rows_in"] for account in accounts] == sizes[:-1]
    assert sizes[-1] == len(bench.frame)
    assert bench.frame["event_id"].is_unique
    assert set(bench.frame["event_id"]) <= set(range(len(events)))


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_netting_refunds_keeps_every_sum_of_value(engine: Writer, events: list[dict[str, Any]]) -> None:
    def sums(bench: Bench) -> dict[Any, float]:
        rows = bench.engine.rows("SELECT user_id, item_id, sum(value) FROM kept WHERE value <> 0 GROUP BY ALL")
        return {(user, item): total for user, item, total in rows if abs(total) > 1e-9}

    bench = filled(engine, events)
    before = sums(bench)
    bench.clean({"step": "refunds"})
    assert sums(bench) == pytest.approx(before)


def test_a_step_that_is_switched_off_does_nothing_and_keeps_its_place(bench: Bench) -> None:
    bench.fill([{"user": "a"}, {"user": "b"}])
    account = bench.clean({"step": "drop_users", "user_ids": ["a"], "enabled": False})[0]
    assert (account["enabled"], account["rows_in"], account["rows_out"]) == (False, 2, 2)
    assert bench.clean({"step": "drop_users", "user_ids": ["a"]})[0]["rows_out"] == 1


def test_a_step_that_found_nothing_used_no_future(bench: Bench) -> None:
    bench.fill([{"user": "a", "value": 1.0}], optional=["value"])
    assert not bench.clean({"step": "refunds"})[0]["uses_future"]


def test_every_step_is_in_one_group_and_says_what_it_does() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(STEPS)
    assert set(STEP_SETTINGS) == set(STEPS)
    for name, many in STEP_SETTINGS.items():
        for one in many:
            step = Recipe.read({"steps": [{"step": name, **one}]}).steps[0]
            assert step.read_settings().words()
            assert callable(STEPS[name].load())


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"step": "wash"}, "no cleaning step 'wash'"),
        ({"step": "outliers"}, "'columns' is missing"),
        ({"step": "bots", "events_per_minute": -1}, "greater than 0"),
        ({"step": "bots", "speed": 9}, "no setting 'speed'"),
        ({"step": "outliers", "columns": ["value"], "detect": "guess"}, "detect"),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(step: dict[str, Any], why: str) -> None:
    with pytest.raises((BadSpec, NotFound), match=why) as refused:
        Recipe.read({"steps": [step]})
    assert len(str(refused.value).splitlines()) == 1


def test_a_recipe_survives_its_file_and_a_bad_file_is_refused(workspace: Workspace) -> None:
    recipe = Recipe.read({"steps": [{"step": "time_range", "start_at": "2024-01-01"}, {"step": "drop_duplicates"}]})
    assert read_recipe_file(recipe_file(recipe).encode()) == recipe
    for content in (b"\xff\xfe", b"{", b"[1]", b'{"steps": 3}', b"[" * 100_000):
        with pytest.raises(BadSpec):
            read_recipe_file(content)
    keep_recipe(workspace, " ours ", recipe)
    assert Recipe.read(kept_recipes(workspace)["ours"]) == recipe
    drop_recipe(workspace, "ours")
    assert kept_recipes(workspace) == {}
    with pytest.raises(BadSpec, match="needs a name"):
        keep_recipe(workspace, "  ", recipe)


def test_an_account_holds_as_far_as_recipes_begin_alike(bench: Bench) -> None:
    first, second = {"step": "drop_users", "user_ids": ["a"]}, {"step": "drop_duplicates"}
    bench.fill([{"user": "a"}, {"user": "b"}, {"user": "b"}])
    accounts = bench.clean(first, second)

    def known(*steps: dict[str, Any]) -> list[int | None]:
        return [account and account["rows_out"] for account in known_accounts(Recipe.read({"steps": steps}), accounts)]

    assert known(first, second) == [2, 1]
    assert known(first, {"step": "clear_places"}, second) == [2, None, None]
    assert known(second, first) == [None, None]
    assert known({**first, "enabled": False}, second) == [None, None]
