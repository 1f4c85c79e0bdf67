"""Whom features describe, how one is spread over them, what leaves as a file, and the command."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.__main__ import main
from core.errors import NotEnoughData, NotFound
from core.events.features.answer import population_of, table_of
from core.events.features.distribution import distribution_of
from core.events.features.export import FILE, csv_of
from core.events.features.listing import features_of
from core.events.features.spec import FeaturesSpec
from core.events.privacy.scrub import Scrubber
from core.jobs.work import run_here
from core.storage.engine import Log
from core.storage.workspace import Workspace
from tests.events.features.conftest import AT, imported


def asked(**settings: Any) -> FeaturesSpec:
    return FeaturesSpec.read({"at": AT, **settings})


def test_who_had_not_begun_is_counted_and_said(small: Log) -> None:
    population = population_of(small, asked())
    assert (population.users, population.asked_users) == (3, 4)  # u4's only event is at the moment itself
    assert "1 of 4 user has no event before the moment" in population.notes[0]


def test_the_default_moment_is_just_after_the_last_event(small: Log) -> None:
    population = population_of(small, FeaturesSpec())
    assert (population.users, population.at) == (4, "2023-03-06T12:00:00.000001Z")


def test_a_lookback_that_begins_before_the_log_is_said(small: Log) -> None:
    assert "no user was observed for the whole lookback" in population_of(small, asked()).notes[-1]
    (_, note) = population_of(small, asked(lookback_days=4)).notes
    assert note.startswith("33 % of the users (1) were not observed")  # u3 came within the last four days
    assert len(population_of(small, asked(lookback_days=None)).notes) == 1


def test_unknown_users_and_moments_before_the_log_are_refused(small: Log) -> None:
    with pytest.raises(NotFound, match="no user 'x'"):
        population_of(small, asked(user_ids=["u1", "x"]))
    with pytest.raises(NotEnoughData, match="choose a later moment"):
        population_of(small, FeaturesSpec.read({"at": "2023-03-02T00:10:00Z"}))


def test_a_log_without_users_has_no_histories(home: Workspace) -> None:
    log = imported(home, "at,type\n2023-01-01,a\n2023-01-02,b\n", timestamp="at", event_type="type")
    with pytest.raises(NotEnoughData, match="names no users"):
        features_of(log, FeaturesSpec())


def test_a_preview_is_capped_and_says_so(small: Log) -> None:
    spec = asked(names=["events"])
    table = table_of(small, spec, features_of(small, spec), rows=2)
    assert len(table.frame) == 2
    assert table.notes[0].startswith("2 of 3 users are shown")


@pytest.mark.parametrize("users", [7, 200])
def test_a_distribution_holds_every_user_once(home: Workspace, users: int) -> None:
    """User k has k events, or about k²/400 with one user far above; then there are bins of whole numbers."""
    counts = [user if users < 10 else 1 + user * user // 400 for user in range(1, users + 1)]
    counts[-1] = counts[-1] if users < 10 else 1_000
    rows = [
        f"u{user:03d},2023-01-01T00:00:{place % 60:02d}.{place:06d},{'' if user % 2 else 'even'}"
        for user, count in enumerate(counts, start=1)
        for place in range(count)
    ]
    log = imported(home, "user,at,kind\n" + "\n".join(rows), user_id="user", timestamp="at")
    spec = FeaturesSpec.read({"names": ["events", "latest_kind"]})
    events, kind = features_of(log, spec)
    found = distribution_of(log, spec, events)
    assert (found.frame["users"].sum(), found.missing) == (users, 0)
    for row in found.frame.to_dict("records"):
        low, high = row["low"], row["high"]
        inside = [n for n in counts if low <= n < high or n == low or (high == max(counts) and n == high)]
        assert len(inside) == row["users"], row
    assert ("The last bar holds all above" in found.caption) == (users == 200)
    words = distribution_of(log, spec, kind)
    assert words.frame[["label", "users"]].to_numpy().tolist() == [["even", users // 2]]
    assert words.missing == users - users // 2
    assert "have no value" in words.caption


def test_the_file_of_a_run_and_its_csv_hold_everybody_and_no_formula(
    home: Workspace, small: Log, tmp_path: Path
) -> None:
    spec = asked(names=["events", "latest_country", "latest_due"])
    pinned = {"log_id": small.log_id, "version_id": small.version_id}
    result = run_here(home, "features", spec.plain(), title="Features", say=lambda *_: None, **pinned)
    assert result["rows"] == 3
    path = home.run(result["run_id"]) / FILE if "run_id" in result else next(home.root.rglob(FILE))
    assert pq.read_table(path).column("user_id").to_pylist() == ["u1", "u2", "u3"]
    rows = list(csv.DictReader(csv_of(path).decode().splitlines()))
    assert [row["latest_country"] for row in rows] == ["'=DE", "FR", "O'Hara"]
    assert [row["events"] for row in rows] == ["4", "4", "1"]
    assert not list(home.root.rglob("*.part"))
    Scrubber(["u2"]).folder(path.parent)
    assert pq.read_table(path).column("user_id").to_pylist() == ["u1", "u3"]  # who is forgotten leaves the file


def test_the_command_answers_with_definitions_rows_and_a_file(
    home: Workspace, small: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(home.root))

    def ask(*arguments: str) -> Any:
        status = main(["features", "--log", small.log_id, "--json", *arguments])
        out = capsys.readouterr()
        return json.loads(out.out) if status == 0 else (status, out.err)

    ask("--add", '{"name": "big", "rule": "buy where value > 55"}')
    file = tmp_path / "all.csv"
    answer = ask("--at", AT, "--names", "big,days_since_last", "--rows", "2", "--csv", str(file))
    assert (answer["at"], answer["users"], answer["columns"]) == (AT, 3, ["user_id", "big", "days_since_last"])
    assert len(answer["rows"]) == 2
    assert answer["features"][0]["words"] == (
        "Number of events that match 'buy where value > 55' in the 28 days before the moment."
    )
    assert all("FROM" in feature["expression"] for feature in answer["features"])
    assert answer["csv"]["rows"] == len(file.read_text().splitlines()) - 1 == 3
    assert ask("--users", "u2", "--at", AT, "--names", "big")["rows"] == [["u2", 1]]
    every = ask("--at", AT)
    assert {"u1", "u2", "u3"} == {row[0] for row in every["rows"]}
    assert {feature["family"] for feature in every["features"]} >= {"counts", "rhythm", "value", "own"}
    assert ask("--remove", "big")["removed"] == "big"
    assert ask("--names", "big") == (2, "There is no feature 'big' of this log; choose one of events, events_buy, "
                                        "events_view, events_add_to_cart, events_search, days_since_last, "
                                        "days_since_buy, days_since_view, days_since_add_to_cart, days_since_search, "
                                        "tenure_days, sessions and 20 more.\n")  # fmt: skip
    assert ask("--add", "[1]")[0] == 2
    assert "valid number" in ask("--lookback-days", "soon")[1]
