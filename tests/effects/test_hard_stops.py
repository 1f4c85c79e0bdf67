"""What no design may do: refused with one sentence, or left out and counted."""

import json
from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.effects.analysis_table import build, build_placebo, build_with
from core.effects.measures.outcomes import check_follow_up
from core.effects.question import CausalQuestion
from core.errors import BadSpec, NotEnoughData, NotFound
from core.events.append import append_files
from core.events.definitions.annotations import SHELF, Annotation
from core.events.import_spec import ImportSpec
from core.jobs.queue import insert_run
from core.storage.catalogue import find_manifest
from core.storage.engine import Log, open_log
from core.storage.shelf import keep
from core.storage.workspace import Workspace, write_json
from tests.effects.plain_designs import plain_units

DAY = 86_400_000_000
START = pd.Timestamp("2025-01-06")
LogOf = Callable[[pd.DataFrame], Log]
FIRST = {"kind": "first_exposure", "active_days": 2, "controls_per_treated": 100}


def question(**settings: object) -> CausalQuestion:
    base = {"treatment": "search", "outcome": "buy", "lookback_days": 2, "treatment_window_days": 1}
    return CausalQuestion.read({**base, "outcome_window_days": 1, "design": {"landmark_event": 1}, **settings})


def events(days: int = 12, seed: int = 0, size: int = 3_000) -> pd.DataFrame:
    """Random events of 80 users."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "user_id": [f"user {number}" for number in rng.integers(0, 80, size)],
            "event_type": rng.choice(["view", "search", "buy"], size, p=[0.7, 0.1, 0.2]),
            "timestamp": START + pd.to_timedelta(rng.integers(0, days * 86_400, size), unit="s"),
            "arm": rng.choice(["a", "b", "control"], size),
            "item_id": [f"item {number}" for number in rng.integers(0, 30, size)],
        }
    )


def released(workspace: Workspace, log: Log, day: float, kind: str = "release") -> None:
    at = START + pd.Timedelta(days=day)
    annotation = Annotation.read({"label": "new search", "at": at.isoformat(), "kind": kind, "event": "search"})
    keep(workspace, SHELF, "new search", annotation.plain(), log_id=log.log_id)


def test_time_zeros_before_the_release_are_left_out_and_counted(workspace: Workspace, log_of: LogOf) -> None:
    log = log_of(events())
    before = {kind: build(log, question(design=design)) for kind, design in DESIGNS.items()}
    released(workspace, log, 3.5, kind="campaign")
    assert build(log, question()).units == before["landmark"].units  # only a release says that it cannot have been
    released(workspace, log, 3.5)
    for kind, design in DESIGNS.items():
        table = build(log, question(design=design))
        assert 0 < table.units < before[kind].units, kind
        assert any("after the release of search (new search)" in step.title for step in table.attrition)
    plain = plain_units(events().assign(value=0.0, position=1), question())
    late = plain["zero_us"] >= (START + pd.Timedelta(days=3.5)).value // 1000
    assert build(log, question()).units == int(late.sum())
    released(workspace, log, 13)
    with pytest.raises(NotEnoughData, match=r"0 after the release of search \(new search\)"):
        build(log, question())


DESIGNS = {"landmark": {"landmark_event": 1}, "first_exposure": FIRST}


def test_a_constant_outcome_is_refused_but_a_placebo_may_be(log_of: LogOf) -> None:
    frame = events()
    never = frame[(frame["event_type"] != "buy") | (frame["timestamp"] < START + pd.Timedelta(days=2))]
    log = log_of(never)
    with pytest.raises(NotEnoughData, match="buy within 1 day is 0 for every one of"):
        build(log, question())
    assert build_placebo(log, question()).units > 0


def test_no_treated_and_no_control_are_refused(log_of: LogOf) -> None:
    log = log_of(events())
    with pytest.raises(NotEnoughData, match=r"^0 units took up search at least 10 times within 1 day and"):
        build(log, question(treatment_measure={"kind": "did", "times": 10}))
    with pytest.raises(NotEnoughData, match="and 0 did not"):
        build(log, question(treatment="any event", treatment_measure={"kind": "segment"}, lookback_days=5))


def test_censoring_beyond_the_threshold_is_refused(log_of: LogOf) -> None:
    log = log_of(events())
    table = build(log, question(outcome_measure={"kind": "time_to"}))
    assert any("they are censored" in note for note in table.notes)
    with pytest.raises(NotEnoughData, match="at most 20 % may be censored, so shorten the window"):
        build(log, question(outcome_measure={"kind": "time_to"}, outcome="buy where arm = 'a'", outcome_window_days=8))


def test_unequal_follow_up_between_arms_is_refused(log_of: LogOf) -> None:
    """Nobody searches until two days before the log ends: the treated are followed for less long."""
    frame = events(days=24, size=9_000)
    late = frame["timestamp"] > START + pd.Timedelta(days=22)
    log = log_of(frame[(frame["event_type"] != "search") | late])
    asked = question(outcome_measure={"kind": "time_to"}, outcome_window_days=3)
    with pytest.raises(NotEnoughData, match="The arms were not followed equally long"):
        build(log, asked)
    whole = build(log, question())  # a fixed window follows everybody equally long
    assert check_follow_up(whole.frame, question()) == ()


def test_what_the_log_cannot_measure_is_refused(log_of: LogOf) -> None:
    log = log_of(events())
    for settings, words in [
        ({"outcome_measure": {"kind": "value"}}, "no column for the value of events"),
        ({"treatment_measure": {"kind": "dose", "of": "value"}}, "no column for the value of events"),
        ({"treatment_measure": {"kind": "slot"}}, "no column for the position"),
        ({"treatment_measure": {"kind": "arms", "column": "group"}}, "no column 'group' to tell the arms by"),
        ({"treatment_measure": {"kind": "arms", "column": "item_id"}}, "30 values among the units .* at most 12 arms"),
        ({"treatment_measure": {"kind": "arms"}, "control": "placebo"}, "No unit has the arm 'placebo'; there are"),
        ({"population": "women"}, "The population 'women' is not an event type"),
        ({"instruments": ["mood"]}, "no covariate group 'mood'"),
        ({"treatment": "search", "outcome": "any event where arm = 'a'"}, "events are both search"),
    ]:
        with pytest.raises(BadSpec, match=words):
            build(log, question(**settings))


def test_arms_are_compared_with_the_control_and_small_ones_are_refused(log_of: LogOf) -> None:
    log = log_of(events())
    table = build(log, question(treatment_measure={"kind": "arms"}))
    assert table.arms == ("control", "a", "b") or table.arms == ("control", "b", "a")
    assert table.treatment_kind == "arms" and set(np.unique(table.treatment)) == {0.0, 1.0, 2.0}
    assert table.attrition[-1].units == table.units < table.attrition[-3].units
    named = build(log, question(treatment_measure={"kind": "arms"}, control="b"))
    assert named.arms[0] == "b" and named.units == table.units
    two = build(log, question(treatment_measure={"kind": "arms", "arms": ["a", "b"]}))
    assert two.arms == ("a", "b") and two.units < table.units


def test_instruments_are_set_aside_from_the_covariates(log_of: LogOf) -> None:
    frame = events()
    frame["nudge"] = np.random.default_rng(1).choice(["yes", "no"], len(frame))
    table = build(log_of(frame), question(instruments=["nudge"]))
    assert {each.group for each in table.instruments} == {"nudge"}
    assert "nudge" not in {each.group for each in table.covariates}
    assert all(each.name in table.frame for each in table.instruments)


def test_another_outcome_of_the_same_units(log_of: LogOf) -> None:
    log = log_of(events())
    table, other = (
        build(log, question()),
        build_with(log, question(), outcome="view", outcome_measure={"kind": "count"}),
    )
    assert list(table.frame["unit_id"]) == list(other.frame["unit_id"])
    assert np.array_equal(table.treatment, other.treatment) and other.outcome_unit == "events"


def test_recommended_items_count_from_where_the_lists_know_nothing_more(workspace: Workspace, log_of: LogOf) -> None:
    """The lists were made at the end of a version: on it no time zero is left, on a longer one those after it are."""
    log = log_of(events(days=8))
    run_id = insert_run(
        workspace,
        "train",
        {"model": "popularity"},
        title="x",
        log_id=log.log_id,
        version_id=log.version_id,
        dedupe=None,
    )
    measure = {"kind": "recommended", "run_id": run_id, "list_length": 2}
    asked = question(treatment_measure=measure, treatment="search")
    with pytest.raises(NotFound, match="has no result"):
        build(log, asked)
    folder = workspace.run(run_id)
    write_json(folder / "result.json", {"log_id": log.log_id, "version_id": log.version_id})
    with pytest.raises(NotFound, match="no stored lists"):
        build(log, asked)
    users = [f"user {number}" for number in range(80)]
    lists = [[number % 15, (number + 1) % 15, number % 15 + 15] for number in range(80)]
    pq.write_table(pa.table({"user_id": users, "items": lists}), folder / "recommendations.parquet")
    pq.write_table(pa.table({"item_id": [f"item {number}" for number in range(30)]}), folder / "items.parquet")
    with pytest.raises(NotEnoughData, match="0 after the last event that the recommendations were learnt from"):
        build(log, asked)
    later = events(days=12, seed=1, size=9_000)
    later["timestamp"] += pd.Timedelta(days=8)
    path = workspace.uploads / "later.parquet"
    pq.write_table(pa.Table.from_pandas(later.astype({"timestamp": "datetime64[us]"}), preserve_index=False), path)
    base = find_manifest(workspace, log.log_id)
    spec = ImportSpec(files=(str(path),), name="small", mapping=base["spec"]["mapping"])
    longer = open_log(workspace, log.log_id, append_files(workspace, base, spec, lambda *_: None)["version_id"])
    table = build(longer, asked)
    both = pd.concat([events(days=8), later], ignore_index=True)
    listed = {(user, f"item {item}") for user, items in zip(users, lists, strict=True) for item in items[:2]}
    taken = [(u, i) in listed for u, i in zip(both["user_id"], both["item_id"], strict=True)]
    both.loc[(both["event_type"] == "search") & ~np.array(taken), "event_type"] = "other search"
    plain = plain_units(both.assign(value=0.0, position=1), question())
    until = datetime.fromisoformat(base["last_at"]).timestamp() * 1e6
    plain = plain[plain["zero_us"] > until]
    assert table.units == len(plain) and table.treatment.sum() == plain["treatment"].sum() > 20
    other = open_log(workspace, log.log_id, log.version_id)
    elsewhere = CausalQuestion.read(json.loads(json.dumps(asked.plain())))
    other.log_id = "another"
    with pytest.raises(BadSpec, match="no training on this log"):
        build(other, elsewhere)


def test_before_and_after_are_pairs_of_one_user_with_the_same_covariates(log_of: LogOf) -> None:
    table = build(log_of(events()), question(design={"kind": "before_after"}, outcome_measure={"kind": "count"}))
    columns = [covariate.name for covariate in table.covariates]
    for _, pair in table.frame.groupby("user_id"):
        assert sorted(pair["treatment"]) == [0.0, 1.0]
        assert pair[columns].nunique().max() == 1
    assert any("whatever else changed with time" in note for note in table.notes)
    assert table.population.endswith("once before it and once after it")


def test_a_population_is_judged_before_every_window(log_of: LogOf) -> None:
    """Within the window before the treatment, joining would be eligibility by what came after that row's time zero."""
    frame = events()
    treated = frame[frame["event_type"] == "search"].groupby("user_id")["timestamp"].min()
    late = treated - pd.Timedelta(hours=12)
    early = treated - pd.Timedelta(days=1, hours=12)
    half = set(sorted(treated.index)[:40])
    moments = [early[user] if user in half else late[user] for user in treated.index]
    joins = pd.DataFrame({"user_id": treated.index, "event_type": "join", "timestamp": moments})
    log = log_of(pd.concat([frame, joins], ignore_index=True))
    table = build(log, question(design={"kind": "before_after"}, population="join", outcome="view"))
    everybody = build(log, question(design={"kind": "before_after"}, outcome="view"))
    assert set(table.frame["user_id"]) == set(everybody.frame["user_id"]) & half
    later = build_placebo(log, question(population="join", outcome="view"))
    assert later.attrition[-1].title == "of users with join before every window of theirs"
